"""Adjustments in bulk: a file of lines that is asked for, decided on and posted as one."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.wallets.states import (
    ADJUSTMENT_LIFECYCLE,
    AdjustmentAction,
    AdjustmentStatus,
    Direction,
)

if TYPE_CHECKING:
    from apps.accounts.models import User


class AdjustmentBatchQuerySet(models.QuerySet["AdjustmentBatch"]):
    """Questions about batches."""

    def visible_to(self, person: "User") -> "AdjustmentBatchQuerySet":
        """Keep all for those who may view batches, else what a person asked for."""
        may = person.has_perm("wallets.view_adjustmentbatch")
        return self if may else self.filter(requester=person)

    def locked(self) -> "AdjustmentBatchQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))


class AdjustmentBatch(models.Model):
    """Changes of many balances in one currency that one file asks for and one approval posts.

    Its lines are those of its last file; `credit`, `debit` and `line_count` are theirs added up.
    """

    currency = models.CharField(_("currency"), max_length=3)
    note = models.TextField(_("note"), blank=True)
    file_number = models.PositiveSmallIntegerField(
        _("file"), default=1, help_text=_("1, 2, 3 … for each file that was chosen")
    )
    file_name = models.CharField(_("name of the file"), max_length=150)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    line_count = models.PositiveIntegerField(_("lines"))
    credit = models.BigIntegerField(_("credits"), help_text=_("into wallets, minor units"))
    debit = models.BigIntegerField(_("debits"), help_text=_("out of wallets, minor units"))
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
        related_name="adjustment_batch",
        verbose_name=_("posted as"),
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    objects = AdjustmentBatchQuerySet.as_manager()
    history = HistoricalRecords(
        table_name="adjustment_batches_history",
        history_change_reason_field=models.TextField(null=True),
    )

    class Meta:
        db_table = "adjustment_batches"
        verbose_name = _("batch of adjustments")
        verbose_name_plural = _("batches of adjustments")
        ordering = ("-id",)
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=AdjustmentStatus.values), name="batch_has_status"
            ),
            models.CheckConstraint(
                condition=Q(line_count__gt=0, credit__gte=0, debit__gte=0)
                & (Q(credit__gt=0) | Q(debit__gt=0)),
                name="batch_has_lines",
            ),
            models.CheckConstraint(
                condition=Q(status="approved", transaction__isnull=False)
                | (~Q(status="approved") & Q(transaction__isnull=True)),
                name="batch_approved_is_posted",
            ),
        )

    def __str__(self) -> str:
        return f"B-{self.pk}"

    @property
    def amount(self) -> int:
        """All that it moves, in minor units: credits and debits, none against the other."""
        return self.credit + self.debit

    def move(self, action: AdjustmentAction) -> None:
        """Set the status that follows `action`."""
        self.status = ADJUSTMENT_LIFECYCLE.after(action, AdjustmentStatus(self.status))


class AdjustmentLineQuerySet(models.QuerySet["AdjustmentLine"]):
    """Questions about lines."""

    def of(self, batch: AdjustmentBatch) -> "AdjustmentLineQuerySet":
        """Keep the lines of the batch's last file."""
        return self.filter(batch=batch, file_number=batch.file_number)

    def current(self) -> "AdjustmentLineQuerySet":
        """Keep the lines that no later file of their batch has replaced."""
        return self.filter(file_number=F("batch__file_number"))


class AdjustmentLine(models.Model):
    """One change of a balance in a batch; append-only.

    Line number n is posted as entry n of the batch's transaction. Its status is that of its batch.
    """

    batch = models.ForeignKey(AdjustmentBatch, models.PROTECT, related_name="lines", db_index=False)
    file_number = models.PositiveSmallIntegerField(_("file"))
    number = models.PositiveSmallIntegerField(_("number"), help_text=_("1, 2, 3 …"))
    file_line = models.PositiveIntegerField(
        _("line"), help_text=_("on which it stands in the file, whose header is line 1")
    )
    wallet = models.ForeignKey(
        "wallets.Wallet",
        models.PROTECT,
        related_name="adjustment_lines",
        db_index=False,
        verbose_name=_("wallet"),
    )
    direction = models.CharField(_("direction"), max_length=8, choices=Direction)
    amount = models.BigIntegerField(_("amount"), help_text=_("minor units"))
    reason_code = models.ForeignKey(
        "wallets.ReasonCode",
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("reason code"),
    )
    note = models.TextField(_("note"), blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("added by"),
    )
    added_at = models.DateTimeField(_("added at"), db_default=Now(), editable=False)

    objects = AdjustmentLineQuerySet.as_manager()

    class Meta:
        db_table = "adjustment_lines"
        verbose_name = _("line of a batch")
        verbose_name_plural = _("lines of batches")
        ordering = ("batch", "file_number", "number")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("batch", "file_number", "number"), name="line_number_is_unique"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="line_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(direction__in=Direction.values), name="line_has_direction"
            ),
        )
        indexes = (models.Index(fields=("wallet", "-id"), name="line_by_wallet"),)

    def __str__(self) -> str:
        return f"{self.batch}/{self.file_line}"

    @property
    def signed_amount(self) -> int:
        """What the wallet's balance changes by: credit positive, debit negative."""
        return self.amount if self.direction == Direction.CREDIT else -self.amount
