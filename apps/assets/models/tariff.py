"""What a loan costs."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.assets.states import (
    DepositKind,
    Unit,
)

WHOLE = 10_000


class Tariff(models.Model):
    """What a loan costs; prices in minor units of one currency, shares in basis points."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    currency = models.CharField(_("currency"), max_length=3)
    hour_price = models.BigIntegerField(_("price per hour"), null=True, blank=True)
    day_price = models.BigIntegerField(_("price per day"), null=True, blank=True)
    week_price = models.BigIntegerField(_("price per week"), null=True, blank=True)
    month_price = models.BigIntegerField(_("price per month"), null=True, blank=True)
    minimum_fee = models.BigIntegerField(_("least fee"), default=0)
    grace = models.DurationField(
        _("grace"), help_text=_("this late is not yet late, such as 00:15:00")
    )
    deposit_kind = models.CharField(
        _("deposit"), max_length=8, choices=DepositKind, default=DepositKind.NONE
    )
    deposit_amount = models.BigIntegerField(_("fixed deposit"), default=0)
    deposit_share = models.PositiveIntegerField(
        _("share of the value"),
        default=0,
        validators=[MaxValueValidator(WHOLE)],
        help_text=_("basis points: 2500 is 25 %"),
    )
    late_fee = models.BigIntegerField(_("late fee per unit"), default=0)
    late_fee_unit = models.CharField(
        _("unit of the late fee"), max_length=8, choices=Unit, default=Unit.DAY
    )
    late_fee_cap = models.BigIntegerField(_("most late fee"), null=True, blank=True)
    commission_share = models.PositiveIntegerField(
        _("commission"),
        default=0,
        validators=[MaxValueValidator(WHOLE)],
        help_text=_("share of the fee that the platform keeps, in basis points: 2000 is 20 %"),
    )

    history = HistoricalRecords(table_name="tariffs_history")

    class Meta:
        db_table = "tariffs"
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")
        ordering = ("name",)
        default_permissions = ("add", "change", "view")
        constraints = (
            models.CheckConstraint(
                condition=Q(hour_price__isnull=False)
                | Q(day_price__isnull=False)
                | Q(week_price__isnull=False)
                | Q(month_price__isnull=False),
                name="tariff_has_a_price",
                violation_error_message=_("Give the price of at least one unit."),
            ),
            models.CheckConstraint(
                condition=(Q(hour_price__isnull=True) | Q(hour_price__gte=0))
                & (Q(day_price__isnull=True) | Q(day_price__gte=0))
                & (Q(week_price__isnull=True) | Q(week_price__gte=0))
                & (Q(month_price__isnull=True) | Q(month_price__gte=0))
                & Q(minimum_fee__gte=0, deposit_amount__gte=0, late_fee__gte=0)
                & (Q(late_fee_cap__isnull=True) | Q(late_fee_cap__gte=0)),
                name="tariff_amounts_are_positive",
                violation_error_message=_("No amount of a tariff may be negative."),
            ),
            models.CheckConstraint(
                condition=Q(commission_share__lte=WHOLE, deposit_share__lte=WHOLE),
                name="tariff_shares_within_whole",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="tariff_has_currency"
            ),
        )

    def __str__(self) -> str:
        return self.name
