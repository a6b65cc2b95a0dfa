"""Converting an amount from one currency into another: exactly, then rounded once.

A rate says how many units of the second currency one unit of the first is worth; it is an exact
decimal, never a float. The result is rounded half up to the minor unit of its own currency, which
is the rule of Council Regulation (EC) No 1103/97, Article 5: to the nearest sub-unit, “exactly
half-way … rounded up”. Below zero it is the mirror image: half away from zero. As Article 4 of the
same regulation asks, nothing is multiplied by a rounded inverse of a rate: the other way round the
amount is divided by the rate itself.
"""

import math
import re
from decimal import Decimal, Inexact, localcontext
from fractions import Fraction
from typing import NamedTuple

from babel.numbers import format_decimal
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.errors import DomainError
from apps.common.money import decimals_of

RATE_DECIMALS = 12
LEAST_RATE = Decimal("0.000000001")
LARGEST_RATE = Decimal(1_000_000_000)
_PLAIN = re.compile(r"\d{1,40}(\.\d{0,40})?", re.ASCII)
_SHOWN = 40
# Digits enough for every amount of the ledger times every rate; rounding one away is an error.
_EXACT = 100
_HALF = Fraction(1, 2)


class InvalidRate(DomainError):
    """The text is not an exchange rate."""

    template = gettext_lazy("“{text}” is not an exchange rate: {why}.")


class Converted(NamedTuple):
    """An amount in minor units, and what it was before it was rounded, in minor units too."""

    amount: int
    unrounded: Decimal


def parse_rate(rate: str | Decimal) -> Decimal:
    """Return a rate such as `152.34`, exactly.

    Raises:
        InvalidRate: not a plain decimal, not more than zero, too many decimals, or beyond what any
            two currencies are worth to each other.
    """
    if not isinstance(rate, str | Decimal):
        message = "a rate is a text or a Decimal; a float has been rounded already"
        raise TypeError(message)
    plain = (f"{rate:f}" if isinstance(rate, Decimal) else rate).strip()
    shown = plain if len(plain) <= _SHOWN else f"{plain[: _SHOWN - 3]}…"

    def refuse(why: str) -> InvalidRate:
        return InvalidRate(text=shown, why=why)

    if plain.startswith("-") or (_PLAIN.fullmatch(plain) and not Decimal(plain)):
        raise refuse(_("it must be more than zero"))
    if not _PLAIN.fullmatch(plain):
        raise refuse(_("write digits with a point before the decimals, such as 1.0825"))
    # The zeros at the end say nothing, and must not count as decimals.
    value = Decimal(plain.rstrip("0") if "." in plain else plain)
    if not LEAST_RATE <= value <= LARGEST_RATE:
        raise refuse(_("no two currencies are worth so little or so much to each other"))
    if -int(value.as_tuple().exponent) > RATE_DECIMALS:
        raise refuse(_("it has more than {count} decimals").format(count=RATE_DECIMALS))
    return value


def converted(amount: int, from_currency: str, to_currency: str, rate: Decimal) -> Converted:
    """Return what `amount` is worth in `to_currency`, where one unit of the other is `rate` of it.

    Raises:
        UnknownCurrency: a code is not one of ISO 4217.
    """
    shift = decimals_of(to_currency) - decimals_of(from_currency)
    with localcontext(prec=_EXACT) as context:
        context.traps[Inexact] = True
        unrounded = (Decimal(amount) * rate).scaleb(shift)
    return Converted(_half_up(Fraction(unrounded)), unrounded)


def cost_of(amount: int, from_currency: str, to_currency: str, rate: Decimal) -> int:
    """Return how much of `from_currency` is worth `amount` of `to_currency`, in minor units.

    Raises:
        UnknownCurrency: a code is not one of ISO 4217.
    """
    shift = decimals_of(from_currency) - decimals_of(to_currency)
    return _half_up(amount / Fraction(rate) * Fraction(10) ** shift)


def plain_rate(rate: Decimal) -> str:
    """Return a rate as `parse_rate` reads it, without the zeros at its end: `152.34`."""
    return f"{rate.normalize():f}"


def format_unrounded(unrounded: Decimal, currency: str) -> str:
    """Return unrounded minor units in whole units for a reader: `1,082.504 EUR`."""
    with localcontext(prec=_EXACT):
        whole = unrounded.scaleb(-decimals_of(currency))
    decimals = "0" * decimals_of(currency) + "#" * RATE_DECIMALS
    locale = translation.to_locale(translation.get_language() or "en")
    number = format_decimal(whole, format=f"#,##0.{decimals}", locale=locale)
    return f"{number} {currency}"


def _half_up(exact: Fraction) -> int:
    rounded = math.floor(abs(exact) + _HALF)
    return rounded if exact >= 0 else -rounded
