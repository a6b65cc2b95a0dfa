"""What a loan costs: whole minor units, no floats.

The rules, each with a worked example in the tests:

- Time is absolute: a period that crosses the night on which the clocks go back is an hour longer
  than the wall clock says, and one that crosses the other night is an hour shorter.
- An hour is sixty minutes, a day 24 hours, a week seven days, a month thirty days. A started unit
  counts, and the cheapest combination of units that covers the period wins; so a longer loan never
  costs less. Between combinations of one price, the one with the longest units is shown.
- The fee is at least the tariff's least fee, also after a discount; how discounts and rates of
  commission are chosen stands in `rules`.
- A deposit that is a share of the value takes the value on the first day of the loan, as it has
  fallen until then (`depreciation`), and is rounded half up to the minor unit.
- The commission is a share of the fee after the discount, rounded down: what cannot be split
  belongs to the lender.
- Lateness begins when the grace ends; every unit started after it costs the late fee, up to the
  cap.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.assets.errors import PeriodBackwards, TariffInOtherCurrency
from apps.assets.rules import Fee, Rules, discount_line
from apps.assets.states import DepositKind, Unit
from apps.assets.wording import length, moment, share, units
from apps.common.money import format_amount

if TYPE_CHECKING:
    from apps.assets.models import Asset, Tariff

WHOLE = 10_000
NO_RULES = Rules()
LENGTHS = {
    Unit.MONTH: timedelta(days=30),
    Unit.WEEK: timedelta(weeks=1),
    Unit.DAY: timedelta(days=1),
    Unit.HOUR: timedelta(hours=1),
}


@dataclass(frozen=True)
class LineQuote:
    """What one asset costs for one period, with the arithmetic that a clerk can read out.

    The fee is what is paid, the discount what was taken off before; the commission is the share
    `commission_share` of the fee, in basis points, and the deposit may be a share of the `value`.
    """

    fee: int
    deposit: int
    commission: int
    currency: str
    arithmetic: list[str]
    discount: int = 0
    commission_share: int = 0
    value: int = 0


def quote(
    asset: "Asset", starts_at: datetime, ends_at: datetime, rules: Rules = NO_RULES
) -> LineQuote:
    """Return what lending `asset` alone for this period costs.

    Raises:
        PeriodBackwards: the period does not end after it starts.
        TariffInOtherCurrency: the tariff's currency is not the asset's.
    """
    return quote_together([asset], starts_at, ends_at, rules)[asset]


def quote_together(
    assets: "Sequence[Asset]", starts_at: datetime, ends_at: datetime, rules: Rules
) -> "dict[Asset, LineQuote]":
    """Return what each of these assets costs when they are lent together for this period.

    Raises:
        PeriodBackwards: the period does not end after it starts.
        TariffInOtherCurrency: a tariff's currency is not its asset's.
    """
    duration = length_of(starts_at, ends_at)
    fees: list[Fee] = []
    lines: list[list[str]] = []
    for asset in assets:
        tariff = asset.effective_tariff
        if tariff.currency != asset.currency:
            raise TariffInOtherCurrency(asset=asset, tariff=tariff)
        amount, arithmetic = fee_of(tariff, starts_at, ends_at)
        fees.append(Fee(asset.category_id, amount, tariff.minimum_fee))
        lines.append(arithmetic)
    currency = assets[0].currency
    discount, off = rules.best(fees, duration, currency)
    quotes = {}
    for asset, fee, taken, arithmetic in zip(assets, fees, off, lines, strict=True):
        if discount and taken:
            arithmetic.append(discount_line(discount, fee, taken, currency))
        quotes[asset] = _with_rest(
            asset, fee.amount - taken, taken, arithmetic, rules=rules, starts_at=starts_at
        )
    return quotes


def _with_rest(
    asset: "Asset",
    fee: int,
    discount: int,
    arithmetic: list[str],
    *,
    rules: Rules,
    starts_at: datetime,
) -> LineQuote:
    """Return the quote of an asset whose fee is known: deposit and commission follow."""
    tariff = asset.effective_tariff
    worth = asset.worth_on(timezone.localdate(starts_at))
    deposit, deposit_lines = deposit_of(tariff, worth.amount)
    if worth.falls and tariff.deposit_kind == DepositKind.SHARE:
        fallen = worth.arithmetic(tariff.currency)
        deposit_lines.insert(0, _("Value: {arithmetic}").format(arithmetic=fallen))
    rate = rules.rate_of(asset)
    basis_points = tariff.commission_share if rate is None else rate.share
    commission = fee * basis_points // WHOLE
    commission_lines = commission_lines_of(
        fee, basis_points, tariff.currency, whose=rate.whose if rate else ""
    )
    return LineQuote(
        fee,
        deposit,
        commission,
        tariff.currency,
        [*arithmetic, *deposit_lines, *commission_lines],
        discount,
        basis_points,
        worth.amount,
    )


def quote_by(tariff: "Tariff", starts_at: datetime, ends_at: datetime, *, value: int) -> LineQuote:
    """Return what something worth `value` costs by `tariff` alone, without discounts or rates."""
    fee, fee_lines = fee_of(tariff, starts_at, ends_at)
    deposit, deposit_lines = deposit_of(tariff, value)
    commission = fee * tariff.commission_share // WHOLE
    commission_lines = commission_lines_of(fee, tariff.commission_share, tariff.currency)
    arithmetic = [*fee_lines, *deposit_lines, *commission_lines]
    share = tariff.commission_share
    return LineQuote(
        fee, deposit, commission, tariff.currency, arithmetic, commission_share=share, value=value
    )


def commission_lines_of(
    fee: int, basis_points: int, currency: str, *, whose: str = ""
) -> list[str]:
    """Return the arithmetic of the commission; nothing when the tariff takes none."""
    if not (basis_points or whose):
        return []
    line = _("Commission: {share} of {fee} = {commission}").format(
        share=share(basis_points),
        fee=format_amount(fee, currency),
        commission=format_amount(fee * basis_points // WHOLE, currency),
    )
    return [_("{line}, the rate of {whose}").format(line=line, whose=whose) if whose else line]


def length_of(starts_at: datetime, ends_at: datetime) -> timedelta:
    """Return how long the period really is.

    Raises:
        PeriodBackwards: it does not end after it starts.
    """
    # Two datetimes of one zone subtract by the wall clock, so both go to UTC first.
    duration = ends_at.astimezone(UTC) - starts_at.astimezone(UTC)
    if duration <= timedelta(0):
        raise PeriodBackwards(starts_at=moment(starts_at), ends_at=moment(ends_at))
    return duration


def fee_of(tariff: "Tariff", starts_at: datetime, ends_at: datetime) -> tuple[int, list[str]]:
    """Return the fee for a period, and the arithmetic.

    Raises:
        PeriodBackwards: the period does not end after it starts.
    """
    duration = length_of(starts_at, ends_at)
    prices = prices_of(tariff)
    counts = cheapest(duration, prices)
    combined = sum(count * prices[unit] for unit, count in counts.items())
    fee = max(combined, tariff.minimum_fee)
    lines = [_combination(counts, prices, combined, tariff.currency)]
    if fee > combined:
        lines.append(_("Least fee: {fee}").format(fee=format_amount(fee, tariff.currency)))
    return fee, lines


def deposit_of(tariff: "Tariff", value: int) -> tuple[int, list[str]]:
    """Return the deposit for something worth `value`, and the arithmetic; nothing when none."""
    if tariff.deposit_kind == DepositKind.NONE:
        return 0, []
    if tariff.deposit_kind == DepositKind.FIXED:
        deposit = tariff.deposit_amount
        shown = format_amount(deposit, tariff.currency)
        return deposit, [_("Deposit: {deposit}").format(deposit=shown)]
    deposit = (value * tariff.deposit_share + WHOLE // 2) // WHOLE
    return deposit, [
        _("Deposit: {share} of the value {value} = {deposit}").format(
            share=share(tariff.deposit_share),
            value=format_amount(value, tariff.currency),
            deposit=format_amount(deposit, tariff.currency),
        )
    ]


def late_fee(tariff: "Tariff", *, due_at: datetime, returned_at: datetime) -> tuple[int, str]:
    """Return the fee for a return at `returned_at`, and the arithmetic; zero within the grace."""
    late_by = returned_at.astimezone(UTC) - due_at.astimezone(UTC)
    if late_by <= timedelta(0):
        return 0, _("Returned in time.")
    if late_by <= tariff.grace:
        return 0, _("Returned {late} late, within the grace of {grace}.").format(
            late=length(late_by), grace=length(tariff.grace)
        )
    unit = Unit(tariff.late_fee_unit)
    count = _started(late_by - tariff.grace, LENGTHS[unit])
    fee = count * tariff.late_fee
    line = _("Returned {late} late: {product} = {fee}").format(
        late=length(late_by),
        product=_times(unit, count, tariff.late_fee, tariff.currency),
        fee=format_amount(fee, tariff.currency),
    )
    if tariff.late_fee_cap is None or fee <= tariff.late_fee_cap:
        return fee, line
    return tariff.late_fee_cap, _("{line}, at most {cap}").format(
        line=line, cap=format_amount(tariff.late_fee_cap, tariff.currency)
    )


def prices_of(tariff: "Tariff") -> dict[Unit, int]:
    """Return the units that `tariff` prices, longest first."""
    prices = {
        Unit.MONTH: tariff.month_price,
        Unit.WEEK: tariff.week_price,
        Unit.DAY: tariff.day_price,
        Unit.HOUR: tariff.hour_price,
    }
    return {unit: price for unit, price in prices.items() if price is not None}


def cheapest(duration: timedelta, prices: Mapping[Unit, int]) -> dict[Unit, int]:
    """Return how many of each priced unit cover `duration` for the least money."""
    return min(
        _combinations(duration, list(prices)),
        key=lambda counts: sum(count * prices[unit] for unit, count in counts.items()),
    )


def _combinations(duration: timedelta, priced: list[Unit]) -> Iterator[dict[Unit, int]]:
    """Yield every combination that can be the cheapest, that with the longest units first.

    Hours, days and weeks nest: when some but not all whole weeks are covered by weeks, either a
    week more or a week less is no dearer, so only none, all, or one too many are worth a look.
    Thirty days are no whole number of weeks, so any number of months is.
    """
    unit, *shorter = priced
    whole = max(duration // LENGTHS[unit], 0)
    started = _started(duration, LENGTHS[unit])
    if not shorter:
        yield {unit: started} if started else {}
        return
    counts = range(whole, -1, -1) if unit is Unit.MONTH else sorted({whole, 0}, reverse=True)
    for count in counts:
        for rest in _combinations(duration - count * LENGTHS[unit], shorter):
            yield {unit: count, **rest} if count else rest
    if started > whole:
        yield {unit: started}


def _started(duration: timedelta, unit: timedelta) -> int:
    return max(-(-duration // unit), 0)


def _combination(
    counts: Mapping[Unit, int], prices: Mapping[Unit, int], total: int, currency: str
) -> str:
    products = " + ".join(
        _times(unit, count, prices[unit], currency) for unit, count in counts.items()
    )
    return f"{products} = {format_amount(total, currency)}"


def _times(unit: Unit, count: int, price: int, currency: str) -> str:
    return f"{units(unit, count)} × {format_amount(price, currency)}"
