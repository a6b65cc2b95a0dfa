"""Columns: what a cell holds, and how it is written for a reader."""

from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from apps.common.money import decimals_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.functional import _StrOrPromise


class Kind(Enum):
    """What a cell holds."""

    TEXT = "text"
    DATE = "date"
    MOMENT = "moment"
    AMOUNT = "amount"
    COUNT = "count"
    # A numeric of at most one decimal, such as days, or a share of a hundred.
    DECIMAL = "decimal"
    # What a link leads to: on the screen only.
    KEY = "key"

    @property
    def is_number(self) -> bool:
        """Tell whether the figures line up on the right."""
        return self in {Kind.AMOUNT, Kind.COUNT, Kind.DECIMAL}


@dataclass(frozen=True)
class Link:
    """Where a cell leads on the screen: an admin page, and the column that holds its row's key."""

    page: str  # such as "wallets_wallet"
    by: str


@dataclass(frozen=True)
class Column:
    """One column; an amount is in minor units of the row's column `currency`."""

    key: str
    title: "_StrOrPromise"
    kind: Kind = Kind.TEXT
    width: int = 0  # millimetres on A4; none: not on paper
    is_summed: bool = False
    # What the figures count, such as “days”; an amount's unit is its currency.
    unit: "_StrOrPromise" = ""
    link: "Link | None" = None
    # A figure as it stands after the row, such as a balance: the last one is carried to a new page.
    is_running: bool = False


def printed(value: Any, kind: Kind, currency: str = "") -> str:
    """Return a cell as it stands on paper; an amount without its currency, which stands beside."""
    if value is None or value == "":
        return ""
    match kind:
        case Kind.AMOUNT:
            text = _amount(value, currency)
        case Kind.COUNT:
            text = f"{value:,}"
        case Kind.DECIMAL:
            text = f"{value:,.1f}"
        case Kind.MOMENT:
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
        case Kind.DATE | Kind.TEXT | Kind.KEY:
            return str(value)
    return text.replace("-", "−")


def _amount(minor: int, currency: str) -> str:
    """Return an amount in whole units; by integers, because a report has many."""
    decimals = _decimals_of(currency)
    if not decimals:
        return f"{minor:,}"
    whole, part = divmod(abs(minor), 10**decimals)
    return f"{'-' if minor < 0 else ''}{whole:,}.{part:0{decimals}}"


_decimals_of = cache(decimals_of)


def label_of(
    expression: str, labels: "Iterable[tuple[Any, _StrOrPromise]]", otherwise: str | None = None
) -> str:
    """Return SQL that gives the label of the value in `expression`; itself when it has none."""
    arms = " ".join(f"WHEN '{value}' THEN {_literal(str(label))}" for value, label in labels)
    rest = expression if otherwise is None else _literal(otherwise)
    return f"CASE {expression} {arms} ELSE {rest} END"


def _literal(text: str) -> str:
    quoted = text.replace("'", "''").replace("%", "%%")
    return f"'{quoted}'"
