"""Amounts: exact, in the decimals of their currency, or refused in words."""

import pytest
from django import forms
from hypothesis import given
from hypothesis import strategies as st

from apps.common.admin import AmountField, amount_in, money
from apps.common.money import (
    LARGEST,
    InvalidAmount,
    UnknownCurrency,
    decimal_of,
    decimals_of,
    format_amount,
    parse_amount,
    plain_amount,
)


@pytest.mark.parametrize(("currency", "decimals"), [("JPY", 0), ("USD", 2), ("KWD", 3)])
def test_each_currency_has_its_decimals(currency: str, decimals: int) -> None:
    assert decimals_of(currency) == decimals


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("1234.50", "USD", 123450),
        (" 1234.5 ", "USD", 123450),
        ("1234", "USD", 123400),
        ("5.", "USD", 500),
        ("0.01", "USD", 1),
        ("-12.30", "USD", -1230),
        ("-0", "USD", 0),
        ("007", "USD", 700),
        ("0.10000", "USD", 10),
        ("1500", "JPY", 1500),
        ("1500.0", "JPY", 1500),
        ("1.234", "KWD", 1234),
        ("1000000000000.000", "KWD", LARGEST),
    ],
)
def test_a_plain_decimal_is_read(text: str, currency: str, amount: int) -> None:
    assert parse_amount(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "currency", "why"),
    [
        ("1.001", "USD", "this currency has 2 decimals"),
        ("1.5", "JPY", "this currency has 0 decimals"),
        ("1.2345", "KWD", "this currency has 3 decimals"),
        ("1.00000000000000000000000000000001", "USD", "this currency has 2 decimals"),
        ("0.0000000000000000000000000000000000000001", "USD", "this currency has 2 decimals"),
        ("10000000000000.01", "USD", "it is too large"),
        ("9" * 40, "USD", "it is too large"),
        ("-" + "9" * 40, "JPY", "it is too large"),
        ("9" * 41, "USD", "write digits"),
        ("1e9", "USD", "write digits"),
        ("1E9", "USD", "write digits"),
        ("NaN", "USD", "write digits"),
        ("Infinity", "USD", "write digits"),
        ("0x10", "USD", "write digits"),
        ("1,234.50", "USD", "write digits"),
        ("1_000", "USD", "write digits"),
        ("1 000", "USD", "write digits"),
        ("+5", "USD", "write digits"),
        (".5", "USD", "write digits"),
        ("--5", "USD", "write digits"),
        ("١٢", "USD", "write digits"),
        ("５", "USD", "write digits"),
        ("$5", "USD", "write digits"),
        ("", "USD", "write digits"),
        ("5\n5", "USD", "write digits"),
    ],
)
def test_anything_else_is_refused_in_words(text: str, currency: str, why: str) -> None:
    with pytest.raises(InvalidAmount) as refusal:
        parse_amount(text, currency)

    message = refusal.value.message
    assert why in message
    assert currency in message
    assert message.endswith(".")
    assert len(message) < 150


@pytest.mark.parametrize("currency", ["XYZ", "usd", "", "US", "DOLLAR"])
def test_an_unknown_currency_is_named(currency: str) -> None:
    for ask in (
        lambda: decimals_of(currency),
        lambda: parse_amount("1", currency),
        lambda: format_amount(1, currency),
    ):
        with pytest.raises(UnknownCurrency, match=f"“{currency}” is not an ISO 4217 currency"):
            ask()


@given(
    amount=st.integers(min_value=-LARGEST, max_value=LARGEST),
    currency=st.sampled_from(["JPY", "USD", "EUR", "KWD"]),
)
def test_what_is_written_is_read_again(amount: int, currency: str) -> None:
    text = plain_amount(amount, currency)

    assert parse_amount(text, currency) == amount
    assert decimal_of(amount, currency) * 10 ** decimals_of(currency) == amount


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (123450, "USD", "$1,234.50"),
        (-123450, "USD", "-$1,234.50"),
        (0, "USD", "$0.00"),
        (1234567, "JPY", "¥1,234,567"),
        (1234567, "KWD", "KWD1,234.567"),
        (5, "EUR", "€0.05"),
    ],
)
def test_an_amount_is_shown_as_people_write_it(amount: int, currency: str, shown: str) -> None:
    assert format_amount(amount, currency).replace("\xa0", "") == shown


def test_an_amount_lines_up_and_is_red_below_zero() -> None:
    assert "tabular-nums" in money(100, "USD")
    assert "text-red-600" not in money(100, "USD")
    assert "text-red-600" in money(-100, "USD")
    assert money(None, "USD") == "–"


class AmountForm(forms.Form):
    """Asks for an amount."""

    amount = AmountField(required=False)


def test_a_form_reads_an_amount_or_says_why_not() -> None:
    form = AmountForm({"amount": "12.30"})
    assert form.is_valid()
    assert amount_in(form, "amount", "USD") == 1230

    wrong = AmountForm({"amount": "12.345"})
    assert wrong.is_valid()
    assert amount_in(wrong, "amount", "USD") is None
    assert "this currency has 2 decimals" in str(wrong.errors["amount"])

    empty = AmountForm({"amount": ""})
    assert empty.is_valid()
    assert amount_in(empty, "amount", "USD") is None
    assert not empty.errors
    assert 'inputmode="decimal"' in str(empty)
