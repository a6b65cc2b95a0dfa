"""Pages of a big table by key: no counts, no offsets, the same price on any page.

A page begins beside a key, not after so many rows, so that an index leads straight to it and rows
that come in meanwhile shift nothing. What no index answers is looked at row by row, one stretch at
a time: a page never reads more than a stretch, and says where it stopped.
"""

from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.lookups import (
    GreaterThan,
    GreaterThanOrEqual,
    LessThan,
    LessThanOrEqual,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.db.models import Field, Lookup, Model, QuerySet

# Each word of a mark, as a lookup on one field, and on several at once.
_SIDES: "dict[str, tuple[str, type[Lookup[Any]]]]" = {
    "before": ("lt", LessThan),
    "upto": ("lte", LessThanOrEqual),
    "after": ("gt", GreaterThan),
    "from": ("gte", GreaterThanOrEqual),
}
_UPWARDS = ("after", "from")
_MIRRORED = {"before": "after", "upto": "from", "after": "before", "from": "upto"}
_JOINT = "~"


class Place(NamedTuple):
    """A side of a key: where a page begins."""

    side: str
    values: tuple[Any, ...]

    def __str__(self) -> str:
        """Return it as the address carries it: `before-2026-11-22~17`."""
        return f"{self.side}-{_JOINT.join(str(value) for value in self.values)}"


@dataclass(frozen=True)
class Page[R: "Model"]:
    """Some rows in their order, and the marks of the pages beside them; empty for none.

    `newer` leads up and `older` down, also when the oldest stand on top.
    """

    rows: "Sequence[R]"
    newer: str = ""
    older: str = ""
    is_newest: bool = False
    looked_at: int = 0
    """The rows that were looked at without filling the page; 0 when it is full or the end."""


@dataclass(frozen=True)
class Walk[R: "Model"]:
    """Rows in the order of a key: the greatest first, or, ascending, the least."""

    rows: "QuerySet[R]"
    """Narrowed by what an index on `key` serves, and by nothing else."""
    key: tuple[str, ...] = ("pk",)
    """Fields that are unique together; none is ever empty."""
    tests: tuple[Q, ...] = ()
    """What has to be looked at row by row."""
    stretch: int = 100_000
    """The most rows that one page looks at when there are tests."""
    is_ascending: bool = False
    """Whether the least key comes first; marks go by the list, so `before` still leads down."""
    fetch: "Callable[[str, Place | None, int], Sequence[R]] | None" = None
    """How to get what `beside` describes, when not by a query put together anew; without tests."""

    def page(self, mark: str, size: int) -> Page[R]:
        """Return the `size` rows beside `mark`; the newest without one, or when it is no mark."""
        place = self._place(mark)
        if place is None or place.side not in _UPWARDS:
            return self._downwards(place, size)
        return self._upwards(place, size) or self._downwards(None, size)

    def knows(self, mark: str) -> bool:
        """Tell whether a page of these rows begins at `mark`."""
        return self._place(mark) is not None

    def everything(self) -> "QuerySet[R]":
        """Return the rows of all pages at once, however many have to be looked at."""
        return self._tested(self._ordered("-", None), None)

    def beside(self, sign: str, place: Place | None, count: int) -> "QuerySet[R]":
        """Return the next `count` rows from a place, down the list (`-`) or up (nothing)."""
        return self._ordered(sign, place)[:count]

    def _downwards(self, place: Place | None, size: int) -> Page[R]:
        end, found = self._found("-", place, size + 1)
        rows = found[:size]
        older = ""
        if len(found) > size:
            older = str(Place("before", self._key_of(rows[-1])))
        elif end:
            older = str(Place("before", end))
        newer = ""
        if place:
            beside = Place("after", self._key_of(rows[0])) if rows else Place("from", place.values)
            newer = str(beside)
        looked_at = self.stretch if end and len(found) <= size else 0
        return Page(rows, newer, older, place is None, looked_at)

    def _upwards(self, place: Place, size: int) -> Page[R] | None:
        """Return the page above `place`, or nothing when the newest page is what lies there."""
        end, found = self._found("", place, size + 1)
        is_full = len(found) > size
        if not is_full and not end:
            return None
        rows = found[:size][::-1]
        newer = Place("after", self._key_of(rows[0]) if is_full else end or ())
        older = Place("before", self._key_of(rows[-1])) if rows else Place("upto", place.values)
        return Page(rows, str(newer), str(older), looked_at=0 if is_full else self.stretch)

    def _found(
        self, sign: str, place: Place | None, count: int
    ) -> "tuple[tuple[Any, ...] | None, Sequence[R]]":
        """Return the end of the stretch, if there are rows beyond, and what was found in it."""
        if self.fetch is not None:
            return None, self.fetch(sign, place, count)
        ordered = self._ordered(sign, place)
        end = self._end_of_stretch(ordered)
        side = Place("from" if sign else "upto", end) if end else None
        return end, list(self._tested(ordered, side)[:count])

    def _ordered(self, sign: str, place: Place | None) -> "QuerySet[R]":
        if self.is_ascending:
            sign = "" if sign else "-"
        rows = self.rows.order_by(*(f"{sign}{name}" for name in self.key))
        return rows.filter(self._beside(place)) if place else rows

    def _end_of_stretch(self, ordered: "QuerySet[R]") -> tuple[Any, ...] | None:
        """Return the key of the last row that this page looks at, if there are rows beyond."""
        if not self.tests:
            return None
        keys = ordered.values_list(*self.key)[self.stretch - 1 : self.stretch + 1]
        last = list(keys)
        return tuple(last[0]) if len(last) > 1 else None

    def _tested(self, ordered: "QuerySet[R]", end: Place | None) -> "QuerySet[R]":
        rows = ordered.filter(*self.tests)
        return rows.filter(self._beside(end)) if end else rows

    def _beside(self, place: Place) -> "Q | Lookup[Any]":
        side = _MIRRORED[place.side] if self.is_ascending else place.side
        lookup, compare = _SIDES[side]
        if len(self.key) == 1:
            return Q(**{f"{self.key[0]}__{lookup}": place.values[0]})
        # A row comparison is one index condition; written out with OR it would be a filter.
        boolean = BooleanField()
        values = [
            Value(value, output_field=field)
            for value, field in zip(place.values, self._fields(), strict=True)
        ]
        return compare(
            Func(*(F(name) for name in self.key), function="ROW", output_field=boolean),
            Func(*values, function="ROW", output_field=boolean),
        )

    def _fields(self) -> "list[Field[Any, Any]]":
        options = self.rows.model._meta
        return [options.pk if name == "pk" else options.get_field(name) for name in self.key]  # type: ignore[misc]  # fields, not relations

    def _key_of(self, row: R) -> tuple[Any, ...]:
        return tuple(getattr(row, name) for name in self.key)

    def _place(self, mark: str) -> Place | None:
        """Return what the mark of an address means; nothing when somebody made it up."""
        side, _dash, text = mark.partition("-")
        parts = text.split(_JOINT)
        if side not in _SIDES or len(parts) != len(self.key):
            return None
        try:
            fields = zip(self._fields(), parts, strict=True)
            values = tuple(field.clean(part, None) for field, part in fields)
        except ValidationError:
            return None
        return Place(side, values) if all(map(_is_countable, values)) else None


def _is_countable(value: Any) -> bool:
    """Tell whether a value is no moment, or one that has an offset and neighbours."""
    if not isinstance(value, datetime):
        return True
    return value.tzinfo is not None and MINYEAR < value.year < MAXYEAR
