"""What usual loans cost by a tariff, worked out while it is typed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.assets import pricing
from apps.assets.models import CommissionRate, Discount, Tariff
from apps.assets.rules import Fee, discount_line, taken_off
from apps.assets.states import Unit
from apps.assets.wording import units
from apps.common.money import decimals_of, format_amount

if TYPE_CHECKING:
    from collections.abc import Sequence

_LENGTHS = ((Unit.HOUR, 3), (Unit.DAY, 1), (Unit.DAY, 3), (Unit.DAY, 8), (Unit.DAY, 35))
_LATENESS = timedelta(days=1, hours=2)
_START = datetime(2026, 1, 5, 9, tzinfo=UTC)
# In whole units of the currency, as a share of the value needs one.
_VALUE = 1000
# So many discounts and rates are shown; an office with more has their pages.
_MOST = 6


@dataclass(frozen=True)
class Example:
    """What one thing costs, in a line."""

    label: str
    amount: int
    arithmetic: str


def examples(tariff: Tariff) -> list[Example]:
    """Return what loans of usual lengths cost, discounts, deposit, commission, a late return."""
    rows = []
    for unit, count in _LENGTHS:
        fee, lines = pricing.fee_of(tariff, _START, _START + count * pricing.LENGTHS[unit])
        rows.append(Example(units(unit, count), fee, " · ".join(lines)))
    rows += _discounts(tariff, categories := _categories(tariff))
    value = _VALUE * 10 ** decimals_of(tariff.currency)
    deposit, lines = pricing.deposit_of(tariff, value)
    worth = _("Deposit for a value of {value}").format(value=format_amount(value, tariff.currency))
    rows.append(Example(worth, deposit, " ".join(lines)))
    rows += _commissions(tariff, categories)
    late_fee, line = pricing.late_fee(tariff, due_at=_START, returned_at=_START + _LATENESS)
    rows.append(Example(_("Late return"), late_fee, line))
    return rows


def _categories(tariff: Tariff) -> "Sequence[int | None]":
    return [None, *(tariff.categories.values_list("pk", flat=True) if tariff.pk else ())]


def _discounts(tariff: Tariff, categories: "Sequence[int | None]") -> Iterator[Example]:
    """Yield each discount of today that fits, on the shortest of the usual lengths that it fits."""
    today = Discount.objects.on(timezone.localdate()).filter(
        Q(category__isnull=True) | Q(category__in=categories[1:])
    )
    for discount in today.order_by("pk")[:_MOST]:
        for unit, count in _LENGTHS[1:]:
            duration = count * pricing.LENGTHS[unit]
            amount, _lines = pricing.fee_of(tariff, _START, _START + duration)
            fee = Fee(discount.category_id, amount, tariff.minimum_fee)
            (off,) = taken_off(discount, [fee], duration, tariff.currency)
            if off:
                label = _("{length} with “{discount}”").format(
                    length=units(unit, count), discount=discount
                )
                arithmetic = discount_line(discount, fee, off, tariff.currency)
                yield Example(label, amount - off, arithmetic)
                break


def _commissions(tariff: Tariff, categories: "Sequence[int | None]") -> Iterator[Example]:
    """Yield what the platform keeps of eight days, by the tariff and by the rates before it."""
    unit, count = _LENGTHS[3]
    fee, _lines = pricing.fee_of(tariff, _START, _START + count * pricing.LENGTHS[unit])
    rates = CommissionRate.objects.filter(
        Q(category__isnull=True) | Q(category__in=categories[1:]), is_active=True
    ).select_related("lender", "category")
    shares = [("", tariff.commission_share)]
    shares += [(rate.whose, rate.share) for rate in rates.order_by("pk")[:_MOST]]
    label = _("Commission of {length}").format(length=units(unit, count))
    for whose, basis_points in shares:
        lines = pricing.commission_lines_of(fee, basis_points, tariff.currency, whose=whose)
        if lines:
            yield Example(label, fee * basis_points // pricing.WHOLE, lines[0])
