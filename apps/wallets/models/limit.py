"""Business limits: how much one person may set in motion in a day."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.wallets.states import LimitKind


class BusinessLimit(models.Model):
    """What a person of a role may do in a day in a currency; of several the widest holds.

    A row without a role is for whoever has no role with a row of its own. Where there is neither,
    nothing is limited.
    """

    kind = models.CharField(_("kind"), max_length=20, choices=LimitKind)
    role = models.ForeignKey(
        "auth.Group",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("role"),
        help_text=_("empty: everybody whose roles have no limit of their own"),
    )
    currency = models.CharField(_("currency"), max_length=3)
    count_per_day = models.PositiveIntegerField(
        _("number per day"),
        validators=[MinValueValidator(1)],
        help_text=_("each line of a batch counts"),
    )
    amount_per_day = models.BigIntegerField(_("sum per day"), help_text=_("minor units"))
    is_active = models.BooleanField(_("active"), default=True)

    history = HistoricalRecords(table_name="business_limits_history")

    class Meta:
        db_table = "business_limits"
        verbose_name = _("business limit")
        verbose_name_plural = _("business limits")
        ordering = ("kind", "currency", "role")
        default_permissions = ("add", "change", "view")
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "role", "currency"),
                name="business_limit_is_one",
                nulls_distinct=False,
                violation_error_message=_(
                    "There is a limit of this kind, role and currency. Change that one."
                ),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=LimitKind.values), name="business_limit_has_kind"
            ),
            models.CheckConstraint(
                condition=Q(count_per_day__gte=1, amount_per_day__gte=1),
                name="business_limit_is_positive",
                violation_error_message=_("Number and sum must be at least one."),
            ),
            models.CheckConstraint(
                condition=Q(currency__regex="^[A-Z]{3}$"), name="business_limit_has_currency"
            ),
        )

    def __str__(self) -> str:
        role = self.role or _("everybody")
        return f"{self.get_kind_display()} · {role} · {self.currency}"


class BusinessLimitUse(models.Model):
    """What a person has set in motion on a day of the office; triggers count, nobody else does."""

    pk = models.CompositePrimaryKey("person_id", "kind", "currency", "day")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=20, choices=LimitKind)
    currency = models.CharField(_("currency"), max_length=3)
    day = models.DateField(_("day"), help_text=_("in the office’s time zone"))
    count = models.PositiveIntegerField(_("number"))
    amount = models.BigIntegerField(_("sum"), help_text=_("minor units"))

    class Meta:
        db_table = "business_limit_uses"
        verbose_name = _("use of a business limit")
        verbose_name_plural = _("uses of business limits")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind} {self.currency} {self.day}"
