"""Which discount and which commission hold: read once for a ticket, then only arithmetic.

- **A ticket gets one discount at most**: of those that fit, the one that takes the most off the
  whole ticket; discounts are never added up. Of two that take the same off, the older one is named.
- A discount fits an asset by its category, and a ticket by its borrower (the named person, the
  role), by the length of the loan, and by the day on which the loan begins.
- A share is taken off each fee and rounded down to the minor unit.
- An amount is taken off the ticket once. It is split among the fees that it fits, in proportion to
  what can be taken off each.
- **The least fee holds after the discount**: no more is taken off than a fee has above it.
- The commission is a share of what is left. The rate of lender and category goes before the
  lender's, that before the category's, and that before the tariff's.

A fee by a tariff never falls when a loan gets longer. With a discount from a least length it may:
fourteen days with ten percent off can cost less than thirteen without. Between two lengths that the
same discounts fit, a longer loan never costs less.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.assets.models import CommissionRate, Discount
from apps.assets.states import DiscountKind
from apps.assets.wording import share
from apps.common.allocation import allocate
from apps.common.money import format_amount

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.assets.models import Asset

WHOLE = 10_000


@dataclass(frozen=True)
class Fee:
    """A fee before any discount: of which category, and the least that stays of it."""

    category_id: int | None
    amount: int
    minimum: int

    @property
    def reducible(self) -> int:
        """What can be taken off it."""
        return max(self.amount - self.minimum, 0)


@dataclass(frozen=True)
class Rules:
    """The discounts that a borrower can get for loans of one day, and the rates of commission."""

    discounts: "Sequence[Discount]" = ()
    rates: Mapping[tuple[int | None, int | None], CommissionRate] = field(default_factory=dict)

    def rate_of(self, asset: "Asset") -> CommissionRate | None:
        """Return the rate that goes before the tariff's, if there is one."""
        for key in (
            (asset.lender_id, asset.category_id),
            (asset.lender_id, None),
            (None, asset.category_id),
        ):
            if key in self.rates:
                return self.rates[key]
        return None

    def best(
        self, fees: Sequence[Fee], duration: timedelta, currency: str
    ) -> tuple[Discount | None, list[int]]:
        """Return the one discount that takes the most off, and what it takes off each fee."""
        best: Discount | None = None
        off = [0] * len(fees)
        for discount in self.discounts:
            taken = taken_off(discount, fees, duration, currency)
            if sum(taken) > sum(off):
                best, off = discount, taken
        return best, off


def rules_for(borrower: "User | None", day: date, assets: "Sequence[Asset]") -> Rules:
    """Return what holds for loans of these assets that begin on `day`, as it stands now."""
    discounts = Discount.objects.on(day).of(borrower).select_related("category", "role")
    rates = CommissionRate.objects.filter(
        Q(lender__isnull=True) | Q(lender__in={asset.lender_id for asset in assets}),
        Q(category__isnull=True) | Q(category__in={asset.category_id for asset in assets}),
        is_active=True,
    ).select_related("lender", "category")
    return Rules(
        discounts=list(discounts.order_by("pk")),
        rates={(rate.lender_id, rate.category_id): rate for rate in rates},
    )


def taken_off(
    discount: Discount, fees: Sequence[Fee], duration: timedelta, currency: str
) -> list[int]:
    """Return what the discount takes off each fee of a ticket of this length and currency."""
    nothing = [0] * len(fees)
    if discount.minimum_length and duration < discount.minimum_length:
        return nothing
    fitting = [
        fee.reducible if discount.category_id in {None, fee.category_id} else 0 for fee in fees
    ]
    if discount.kind == DiscountKind.SHARE:
        return [
            min(fee.amount * discount.share // WHOLE, most)
            for fee, most in zip(fees, fitting, strict=True)
        ]
    if discount.currency != currency or not any(fitting):
        return nothing
    return allocate(min(discount.amount, sum(fitting)), fitting)


def discount_line(discount: Discount, fee: Fee, off: int, currency: str) -> str:
    """Say what is taken off a fee: “Discount “Film school”: 10 % of $100.00 = −$10.00”."""
    facts = {
        "name": discount.name,
        "share": share(discount.share),
        "fee": format_amount(fee.amount, currency),
        "off": format_amount(-off, currency),
        "amount": format_amount(discount.amount, currency),
        "minimum": format_amount(fee.minimum, currency),
        "left": format_amount(fee.amount - off, currency),
    }
    if discount.kind == DiscountKind.AMOUNT:
        line = _("Discount “{name}”: {off}, the part of {amount} for the ticket; leaves {left}")
    elif off < fee.amount * discount.share // WHOLE:
        line = _("Discount “{name}”: {share} of {fee}, down to the least fee: {off}; leaves {left}")
    else:
        line = _("Discount “{name}”: {share} of {fee} = {off}; leaves {left}")
    return line.format(**facts)
