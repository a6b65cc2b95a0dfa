"""SQL that writes minor units as plain decimals, with as many places as each currency has."""

from collections import defaultdict
from decimal import Decimal
from functools import cache

from moneyed import CURRENCIES

from apps.common.money import decimals_of

_USUAL = 2


def decimal_sql(amount: str, currency: str = "currency") -> str:
    """Return SQL for the minor units in `amount`: `123450` of US dollars is `1234.50`."""
    arms = " ".join(
        f"WHEN {currency} IN ({codes}) THEN {amount} * {_unit(decimals)}"
        for decimals, codes in _unusual()
    )
    usual = f"{amount} * {_unit(_USUAL)}"
    every = ", ".join(codes for _decimals, codes in _unusual())
    return f"CASE WHEN {currency} NOT IN ({every}) THEN {usual} {arms} END"


def _unit(decimals: int) -> str:
    """Return one minor unit as a decimal; a whole number times it has just as many places."""
    return f"{Decimal(1).scaleb(-decimals):f}::numeric"


@cache
def _unusual() -> list[tuple[int, str]]:
    """Return the currencies, as SQL, that have not two decimals, by how many they have."""
    codes = defaultdict(list)
    for code in CURRENCIES:
        codes[decimals_of(code)].append(f"'{code}'")
    codes.pop(_USUAL)
    return [(decimals, ", ".join(found)) for decimals, found in sorted(codes.items())]
