"""Worked examples, and properties against a slow reference that tries every combination."""

from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.assets.errors import PeriodBackwards, TariffInOtherCurrency
from apps.assets.models import Tariff
from apps.assets.pricing import LENGTHS, cheapest, fee_of, late_fee, quote, quote_by
from apps.assets.states import DepositKind, Unit
from project.testing.make import Make

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def tariff(**fields: object) -> Tariff:
    """Return a tariff of 100.00 a day and 500.00 a week that is in no database."""
    usual = {"name": "T", "currency": "USD", "day_price": 10000, "week_price": 50000}
    return Tariff(**{**usual, "grace": timedelta(minutes=15), **fields})


def fee(duration: timedelta, **fields: object) -> tuple[int, list[str]]:
    return fee_of(tariff(**fields), START, START + duration)


def test_eight_days_are_a_week_and_a_day() -> None:
    assert fee(8 * DAY) == (60000, ["1 week × $500.00 + 1 day × $100.00 = $600.00"])


def test_six_days_are_cheaper_as_a_week() -> None:
    assert fee(6 * DAY) == (50000, ["1 week × $500.00 = $500.00"])


def test_between_one_price_days_win_over_a_week_that_is_not_full() -> None:
    assert fee(5 * DAY) == (50000, ["5 days × $100.00 = $500.00"])


def test_a_started_unit_counts() -> None:
    assert fee(timedelta(minutes=1))[0] == 10000
    assert fee(DAY)[0] == 10000
    assert fee(DAY + timedelta(minutes=1))[0] == 20000


def test_months_are_no_whole_number_of_weeks() -> None:
    by_month = {"month_price": 120000}
    assert fee(35 * DAY, **by_month)[1] == ["1 month × $1,200.00 + 5 days × $100.00 = $1,700.00"]
    assert fee(28 * DAY, **by_month)[1] == ["1 month × $1,200.00 = $1,200.00"]
    assert fee(42 * DAY, **by_month, hour_price=900)[0] == 220000


def test_hours_fill_up_to_the_day() -> None:
    hourly = {"hour_price": 1500}
    assert fee(26 * HOUR, **hourly)[1] == ["1 day × $100.00 + 2 hours × $15.00 = $130.00"]
    assert fee(31 * HOUR, **hourly)[0] == 20000


def test_the_least_fee_is_said() -> None:
    lines = ["1 day × $100.00 = $100.00", "Least fee: $250.00"]
    assert fee(DAY, minimum_fee=25000) == (25000, lines)
    assert fee(3 * DAY, minimum_fee=25000)[0] == 30000


def test_a_price_of_nothing_is_a_price() -> None:
    assert fee(3 * DAY, day_price=0, week_price=None) == (0, ["3 days × $0.00 = $0.00"])


@pytest.mark.parametrize("duration", [timedelta(0), -HOUR])
def test_a_period_that_does_not_end_later_has_no_price(duration: timedelta) -> None:
    with pytest.raises(PeriodBackwards, match="must end after it starts"):
        fee(duration)


def test_the_night_in_which_the_clocks_go_back_is_an_hour_longer() -> None:
    start, end = (
        datetime(2026, 10, 24, 10, tzinfo=BERLIN),
        datetime(2026, 10, 25, 10, tzinfo=BERLIN),
    )
    assert fee_of(tariff(hour_price=1000), start, end)[1] == [
        "1 day × $100.00 + 1 hour × $10.00 = $110.00"
    ]


def test_the_night_in_which_the_clocks_go_forward_is_an_hour_shorter() -> None:
    start, end = datetime(2026, 3, 28, 10, tzinfo=BERLIN), datetime(2026, 3, 29, 10, tzinfo=BERLIN)
    assert fee_of(tariff(hour_price=100), start, end)[0] == 2300


def test_an_hour_that_the_clock_shows_twice_is_two_hours() -> None:
    start = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=0)
    end = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1)
    assert fee_of(tariff(hour_price=100), start, end)[0] == 100
    assert late_fee(tariff(late_fee=5), due_at=start, returned_at=end)[0] == 5


@pytest.mark.parametrize(
    ("value", "share", "deposit"),
    [(20001, 2550, 5100), (20000, 2500, 5000), (1, 5000, 1), (1, 4999, 0), (0, 10000, 0)],
)
def test_a_share_of_the_value_is_rounded_half_up(value: int, share: int, deposit: int) -> None:
    by_share = tariff(deposit_kind=DepositKind.SHARE, deposit_share=share)
    assert quote_by(by_share, START, START + DAY, value=value).deposit == deposit


def test_the_commission_is_rounded_down_so_that_the_lender_keeps_the_rest() -> None:
    dear = tariff(day_price=999, week_price=None, commission_share=3333)
    line = quote_by(dear, START, START + DAY, value=0)
    assert (line.fee, line.commission) == (999, 332)
    assert line.arithmetic[-1] == "Commission: 33.33 % of $9.99 = $3.32"


def test_the_quote_of_an_asset_has_its_arithmetic(make: Make, lena: User) -> None:
    asset = make.asset(lender=lena)
    line = quote(asset, START, START + 3 * DAY)
    assert (line.fee, line.deposit, line.commission, line.currency) == (3000, 5000, 600, "USD")
    assert line.arithmetic == [
        "3 days × $10.00 = $30.00",
        "Deposit: $50.00",
        "Commission: 20 % of $30.00 = $6.00",
    ]


