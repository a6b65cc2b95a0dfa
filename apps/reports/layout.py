"""Laying rows out on pages before anything is rendered, so that the number of pages is known.

Texts are measured with the fonts that we ship and broken into lines here; the printer then sets
lines as they are. Lengths are in points.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # it ships no types

from apps.common.printing import FONTS
from apps.reports.columns import Column, printed

PRINT = Path(__file__).parent / "print"
POINTS_PER_MM = 72 / 25.4
SIDE_MM, TOP_MM, BOTTOM_MM = 12, 24, 18
A4_MM = (210, 297)

FONT_SIZE = 7.5
LINE_HEIGHT = 10.0
PADDING_X, PADDING_Y = 3.0, 2.5
RULE = 0.5
# A row must fit on a page, whatever somebody wrote; the CSV has all of it.
MOST_LINES = 12


@dataclass(frozen=True)
class Cell:
    """The lines of one cell, and its font size when it would not fit otherwise."""

    lines: Sequence[str]
    is_number: bool = False
    size: float | None = None

    @property
    def text(self) -> str:
        """The lines as the printer sets them."""
        return "\n".join(self.lines)


@dataclass(frozen=True)
class Row:
    """One row on paper; `style` is row, section, balance, total or empty."""

    style: str
    cells: Sequence[Cell]

    @property
    def is_across(self) -> bool:
        """Tell whether its one cell takes the whole width."""
        return self.style in {"section", "empty"}

    @property
    def height(self) -> float:
        """How much of the page it takes."""
        lines = max(len(cell.lines) for cell in self.cells)
        return lines * LINE_HEIGHT + 2 * PADDING_Y + RULE


@dataclass(frozen=True)
class Sheet:
    """The paper and the columns on it."""

    columns: Sequence[Column]
    is_landscape: bool

    @cached_property
    def size_mm(self) -> tuple[int, int]:
        """Width and height."""
        return (A4_MM[1], A4_MM[0]) if self.is_landscape else A4_MM

    @cached_property
    def capacity(self) -> float:
        """How much height the rows of a page may take, its column titles taken off."""
        return (self.size_mm[1] - TOP_MM - BOTTOM_MM) * POINTS_PER_MM - self.titles.height - 1

    @cached_property
    def titles(self) -> Row:
        """The row of column titles."""
        return Row(
            "titles",
            [
                Cell(
                    wrapped(str(column.title), _inner(column.width), is_bold=True),
                    column.kind.is_number,
                )
                for column in self.columns
            ],
        )

    def row(self, values: Mapping[str, Any], currency: str, style: str = "row") -> Row:
        """Set the values of one row; every other style than a plain row is bold."""
        return Row(
            style,
            [
                _cell(
                    printed(values.get(column.key), column.kind, currency),
                    column,
                    is_bold=style != "row",
                )
                for column in self.columns
            ],
        )

    def across(self, text: str, style: str) -> Row:
        """Set a text over the whole width."""
        width = _inner(sum(column.width for column in self.columns))
        return Row(style, [Cell(wrapped(text, width, is_bold=True))])

    def pages(self, rows: Iterable[Row], *, head_height: float) -> Iterator[list[Row]]:
        """Fill pages with rows; the first page loses `head_height`."""
        room = self.capacity - head_height
        page: list[Row] = []
        for row in rows:
            # A heading that stands alone at the foot of a page leads to nothing.
            needed = row.height + (3 * LINE_HEIGHT if row.style == "section" else 0)
            if needed > room and page:
                # Nor does a total that stands alone at the top of one.
                carried = [page.pop()] if row.style == "total" and len(page) > 1 else []
                yield page
                page = carried
                room = self.capacity - sum(row.height for row in carried)
            page.append(row)
            room -= row.height
        yield page


def _inner(width_mm: int) -> float:
    return width_mm * POINTS_PER_MM - 2 * PADDING_X


def _cell(text: str, column: Column, *, is_bold: bool) -> Cell:
    width = _inner(column.width)
    if not column.kind.is_number:
        return Cell(wrapped(text, width, is_bold=is_bold))
    # A figure is never broken: one that is too wide is set smaller.
    needed = measured(text, is_bold=is_bold)
    size = None if needed <= width else round(FONT_SIZE * width / needed, 2)
    return Cell([text], is_number=True, size=size)


def wrapped(text: str, width: float, *, is_bold: bool = False) -> list[str]:
    """Break a text into lines of at most `width`, at spaces where there are some."""
    lines = [
        line
        for paragraph in text.splitlines() or [""]
        for line in _broken(paragraph.expandtabs(1), width, is_bold=is_bold)
    ]
    return lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], "…"]


def _broken(text: str, width: float, *, is_bold: bool) -> Iterator[str]:
    line, reach = "", 0.0
    space = measured(" ", is_bold=is_bold)
    for word in text.split(" "):
        length = measured(word, is_bold=is_bold)
        if line and reach + space + length <= width:
            line, reach = f"{line} {word}", reach + space + length
            continue
        if line:
            yield line
        while length > width and len(word) > 1:
            fitting = _fitting(word, width, is_bold=is_bold)
            yield word[:fitting]
            word = word[fitting:]  # noqa: PLW2901  (what is left of it)
            length = measured(word, is_bold=is_bold)
        line, reach = word, length
    yield line


def _fitting(word: str, width: float, *, is_bold: bool) -> int:
    """Return how many characters of a word that is too wide fit; at least one."""
    reaches = enumerate(accumulate(map(_advances(is_bold=is_bold), word)))
    return next((index for index, reach in reaches if index and reach > width), len(word) - 1)


@lru_cache(maxsize=65536)
def measured(text: str, *, is_bold: bool = False) -> float:
    """Return how wide the text is."""
    return sum(map(_advances(is_bold=is_bold), text))


@cache
def _advances(*, is_bold: bool) -> Callable[[str], float]:
    """Return a function that gives the width of a character; one em for those we have not."""
    name = "DejaVuSansCondensed-Bold.ttf" if is_bold else "DejaVuSansCondensed.ttf"
    with TTFont(FONTS / name) as font:
        scale = FONT_SIZE / font["head"].unitsPerEm
        widths = {
            chr(code): font["hmtx"][glyph][0] * scale for code, glyph in font.getBestCmap().items()
        }
    return lambda character: widths.get(character, FONT_SIZE)
