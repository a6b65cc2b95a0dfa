"""Amounts: integers of minor units with an ISO 4217 currency.

The number of decimals comes from the currency (JPY 0, USD 2, KWD 3), as py-moneyed knows it.
"""

import re
from decimal import Decimal, InvalidOperation, localcontext

from babel.numbers import format_currency
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from moneyed import CurrencyDoesNotExist, get_currency

from apps.common.errors import DomainError

# bigint holds 19 digits; eighteen leave room for every sum that a ledger will ever see.
LARGEST = 10**15
_PLAIN = re.compile(r"-?\d{1,40}(\.\d{0,40})?", re.ASCII)
# Digits enough for all that the pattern lets through; the usual 28 would round the rest away.
_EXACT = 100


class UnknownCurrency(DomainError):
    """The code is not one of ISO 4217."""

    template = gettext_lazy(
        "“{currency}” is not an ISO 4217 currency. Use a code such as USD or EUR."
    )


class InvalidAmount(DomainError):
    """The text is not an amount of that currency."""

    template = gettext_lazy("“{text}” is not an amount in {currency}: {why}.")


def decimals_of(currency: str) -> int:
    """Return how many decimals `currency` has.

    Raises:
        UnknownCurrency: the code is not one of ISO 4217.
    """
    try:
        sub_unit = get_currency(currency).sub_unit
    except CurrencyDoesNotExist:
        raise UnknownCurrency(currency=currency) from None
    return len(str(sub_unit)) - 1


def parse_amount(text: str, currency: str) -> int:
    """Return the minor units of a plain decimal such as `1234.50`; never rounds.

    Raises:
        UnknownCurrency: the code is not one of ISO 4217.
        InvalidAmount: not a plain decimal, too many decimals, or too large.
    """
    decimals = decimals_of(currency)
    plain = text.strip()
    shown = plain if len(plain) <= 40 else f"{plain[:37]}…"  # noqa: PLR2004  (a line on a screen)

    def refuse(why: str) -> InvalidAmount:
        return InvalidAmount(text=shown, currency=currency, why=why)

    if not _PLAIN.fullmatch(plain):
        raise refuse(_("write digits with a point before the decimals, such as 1234.50"))
    try:
        value = Decimal(plain)
    except InvalidOperation:  # pragma: no cover  (the pattern lets nothing else through)
        raise refuse(_("write digits with a point before the decimals, such as 1234.50")) from None
    with localcontext(prec=_EXACT):
        scaled = value.scaleb(decimals)
        is_whole = scaled == scaled.to_integral_value()
    if abs(scaled) > LARGEST:
        raise refuse(_("it is too large"))
    if not is_whole:
        raise refuse(_("this currency has {count} decimals").format(count=decimals))
    return int(scaled)


def decimal_of(amount: int, currency: str) -> Decimal:
    """Return `amount` minor units as an exact decimal of whole units."""
    return Decimal(amount).scaleb(-decimals_of(currency))


def plain_amount(amount: int, currency: str) -> str:
    """Return `amount` as `parse_amount` reads it: `1234.50`, for files and input fields."""
    return f"{decimal_of(amount, currency):f}"


def format_amount(amount: int, currency: str) -> str:
    """Return `amount` for a reader, in the active language: `$1,234.50`."""
    decimals = decimals_of(currency)
    return str(
        format_currency(
            decimal_of(amount, currency),
            currency,
            locale=translation.to_locale(translation.get_language() or "en"),
            currency_digits=False,
            format="¤#,##0" + ("." + "0" * decimals if decimals else ""),
        )
    )