def test_an_own_tariff_goes_before_the_category_s(make: Make, lena: User) -> None:
    asset = make.asset(
        lender=lena,
        tariff=make.tariff(
            day_price=1, deposit_kind=DepositKind.SHARE, deposit_share=2500, commission_share=0
        ),
    )
    line = quote(asset, START, START + DAY)
    assert (line.fee, line.deposit, line.commission) == (1, 5000, 0)
    assert line.arithmetic[1:] == ["Deposit: 25 % of the value $200.00 = $50.00"]


def test_a_tariff_in_another_currency_prices_nothing(make: Make, lena: User) -> None:
    asset = make.asset(lender=lena, tariff=make.tariff(currency="EUR"))
    with pytest.raises(TariffInOtherCurrency, match="Choose a tariff in USD"):
        quote(asset, START, START + DAY)


def test_a_currency_without_decimals_is_counted_in_whole_units() -> None:
    yen = tariff(currency="JPY", day_price=1000, week_price=None)
    assert fee_of(yen, START, START + 2 * DAY)[1] == ["2 days × ¥1,000 = ¥2,000"]


LATE = {"late_fee": 500, "late_fee_cap": 1800}


@pytest.mark.parametrize(
    ("late_by", "amount", "line"),
    [
        (-HOUR, 0, "Returned in time."),
        (timedelta(0), 0, "Returned in time."),
        (
            timedelta(minutes=15),
            0,
            "Returned 15 minutes late, within the grace of 15 minutes.",
        ),
        (timedelta(minutes=16), 500, "Returned 16 minutes late: 1 day × $5.00 = $5.00"),
        (
            DAY + timedelta(minutes=15),
            500,
            "Returned 1 day 15 minutes late: 1 day × $5.00 = $5.00",
        ),
        (
            DAY + timedelta(minutes=16),
            1000,
            "Returned 1 day 16 minutes late: 2 days × $5.00 = $10.00",
        ),
        (4 * DAY, 1800, "Returned 4 days late: 4 days × $5.00 = $20.00, at most $18.00"),
        (400 * DAY, 1800, "Returned 400 days late: 400 days × $5.00 = $2,000.00, at most $18.00"),
    ],
)
def test_lateness_begins_when_the_grace_ends(late_by: timedelta, amount: int, line: str) -> None:
    assert late_fee(tariff(**LATE), due_at=START, returned_at=START + late_by) == (amount, line)


def test_a_late_fee_without_cap_grows() -> None:
    hourly = tariff(late_fee=100, late_fee_unit=Unit.HOUR)
    assert late_fee(hourly, due_at=START, returned_at=START + 10 * DAY)[0] == 24000


def reference(duration: timedelta, prices: dict[Unit, int]) -> int:
    """Return the least price by trying every count of every unit."""
    most = [range(-(-duration // LENGTHS[unit]) + 1) for unit in prices]
    return min(
        sum(count * price for count, price in zip(counts, prices.values(), strict=True))
        for counts in product(*most)
        if sum(
            (count * LENGTHS[unit] for count, unit in zip(counts, prices, strict=True)),
            timedelta(0),
        )
        >= duration
    )


def some_prices(*units: Unit) -> "st.SearchStrategy[dict[Unit, int]]":
    price = st.integers(min_value=0, max_value=300)
    return st.dictionaries(st.sampled_from(units), price, min_size=1).map(
        lambda prices: {unit: prices[unit] for unit in LENGTHS if unit in prices}
    )


def total(duration: timedelta, prices: dict[Unit, int]) -> int:
    counts = cheapest(duration, prices)
    assert sum((n * LENGTHS[unit] for unit, n in counts.items()), timedelta(0)) >= duration
    assert all(count > 0 for count in counts.values())
    return sum(count * prices[unit] for unit, count in counts.items())


@given(some_prices(Unit.DAY, Unit.WEEK, Unit.MONTH), st.integers(1, 70 * 24))
def test_no_combination_is_cheaper_by_days(prices: dict[Unit, int], hours: int) -> None:
    assert total(hours * HOUR, prices) == reference(hours * HOUR, prices)


@given(some_prices(Unit.HOUR, Unit.DAY, Unit.WEEK), st.integers(1, 9 * 24 * 60))
def test_no_combination_is_cheaper_by_hours(prices: dict[Unit, int], minutes: int) -> None:
    duration = timedelta(minutes=minutes)
    assert total(duration, prices) == reference(duration, prices)


minutes = st.integers(1, 500 * 24 * 60).map(lambda count: timedelta(minutes=count))


@given(some_prices(*Unit), minutes, minutes)
def test_a_longer_loan_never_costs_less(
    prices: dict[Unit, int], one: timedelta, other: timedelta
) -> None:
    shorter, longer = sorted([one, other])
    assert 0 <= total(shorter, prices) <= total(longer, prices)


@given(minutes, minutes, st.none() | st.integers(0, 5000))
def test_a_later_return_never_costs_less(one: timedelta, other: timedelta, cap: int | None) -> None:
    earlier, later = sorted([one, other])
    by = tariff(late_fee=100, late_fee_cap=cap, late_fee_unit=Unit.WEEK)
    fees = [late_fee(by, due_at=START, returned_at=START + late)[0] for late in (earlier, later)]
    assert 0 <= fees[0] <= fees[1]
    assert cap is None or fees[1] <= cap


@given(st.integers(0, 10**9), st.integers(0, 10000), st.integers(0, 10**9), st.integers(0, 10000))
def test_parts_stay_within_the_whole(price: int, part: int, value: int, share: int) -> None:
    by = tariff(
        day_price=price,
        week_price=None,
        commission_share=part,
        deposit_kind=DepositKind.SHARE,
        deposit_share=share,
    )
    line = quote_by(by, START, START + DAY, value=value)
    assert 0 <= line.commission <= line.fee == price
    assert 0 <= line.deposit <= value
