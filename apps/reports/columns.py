"""Columns: what a cell holds, and how it is written for a reader."""

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from apps.common.money import decimal_of

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

    @property
    def is_number(self) -> bool:
        """Tell whether the figures line up on the right."""
        return self in {Kind.AMOUNT, Kind.COUNT}


@dataclass(frozen=True)
class Column:
    """One column; an amount is in minor units of the row's column `currency`."""

    key: str
    title: "_StrOrPromise"
    kind: Kind = Kind.TEXT
    width: int = 0  # millimetres on paper; none: in the CSV only
    is_summed: bool = False


def printed(value: Any, kind: Kind, currency: str = "") -> str:
    """Return a cell as it stands on paper; an amount without its currency, which stands beside."""
    if value is None or value == "":
        return ""
    match kind:
        case Kind.AMOUNT:
            return f"{decimal_of(value, currency):,f}".replace("-", "−")
        case Kind.COUNT:
            return f"{value:,}"
        case Kind.DATE:
            return str(value)
        case Kind.MOMENT:
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
        case Kind.TEXT:
            return str(value)


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
