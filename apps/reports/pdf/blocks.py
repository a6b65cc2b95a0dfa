"""Pages as blocks of lines: for many rows.

What costs time and memory is the number of boxes, so that neighbouring columns share one: a line
holds them all, with spaces between that are measured. A column with a text that has to be shaped
or runs from right to left on this page gets a box of its own. Stripes and rules are one drawing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from apps.reports.layout import BLOCK, PADDING_X, POINTS_PER_MM, Cell, Row
from apps.reports.measuring import FONT_SIZE, gap, is_plain, measured, set_apart
from apps.reports.paper import Face

_BOLD = frozenset({"titles", "section", "balance", "total", "carried", "brought", "empty"})
_SHADED = frozenset({"balance", "carried", "brought"})
_RULED = {"titles": "strong", "total": "strong", "section": "rule", "carried": "rule"}


# The lines of a cell and their font size; where they begin, and, on the right, where they end.
type _Place = tuple[Sequence[str], float | None, float, float | None]


@dataclass(frozen=True)
class _Box:
    """Neighbouring columns that share lines.

    `edges` are where each begins, and for figures also where it ends, in points from the left.
    """

    columns: Sequence[int]
    edges: Sequence[tuple[float, float | None]]
    width: float
    is_shared: bool


def page(face: Face, rows: Sequence[Row]) -> str:
    """Return one page of rows as HTML, below the titles of its columns."""
    titles = Row("titles", [Cell(*cell) for cell in face.titles])
    lines = titles.line_count
    lowered = [
        Cell("\n" * (lines - 1 - cell.text.count("\n")) + cell.text) for cell in titles.cells
    ]
    whole = [Row("titles", lowered), *rows]
    heights = [row.line_count for row in whole]
    boxes = "".join(
        f'<td style="width: {box.width:.3f}pt">{_set(box, whole, heights)}</td>'
        for box in _boxes(face, rows)
    )
    return (
        f'<section class="block">{_drawing(face, whole, heights)}'
        f"<table><tr>{boxes}</tr></table></section>"
    )


def _boxes(face: Face, rows: Sequence[Row]) -> Iterator[_Box]:
    """Put columns into boxes; those that cannot share one stand alone."""
    together: list[int] = []
    for column in range(len(face.widths_mm)):
        if _is_plain(rows, column):
            together.append(column)
            continue
        if together:
            yield _box(face, together, is_shared=True)
            together = []
        yield _box(face, [column], is_shared=False)
    if together:
        yield _box(face, together, is_shared=True)


def _box(face: Face, columns: Sequence[int], *, is_shared: bool) -> _Box:
    edges: list[tuple[float, float | None]] = []
    begin = 0.0
    for column in columns:
        end = begin + face.widths_mm[column] * POINTS_PER_MM
        is_number = face.are_numbers[column]
        edges.append((begin + face.lefts[column], end - PADDING_X if is_number else None))
        begin = end
    return _Box(columns, edges, begin, is_shared)


def _is_plain(rows: Sequence[Row], column: int) -> bool:
    """Tell whether a column, and with the first what lies across, can share a box on this page."""
    return is_plain(
        "".join(row.cells[column].text for row in rows if column == 0 or not row.is_across)
    )


def _set(box: _Box, rows: Sequence[Row], heights: Sequence[int]) -> str:
    lines = _lines(box, rows, heights)
    return "\n".join(lines) if box.is_shared else set_apart(lines)


def _lines(box: _Box, rows: Sequence[Row], heights: Sequence[int]) -> Iterator[str]:
    """Give every line of a box."""
    for row, height in zip(rows, heights, strict=True):
        is_bold = row.style in _BOLD
        places: list[tuple[Cell, float, float | None]]
        if row.is_across:
            places = [(row.cells[0], PADDING_X, None)] if box.columns[0] == 0 else []
        else:
            places = [
                (row.cells[column], left, right)
                for column, (left, right) in zip(box.columns, box.edges, strict=True)
            ]
        split = [(cell.text.split("\n"), cell.size, left, right) for cell, left, right in places]
        for number in range(height):
            line = "".join(_line(split, number, is_bold=is_bold))
            yield f'<b class="{row.style}">{line}</b>' if is_bold else line


def _line(places: Sequence[_Place], number: int, *, is_bold: bool) -> Iterator[str]:
    """Give the texts of one line, each after the space that leads to it."""
    reach = 0.0
    for lines, size, left, right in places:
        text = lines[number] if number < len(lines) else ""
        if text:
            length = measured(text, is_bold=is_bold) * (size or FONT_SIZE) / FONT_SIZE
            space, width = gap((left if right is None else right - length) - reach)
            yield space
            yield _text(text, size)
            reach += width + length


def _text(text: str, size: float | None) -> str:
    shown = escape(text, quote=False)
    return f'<span style="font-size: {size}pt">{shown}</span>' if size else shown


def _drawing(face: Face, rows: Sequence[Row], heights: Sequence[int]) -> str:
    """Return stripes behind every other row, and rules below titles, headings and sums."""
    width = sum(face.widths_mm) * POINTS_PER_MM
    paths: dict[str, list[str]] = {"stripe": [], "shade": [], "rule": [], "strong": []}
    y = 0.0
    is_striped = False
    for row, count in zip(rows, heights, strict=True):
        height = count * BLOCK.line
        is_striped = row.style == "row" and not is_striped
        if row.style in _SHADED or is_striped:
            kind = "shade" if row.style in _SHADED else "stripe"
            paths[kind].append(f"M0 {y:g}h{width:.2f}v{height:g}h-{width:.2f}z")
        y += height
        if row.style in _RULED:
            paths[_RULED[row.style]].append(f"M0 {y - 0.25:g}h{width:.2f}")
    drawn = "".join(
        f'<path {_INK[kind]} d="{"".join(path)}"/>' for kind, path in paths.items() if path
    )
    return (
        f'<svg width="{width:.2f}pt" height="{y:g}pt" viewBox="0 0 {width:.2f} {y:g}">{drawn}</svg>'
    )


_INK = {
    "stripe": 'fill="#f5f7fa"',
    "shade": 'fill="#eceff3"',
    "rule": 'stroke="#9ca3af" stroke-width=".5" fill="none"',
    "strong": 'stroke="#111827" stroke-width=".5" fill="none"',
}
