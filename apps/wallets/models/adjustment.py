"""Adjustments: one person asks to change a balance, another decides."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.wallets.states import (
    ADJUSTMENT_LIFECYCLE,
    CHART,
    AdjustmentAction,
    AdjustmentStatus,
    Direction,
)

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.wallets.models.batch import AdjustmentBatch


class ReasonCodeQuerySet(models.QuerySet["ReasonCode"]):
    """Questions about reason codes."""

    def visible_to(self, person: "User") -> "ReasonCodeQuerySet":
        """Keep all for those who may view reason codes, and nothing for anybody else."""
        return self if person.has_perm("wallets.view_reasoncode") else self.none()


class ReasonCode(models.Model):
    """Why balances are adjusted: names the contra wallet and whether evidence is required."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    contra_role = models.CharField(_("contra wallet"), max_length=24, choices=CHART)
    direction = models.CharField(
        _("only"), max_length=8, choices=Direction, blank=True, help_text=_("empty: both ways")
    )
    is_evidence_required = models.BooleanField(_("evidence required"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    objects = ReasonCodeQuerySet.as_manager()
    history = HistoricalRecords(table_name="reason_codes_history")

    class Meta:
        db_table = "reason_codes"
        verbose_name = _("reason code")
        verbose_name_plural = _("reason codes")
        ordering = ("name",)
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        return self.name


class AdjustmentQuerySet(models.QuerySet["Adjustment"]):
    """Questions about adjustments."""

    def visible_to(self, person: "User") -> "AdjustmentQuerySet":
        """Keep all for those who may view adjustments, else what a person asked for."""
        return self if person.has_perm("wallets.view_adjustment") else self.filter(requester=person)

    def locked(self) -> "AdjustmentQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))


class Adjustment(models.Model):
    """A change of a balance that a clerk asks for and that is posted on the last approval."""

    wallet = models.ForeignKey(
        "wallets.Wallet", models.PROTECT, related_name="adjustments", verbose_name=_("wallet")
    )
    direction = models.CharField(_("direction"), max_length=8, choices=Direction)
    amount = models.BigIntegerField(_("amount"), help_text=_("minor units"))
    reason_code = models.ForeignKey(
        ReasonCode, models.PROTECT, related_name="+", verbose_name=_("reason code")
    )
    note = models.TextField(_("note"), blank=True)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=AdjustmentStatus,
        default=AdjustmentStatus.DRAFT,
    )
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("requested by"),
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    transaction = models.OneToOneField(
        "wallets.LedgerTransaction",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="adjustment",
        verbose_name=_("posted as"),
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    objects = AdjustmentQuerySet.as_manager()
    history = HistoricalRecords(
        table_name="adjustments_history", history_change_reason_field=models.TextField(null=True)
    )

    class Meta:
        db_table = "adjustments"
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = (
            ("request_adjustment", "Can request adjustments"),
            ("decide_adjustment", "Can decide on adjustments"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="adjustment_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(status__in=AdjustmentStatus.values), name="adjustment_has_status"
            ),
            models.CheckConstraint(
                condition=Q(direction__in=Direction.values), name="adjustment_has_direction"
            ),
            models.CheckConstraint(
                condition=Q(status="approved", transaction__isnull=False)
                | (~Q(status="approved") & Q(transaction__isnull=True)),
                name="adjustment_approved_is_posted",
            ),
        )

    def __str__(self) -> str:
        return f"A-{self.pk}"

    @property
    def signed_amount(self) -> int:
        """What the wallet's balance changes by: credit positive, debit negative."""
        return self.amount if self.direction == Direction.CREDIT else -self.amount

    def move(self, action: AdjustmentAction) -> None:
        """Set the status that follows `action`."""
        self.status = ADJUSTMENT_LIFECYCLE.after(action, AdjustmentStatus(self.status))


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    """Questions about evidence."""

    def visible_to(self, person: "User") -> "EvidenceQuerySet":
        """Keep all for those who may view evidence, and nothing for anybody else."""
        return self if person.has_perm("wallets.view_evidence") else self.none()


class Evidence(models.Model):
    """A file that shows why an adjustment, or a whole batch of them, is right; append-only."""

    adjustment = models.ForeignKey(
        Adjustment, models.PROTECT, null=True, blank=True, related_name="evidence"
    )
    batch = models.ForeignKey(
        "wallets.AdjustmentBatch", models.PROTECT, null=True, blank=True, related_name="evidence"
    )
    file = models.FileField(_("file"), upload_to="evidence/%Y/%m/")
    name = models.CharField(_("name"), max_length=150)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size"), help_text=_("bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("added by")
    )
    added_at = models.DateTimeField(_("added at"), db_default=Now(), editable=False)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        db_table = "adjustment_evidence"
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ("pk",)
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(
                condition=Q(adjustment__isnull=True) ^ Q(batch__isnull=True),
                name="evidence_has_one_subject",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> "Adjustment | AdjustmentBatch":
        """What it is evidence of."""
        subject = self.adjustment or self.batch
        assert subject, "evidence of nothing"
        return subject
