"""Laying rows out on pages before anything is rendered, so that the number of pages is known.

The printer sets lines as they are: see `measuring`. Lengths are in points where nothing else is
said.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from apps.reports.columns import Column, printed
from apps.reports.filling import Carry, filled
from apps.reports.measuring import FONT_SIZE, measured, wrapped
from apps.reports.options import PaperSize

PRINT = Path(__file__).parent / "print"
POINTS_PER_MM = 72 / 25.4
SIDE_MM, TOP_MM, BOTTOM_MM = 12, 24, 18
# The widths of columns are those on A4.
A4_MM = (210, 297)
SIZES_MM: Mapping[PaperSize, tuple[float, float]] = {
    PaperSize.A4: A4_MM,
    PaperSize.LETTER: (215.9, 279.4),
}

PADDING_X = 3.0
# A text beside a figure that is set on the right needs more air.
AFTER_NUMBER = 8.0


class Cell(NamedTuple):
    """The lines of one cell, and its font size when it would not fit otherwise."""

    text: str
    size: float | None = None

    @property
    def lines(self) -> list[str]:
        """The lines as the printer sets them."""
        return self.text.split("\n")


class Row(NamedTuple):
    """One row on paper; `style` is row, section, balance, total, carried, brought or empty."""

    style: str
    cells: Sequence[Cell]

    @property
    def is_across(self) -> bool:
        """Tell whether its one cell takes the whole width."""
        return self.style in {"section", "empty"}

    @property
    def line_count(self) -> int:
        """How many lines its longest cell has."""
        return 1 + max(cell.text.count("\n") for cell in self.cells)


class Leading(NamedTuple):
    """How high a row is: so much a line, and so much around them."""

    line: float
    around: float


# True tables for few rows, with room around each cell; blocks of lines for many.
TABLE = Leading(line=10.0, around=5.5)
BLOCK = Leading(line=12.0, around=0.0)


@dataclass(frozen=True)
class Sheet:
    """The paper and the columns on it."""

    columns: Sequence[Column]
    is_landscape: bool
    paper: PaperSize = PaperSize.A4
    leading: Leading = TABLE

    @cached_property
    def size_mm(self) -> tuple[float, float]:
        """Width and height."""
        width, height = SIZES_MM[self.paper]
        return (height, width) if self.is_landscape else (width, height)

    @cached_property
    def widths_mm(self) -> list[float]:
        """The widths of the columns on this paper."""
        if self.paper is PaperSize.A4:
            return [column.width for column in self.columns]
        usual = A4_MM[self.is_landscape] - 2 * SIDE_MM
        scale = (self.size_mm[0] - 2 * SIDE_MM) / usual
        return [round(column.width * scale, 3) for column in self.columns]

    @cached_property
    def capacity(self) -> float:
        """How much height the rows of a page may take, its column titles taken off."""
        height = (self.size_mm[1] - TOP_MM - BOTTOM_MM) * POINTS_PER_MM
        return height - self.height(self.titles) - 1

    @cached_property
    def are_numbers(self) -> list[bool]:
        """Which columns are set on the right."""
        return [column.kind.is_number for column in self.columns]

    @cached_property
    def lefts(self) -> list[float]:
        """How far the text of each column stands from its left edge."""
        numbers = self.are_numbers
        return [
            AFTER_NUMBER if before and not number else PADDING_X
            for before, number in zip([False, *numbers], numbers, strict=False)
        ]

    @cached_property
    def rooms(self) -> list[float]:
        """How wide a line of each column may be."""
        return [
            width * POINTS_PER_MM - left - PADDING_X
            for width, left in zip(self.widths_mm, self.lefts, strict=True)
        ]

    @cached_property
    def titles(self) -> Row:
        """The row of column titles."""
        return Row(
            "titles",
            [
                Cell(wrapped(str(column.title), room, is_bold=True))
                for column, room in zip(self.columns, self.rooms, strict=True)
            ],
        )

    def height(self, row: Row) -> float:
        """Return how much of the page the row takes."""
        return row.line_count * self.leading.line + self.leading.around

    def row(self, values: Mapping[str, Any], currency: str, style: str = "row") -> Row:
        """Set the values of one row; every other style than a plain row is bold."""
        is_bold = style != "row"
        return Row(
            style,
            [
                _cell(
                    printed(values.get(column.key), column.kind, currency),
                    room,
                    is_number=is_number,
                    is_bold=is_bold,
                )
                for column, room, is_number in zip(
                    self.columns, self.rooms, self.are_numbers, strict=True
                )
            ],
        )

    def across(self, text: str, style: str) -> Row:
        """Set a text over the whole width."""
        width = sum(self.widths_mm) * POINTS_PER_MM - 2 * PADDING_X
        return Row(style, [Cell(wrapped(text, width, is_bold=True))])

    def pages(
        self, rows: Iterable[Row], *, head_height: float, carry: Carry | None = None
    ) -> Iterator[list[Row]]:
        """Fill pages with rows; the first page loses `head_height`."""
        return filled(self, rows, head_height=head_height, carry=carry)


def _cell(text: str, width: float, *, is_number: bool, is_bold: bool) -> Cell:
    if not is_number:
        return Cell(wrapped(text, width, is_bold=is_bold))
    # A figure is never broken: one that is too wide is set smaller.
    needed = measured(text, is_bold=is_bold)
    return Cell(text, None if needed <= width else round(FONT_SIZE * width / needed, 2))
