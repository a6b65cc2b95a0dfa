"""Converting: exact, rounded once, and never off by as much as a minor unit."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.exchange import (
    LARGEST_RATE,
    LEAST_RATE,
    InvalidRate,
    converted,
    cost_of,
    format_unrounded,
    parse_rate,
    plain_rate,
)
from apps.common.money import decimals_of

# Decimals: JPY 0, USD and EUR 2, KWD 3, CLF 4.
CURRENCIES = st.sampled_from(["JPY", "USD", "EUR", "KWD", "CLF"])
AMOUNTS = st.integers(-(10**15), 10**15)
RATES = st.decimals(LEAST_RATE, LARGEST_RATE, places=12)
HALF = Fraction(1, 2)


@pytest.mark.parametrize(
    ("amount", "sold", "bought", "rate", "expected", "unrounded"),
    [
        # 100.00 USD at 152.34 yen are 15,234 yen.
        (10000, "USD", "JPY", "152.34", 15234, "15234"),
        # 99.99 USD at 152.34 yen are 15,232.4766 yen.
        (9999, "USD", "JPY", "152.34", 15232, "15232.4766"),
        # 1,000 yen at 0.00656427 dollars are 6.56427 dollars.
        (1000, "JPY", "USD", "0.00656427", 656, "656.427"),
        # 10.000 dinars at 3.2525 dollars are 32.525 dollars: half-way, so up.
        (10000, "KWD", "USD", "3.2525", 3253, "3252.5"),
        (-10000, "KWD", "USD", "3.2525", -3253, "-3252.5"),
        # 0.01 USD at 0.3075 dinars are 0.003075 dinars.
        (1, "USD", "KWD", "0.3075", 3, "3.075"),
        (1, "JPY", "KWD", "0.0004", 0, "0.4"),
        (0, "USD", "EUR", "0.9", 0, "0"),
    ],
)
def test_an_amount_is_converted_exactly_and_rounded_once(
    amount: int, sold: str, bought: str, rate: str, expected: int, unrounded: str
) -> None:
    assert converted(amount, sold, bought, Decimal(rate)) == (expected, Decimal(unrounded))


@pytest.mark.parametrize(
    ("amount", "sold", "bought", "rate", "expected"),
    [
        # 15,234 yen cost 100.00 dollars; 1,000 yen cost 6.5642… dollars.
        (15234, "USD", "JPY", "152.34", 10000),
        (1000, "USD", "JPY", "152.34", 656),
        # One dollar at 8 to the dinar costs 0.125 dinars; at 16 it costs 0.0625: half-way, so up.
        (100, "KWD", "USD", "8", 125),
        (100, "KWD", "USD", "16", 63),
        (-100, "KWD", "USD", "16", -63),
    ],
)
def test_the_other_way_round_the_amount_is_divided_by_the_rate_itself(
    amount: int, sold: str, bought: str, rate: str, expected: int
) -> None:
    assert cost_of(amount, sold, bought, Decimal(rate)) == expected


@given(amount=AMOUNTS, sold=CURRENCIES, bought=CURRENCIES, rate=RATES)
def test_it_is_never_off_by_more_than_half_a_minor_unit(
    amount: int, sold: str, bought: str, rate: Decimal
) -> None:
    scale = Fraction(10) ** (decimals_of(bought) - decimals_of(sold))
    exact = amount * Fraction(rate) * scale
    found = converted(amount, sold, bought, rate)
    assert Fraction(found.unrounded) == exact
    assert abs(found.amount - exact) <= HALF
    # Half-way goes away from zero.
    if abs(found.amount - exact) == HALF:
        assert abs(found.amount) > abs(exact)


@given(amount=AMOUNTS, sold=CURRENCIES, bought=CURRENCIES, rate=RATES)
def test_neither_is_what_it_costs(amount: int, sold: str, bought: str, rate: Decimal) -> None:
    scale = Fraction(10) ** (decimals_of(sold) - decimals_of(bought))
    exact = amount / Fraction(rate) * scale
    found = cost_of(amount, sold, bought, rate)
    assert abs(found - exact) <= HALF
    if abs(found - exact) == HALF:
        assert abs(found) > abs(exact)


@given(
    amounts=st.tuples(AMOUNTS, AMOUNTS),
    rates=st.tuples(RATES, RATES),
    sold=CURRENCIES,
    bought=CURRENCIES,
)
def test_more_money_or_a_better_rate_never_gives_less(
    amounts: tuple[int, int], rates: tuple[Decimal, Decimal], sold: str, bought: str
) -> None:
    less, more = sorted(amounts)
    rate, better = sorted(rates)
    assert converted(less, sold, bought, rate).amount <= converted(more, sold, bought, rate).amount
    worth = converted(abs(more), sold, bought, rate).amount
    assert worth <= converted(abs(more), sold, bought, better).amount
    assert cost_of(less, sold, bought, rate) <= cost_of(more, sold, bought, rate)
    assert cost_of(abs(more), sold, bought, better) <= cost_of(abs(more), sold, bought, rate)


@given(amount=AMOUNTS, twos=st.integers(-10, 10), fives=st.integers(-4, 4))
def test_there_and_back_at_an_exact_inverse_gives_the_same(
    amount: int, twos: int, fives: int
) -> None:
    """Of 2 and 5 alone the inverse is a finite decimal, so nothing is lost but by rounding once."""
    rate = Decimal(2) ** twos * Decimal(5) ** fives
    there = converted(amount, "USD", "EUR", rate)
    assert cost_of(amount, "EUR", "USD", rate) == converted(amount, "USD", "EUR", 1 / rate).amount
    if there.amount == there.unrounded:
        assert converted(there.amount, "EUR", "USD", 1 / rate) == (amount, Decimal(amount))
        assert cost_of(there.amount, "USD", "EUR", rate) == amount


@given(amount=AMOUNTS, sold=CURRENCIES)
def test_at_one_to_one_nothing_changes(amount: int, sold: str) -> None:
    assert converted(amount, sold, sold, Decimal(1)) == (amount, Decimal(amount))
    assert cost_of(amount, sold, sold, Decimal(1)) == amount


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("152.34", "152.34"),
        (" 1.0825 ", "1.0825"),
        ("7.", "7"),
        ("100", "100"),
        ("0.000000001", "0.000000001"),
        ("1000000000", "1000000000"),
        # Zeros at the end are no decimals.
        ("1.5" + "0" * 30, "1.5"),
    ],
)
def test_a_rate_is_a_plain_decimal(text: str, rate: str) -> None:
    assert plain_rate(parse_rate(text)) == rate
    assert parse_rate(Decimal(text.strip())) == Decimal(rate)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0", "it must be more than zero"),
        ("0.000", "it must be more than zero"),
        ("-1.5", "it must be more than zero"),
        ("", "write digits with a point"),
        ("1,5", "write digits with a point"),
        ("1e3", "write digits with a point"),
        ("½", "write digits with a point"),
        ("nan", "write digits with a point"),
        ("9" * 41, "write digits with a point"),
        ("1000000000.1", "worth so little or so much"),
        ("0.0000000009", "worth so little or so much"),
        ("1.0000000000001", "it has more than 12 decimals"),
    ],
)
def test_what_is_no_rate_is_refused_and_says_why(text: str, why: str) -> None:
    with pytest.raises(InvalidRate, match=why) as said:
        parse_rate(text)
    assert len(said.value.message) < 200


def test_a_float_is_never_a_rate() -> None:
    with pytest.raises(TypeError, match="rounded already"):
        parse_rate(1.1)  # type: ignore[arg-type]  # what the test is about


@pytest.mark.parametrize(
    ("unrounded", "currency", "shown"),
    [
        ("3252.5", "USD", "32.525 USD"),
        ("123456700", "USD", "1,234,567.00 USD"),
        ("15232.4766", "JPY", "15,232.4766 JPY"),
        ("3.075", "KWD", "0.003075 KWD"),
        ("15234.0000000000000000", "JPY", "15,234 JPY"),
    ],
)
def test_an_unrounded_amount_is_shown_with_all_its_digits(
    unrounded: str, currency: str, shown: str
) -> None:
    assert format_unrounded(Decimal(unrounded), currency) == shown
