"""Pages as true tables: for few rows, readable by machines cell by cell."""

from collections.abc import Sequence
from html import escape

from django.utils.safestring import SafeString, mark_safe

from apps.reports.layout import Cell, Row
from apps.reports.measuring import is_plain, set_apart
from apps.reports.paper import Face


def titles(face: Face) -> SafeString:
    """Return the titles of the columns as HTML."""
    return mark_safe(  # noqa: S308  (escaped)
        "".join(
            f"<th{' class="number"' if is_number else ''}>{escape(cell.text)}</th>"
            for cell, is_number in zip(face.titles, face.are_numbers, strict=True)
        )
    )


def page(face: Face, rows: Sequence[Row]) -> list[tuple[str, SafeString]]:
    """Return the rows of one page: the style of each, and its cells as HTML."""
    return [(row.style, mark_safe(_cells(face, row))) for row in rows]  # noqa: S308  (escaped)


def _cells(face: Face, row: Row) -> str:
    if row.is_across:
        return f'<td colspan="{len(face.widths_mm)}">{_text(row.cells[0])}</td>'
    return "".join(
        f"<td{' class="number"' if is_number else ''}"
        f"{f' style="font-size: {cell.size}pt"' if cell.size else ''}>{_text(cell)}</td>"
        for cell, is_number in zip(row.cells, face.are_numbers, strict=True)
    )


def _text(cell: Cell) -> str:
    text = escape(cell.text)
    return text if is_plain(cell.text) else set_apart(text.split("\n"))
