"""What changed, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

MISSING = object()


@dataclass(frozen=True)
class DiffRow:
    """One value before and after; each a list of lines, marked where the other side lacks them."""

    name: str
    before: list[tuple[str, bool]]
    after: list[tuple[str, bool]]
    is_changed: bool


def rows_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[DiffRow]:
    """Return a row for each value on either side, in the order in which they were kept."""
    return [_row(name, before, after) for name in {**before, **after}]


def _row(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> DiffRow:
    old, new = _lines(before.get(name, MISSING)), _lines(after.get(name, MISSING))
    return DiffRow(
        name=name.replace("_", " "),
        before=[(line, line not in new) for line in old],
        after=[(line, line not in old) for line in new],
        is_changed=old != new and bool(before) and bool(after),
    )


def _lines(value: object) -> list[str]:
    """Return the value as people read it, one line for each of its parts; none if it is missing."""
    if value is MISSING:
        return []
    match value:
        case list():
            lines = [line for item in value for line in _lines(item)]
        case dict():
            lines = [f"{key}: {', '.join(_lines(item))}" for key, item in value.items()]
        case bool():
            lines = [_("yes") if value else _("no")]
        case None:
            lines = []
        case _:
            lines = str(value).splitlines()
    return lines or [_("empty")]
