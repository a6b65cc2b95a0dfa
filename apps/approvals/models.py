"""Policies say who must agree; a request asks them; a decision is one person's answer."""

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.approvals.states import LIFECYCLE, Action, Status, Verdict


class Policy(models.Model):
    """Who must agree on what: a scope, an amount band, and levels in order."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    scope = models.CharField(_("scope"), max_length=20, help_text=_("ticket or adjustment"))
    currency = models.CharField(_("currency"), max_length=3, blank=True, help_text=_("empty: any"))
    group = models.CharField(
        _("category or reason code"), max_length=60, blank=True, help_text=_("empty: any")
    )
    amount_from = models.BigIntegerField(
        _("from amount"),
        default=0,
        validators=[MinValueValidator(0)],
        help_text=_("minor units, inclusive"),
    )
    amount_to = models.BigIntegerField(
        _("to amount"), null=True, blank=True, help_text=_("minor units, exclusive; empty: no end")
    )
    due_in = models.DurationField(_("due in"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    history = HistoricalRecords(table_name="approval_policies_history")

    class Meta:
        db_table = "approval_policies"
        verbose_name = _("approval policy")
        verbose_name_plural = _("approval policies")
        ordering = ("scope", "currency", "amount_from", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(amount_from__gte=0)
                & (Q(amount_to__isnull=True) | Q(amount_to__gt=F("amount_from"))),
                name="approval_policy_band_is_upward",
                violation_error_message=_("“Below amount” must be more than “from amount”."),
            ),
            models.CheckConstraint(
                condition=~Q(currency="") | Q(amount_from=0, amount_to__isnull=True),
                name="approval_policy_band_has_currency",
                violation_error_message=_("Name a currency, so that the amounts mean something."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Level(models.Model):
    """One step of a policy: a role, and how many different people of it must agree."""

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="levels")
    number = models.PositiveSmallIntegerField(_("level"), validators=[MinValueValidator(1)])
    role = models.ForeignKey("auth.Group", models.PROTECT, related_name="+", verbose_name=_("role"))
    decider_count = models.PositiveSmallIntegerField(
        _("different deciders"), default=1, validators=[MinValueValidator(1)]
    )

    history = HistoricalRecords(table_name="approval_levels_history")

    class Meta:
        db_table = "approval_levels"
        verbose_name = _("level")
        verbose_name_plural = _("levels")
        ordering = ("policy", "number")
        constraints = (
            models.UniqueConstraint(
                fields=("policy", "number"), name="approval_level_number_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1, decider_count__gte=1), name="approval_level_counts"
            ),
        )

    def __str__(self) -> str:
        return f"{self.number}. {self.role} × {self.decider_count}"


class RequestQuerySet(models.QuerySet["ApprovalRequest"]):
    """Questions about requests."""

    def waiting(self) -> "RequestQuerySet":
        """Keep those on which somebody still has to decide."""
        return self.filter(status=Status.PENDING)

    def locked(self) -> "RequestQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))


class ApprovalRequest(models.Model):
    """The question whether something may happen, with the policy as it was when it was asked."""

    scope = models.CharField(_("scope"), max_length=20)
    subject_type = models.ForeignKey("contenttypes.ContentType", models.PROTECT, related_name="+")
    subject_id = models.BigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    title = models.CharField(_("what"), max_length=254)
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.BigIntegerField(_("amount"), help_text=_("minor units"))
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="+", verbose_name=_("policy"))
    levels = models.JSONField(
        _("levels then"),
        help_text=_("the policy’s levels at that moment: number, role, decider_count"),
    )
    level = models.PositiveSmallIntegerField(_("level"), default=1)
    role = models.ForeignKey(
        "auth.Group",
        models.PROTECT,
        related_name="+",
        verbose_name=_("waits for"),
        help_text=_("the role of the current level"),
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.PENDING, editable=False
    )
    requested_at = models.DateTimeField(_("requested at"), db_default=Now(), editable=False)
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    concluded_at = models.DateTimeField(_("concluded at"), null=True, blank=True, editable=False)

    objects = RequestQuerySet.as_manager()

    class Meta:
        db_table = "approval_requests"
        verbose_name = _("approval request")
        verbose_name_plural = _("approval requests")
        ordering = ("requested_at", "pk")
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=Status.values), name="approval_request_has_status"
            ),
            models.CheckConstraint(
                condition=Q(status=Status.PENDING, concluded_at__isnull=True)
                | (~Q(status=Status.PENDING) & Q(concluded_at__isnull=False)),
                name="approval_request_concluded_has_moment",
            ),
            models.UniqueConstraint(
                fields=("subject_type", "subject_id"),
                condition=Q(status=Status.PENDING),
                name="approval_request_one_open_each",
            ),
        )
        indexes = (
            models.Index(
                fields=("role", "requested_at"),
                condition=Q(status="pending"),
                name="approval_request_waiting",
            ),
            models.Index(fields=("subject_type", "subject_id"), name="approval_request_by_subject"),
        )

    def __str__(self) -> str:
        return self.title

    def move(self, action: Action) -> None:
        """Set the status that follows `action`."""
        self.status = LIFECYCLE.after(action, Status(self.status))


class InterestedParty(models.Model):
    """Somebody whom the request concerns, and who therefore never decides on it."""

    request = models.ForeignKey(ApprovalRequest, models.PROTECT, related_name="parties")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person")
    )
    part = models.CharField(_("part"), max_length=60, help_text=_("borrower, lender, requester …"))

    class Meta:
        db_table = "approval_parties"
        verbose_name = _("interested party")
        verbose_name_plural = _("interested parties")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("request", "person", "part"), name="approval_party_is_unique"
            ),
        )

    def __str__(self) -> str:
        return f"{self.person} ({self.part})"


class Decision(models.Model):
    """One person's answer on one level; append-only."""

    request = models.ForeignKey(ApprovalRequest, models.PROTECT, related_name="decisions")
    level = models.PositiveSmallIntegerField(_("level"))
    decider = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("decider")
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("on behalf of"),
    )
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict)
    reason = models.TextField(_("reason"), blank=True)
    decided_at = models.DateTimeField(_("decided at"), db_default=Now(), editable=False)

    class Meta:
        db_table = "approval_decisions"
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ("pk",)
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(
                fields=("request", "decider"), name="approval_decision_once_each"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values), name="approval_decision_has_verdict"
            ),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.APPROVE) | ~Q(reason=""),
                name="approval_decision_refusal_has_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_verdict_display()}: {self.decider}"
