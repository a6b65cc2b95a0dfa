"""Filling pages with rows: where a page ends, and what is carried to the next."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from apps.reports.layout import Row, Sheet

# A heading that stands alone at the foot of a page leads to nothing.
_LINES_AFTER_HEADING = 3


@dataclass(frozen=True)
class Carry:
    """The running sums at the foot of a page and at the top of the next.

    `lines` gives those of all rows asked for so far but the last, in a style, or none.
    """

    lines: "Callable[[str], list[Row]]"
    height: float


def filled(
    sheet: "Sheet", rows: "Iterable[Row]", *, head_height: float, carry: Carry | None
) -> "Iterator[list[Row]]":
    """Give page after page; at least one."""
    page = _Page(sheet, carry, sheet.capacity - head_height)
    for row in rows:
        while not page.takes(row):
            yield page.rows
            page = page.next(row)
    yield page.rows + page.last


@dataclass
class _Page:
    """A page that is being filled.

    `last` are rows that fit only where nothing follows them, because the carried sums need room.
    """

    sheet: "Sheet"
    carry: Carry | None
    room: float
    rows: "list[Row]" = field(default_factory=list)
    last: "list[Row]" = field(default_factory=list)
    brought: "list[Row]" = field(default_factory=list)
    carried: "list[Row]" = field(default_factory=list)
    brought_count: int = 0

    def takes(self, row: "Row") -> bool:
        """Put the row on the page if it has room for it, or else end the page."""
        height = self.sheet.height(row)
        needed = height
        if row.style == "section":
            needed += _LINES_AFTER_HEADING * self.sheet.leading.line
        reserve = self.carry.height if self.carry else 0.0
        if not self.last and (needed <= self.room - reserve or self._is_empty):
            self.rows.append(row)
        elif needed <= self.room:
            self._remember()
            self.last.append(row)
        else:
            self._remember()
            self.rows += self.carried
            return False
        self.room -= height
        return True

    def next(self, row: "Row") -> "_Page":
        """Return the page that follows, to begin with what this one could not hold."""
        kept = self.last
        if row.style == "total" and not self.carry and len(self.rows) > 1:
            # A total that stands alone at the top of a page has nothing to say.
            kept = [self.rows.pop()]
        rows = [*self.brought, *kept]
        room = self.sheet.capacity - sum(map(self.sheet.height, rows))
        return _Page(self.sheet, self.carry, room, rows, brought_count=len(self.brought))

    @property
    def _is_empty(self) -> bool:
        return len(self.rows) == self.brought_count

    def _remember(self) -> None:
        """Keep the sums as they are before the first row that may not stay."""
        if self.carry and not self.last:
            self.carried = self.carry.lines("carried")
            self.brought = self.carry.lines("brought")
