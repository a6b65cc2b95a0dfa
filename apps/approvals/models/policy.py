"""Policies: who must agree on what, on which conditions."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


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
    lender = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lender"),
        help_text=_("empty: any"),
    )
    value_from = models.BigIntegerField(
        _("from asset value"),
        default=0,
        validators=[MinValueValidator(0)],
        help_text=_("minor units, inclusive, of the dearest asset"),
    )
    value_to = models.BigIntegerField(
        _("to asset value"),
        null=True,
        blank=True,
        help_text=_("minor units, exclusive; empty: no end"),
    )
    due_in = models.DurationField(_("due in"), null=True, blank=True)
    remind_after = models.DurationField(
        _("remind after"), null=True, blank=True, help_text=_("so long on one level")
    )
    escalate_after = models.DurationField(
        _("escalate after"), null=True, blank=True, help_text=_("so long on one level")
    )
    escalate_to = models.ForeignKey(
        "auth.Group",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("escalate to"),
        help_text=_("the role that may decide then too"),
    )
    automatic_below = models.BigIntegerField(
        _("automatic below"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("minor units, exclusive, for trusted people; empty: never"),
    )
    step_up_amount = models.BigIntegerField(
        _("recent sign-in from"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("minor units, inclusive; zero: always; empty: never"),
    )
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
            models.CheckConstraint(
                condition=Q(value_from__gte=0)
                & (Q(value_to__isnull=True) | Q(value_to__gt=F("value_from"))),
                name="approval_policy_values_go_upward",
                violation_error_message=_("“Below asset value” must be more than “from”."),
            ),
            models.CheckConstraint(
                condition=~Q(currency="") | Q(value_from=0, value_to__isnull=True),
                name="approval_policy_values_have_currency",
                violation_error_message=_("Name a currency, so that the values mean something."),
            ),
            models.CheckConstraint(
                condition=Q(escalate_after__isnull=True, escalate_to__isnull=True)
                | Q(escalate_after__isnull=False, escalate_to__isnull=False),
                name="approval_policy_escalates_to_somebody",
                violation_error_message=_("Name after how long, and to whom, it escalates."),
            ),
            models.CheckConstraint(
                condition=Q(automatic_below__isnull=True)
                | (Q(automatic_below__gt=0) & ~Q(currency="")),
                name="approval_policy_automatic_has_currency",
                violation_error_message=_("Name a currency, so that the amount means something."),
            ),
            models.CheckConstraint(
                condition=Q(step_up_amount__isnull=True)
                | Q(step_up_amount=0)
                | (Q(step_up_amount__gt=0) & ~Q(currency="")),
                name="approval_policy_step_up_has_currency",
                violation_error_message=_(
                    "Name a currency, so that the amount means something; zero is always."
                ),
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
