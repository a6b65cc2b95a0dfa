"""Exchanges: at which rate a transaction changed currencies, and what was rounded."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.common.exchange import LARGEST_RATE, LEAST_RATE, RATE_DECIMALS
from apps.common.money import LARGEST
from apps.wallets.states import ExchangeSide, Rounding

# A rate has twelve decimals, and two currencies are four decimals apart at most.
_UNROUNDED_DECIMALS = RATE_DECIMALS + 4


class Exchange(models.Model):
    """The terms of an exchange, one row for its transaction; append-only.

    What is sold leaves the owner's wallet and what is bought arrives, each through the exchange
    wallet of its currency, which keeps what rounding gave or took. A fee is taken on top of what is
    sold, or out of what is bought. The rules that look at other tables are triggers of migration
    0010.
    """

    transaction = models.OneToOneField(
        "wallets.LedgerTransaction",
        models.PROTECT,
        related_name="exchange",
        verbose_name=_("transaction"),
    )
    sold_wallet = models.ForeignKey(
        "wallets.Wallet", models.PROTECT, related_name="+", db_index=False
    )
    bought_wallet = models.ForeignKey(
        "wallets.Wallet", models.PROTECT, related_name="+", db_index=False
    )
    sold_currency = models.CharField(_("currency sold"), max_length=3)
    bought_currency = models.CharField(_("currency bought"), max_length=3)
    sold_amount = models.BigIntegerField(_("sold"), help_text=_("minor units, without the fee"))
    bought_amount = models.BigIntegerField(
        _("bought"), help_text=_("minor units, before the fee is taken")
    )
    given = models.CharField(
        _("amount agreed on"),
        max_length=6,
        choices=ExchangeSide,
        help_text=_("the side that was given; the other one was computed"),
    )
    rate = models.DecimalField(
        _("rate"),
        max_digits=RATE_DECIMALS + 10,
        decimal_places=RATE_DECIMALS,
        help_text=_("units of the currency bought for one unit of the currency sold"),
    )
    rate_source = models.CharField(_("source of the rate"), max_length=254, blank=True)
    rounding = models.CharField(
        _("rounding"), max_length=8, choices=Rounding, default=Rounding.HALF_UP
    )
    unrounded = models.DecimalField(
        _("unrounded"),
        max_digits=_UNROUNDED_DECIMALS + 20,
        decimal_places=_UNROUNDED_DECIMALS,
        help_text=_("what the amount sold is worth, in minor units of the currency bought"),
    )
    fee_amount = models.BigIntegerField(_("fee"), default=0)
    fee_side = models.CharField(
        _("fee taken from"), max_length=6, choices=ExchangeSide, blank=True, default=""
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("actor")
    )
    reason = models.CharField(_("reason"), max_length=2000)

    class Meta:
        db_table = "ledger_exchanges"
        verbose_name = _("exchange")
        verbose_name_plural = _("exchanges")
        ordering = ("-id",)
        default_permissions = ()
        permissions = (("exchange_money", "Can exchange money between currencies"),)
        constraints = (
            models.CheckConstraint(
                condition=~Q(sold_currency=F("bought_currency")),
                name="exchange_has_two_currencies",
            ),
            models.CheckConstraint(
                condition=Q(sold_amount__range=(1, LARGEST), bought_amount__range=(1, LARGEST)),
                name="exchange_amounts_are_positive",
            ),
            models.CheckConstraint(
                condition=Q(rate__range=(LEAST_RATE, LARGEST_RATE)),
                name="exchange_rate_is_plausible",
            ),
            models.CheckConstraint(
                condition=Q(given__in=ExchangeSide.values, rounding__in=Rounding.values),
                name="exchange_rule_is_known",
            ),
            models.CheckConstraint(
                condition=Q(fee_amount=0, fee_side="")
                | Q(fee_amount__range=(1, LARGEST), fee_side=ExchangeSide.SOLD)
                | Q(fee_amount__gt=0, fee_amount__lt=F("bought_amount"), fee_side="bought"),
                name="exchange_fee_leaves_something",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="exchange_has_reason"),
        )
        indexes = (
            models.Index(
                fields=("sold_currency", "bought_currency", "id"), name="exchange_by_currencies"
            ),
        )

    def __str__(self) -> str:
        return f"T-{self.transaction_id}"

    @property
    def difference(self) -> Decimal:
        """What rounding added to the amount bought, or took from it; in its minor units."""
        return self.bought_amount - self.unrounded

    @property
    def fee_currency(self) -> str:
        """The currency of the fee, if there is one."""
        if not self.fee_side:
            return ""
        is_sold = self.fee_side == ExchangeSide.SOLD
        return self.sold_currency if is_sold else self.bought_currency
