"""Columns of any kind on paper: narrow ones for figures and days, wide ones for texts."""

from collections.abc import Sequence
from dataclasses import replace

from apps.reports.columns import Column, Kind

PORTRAIT_MM, LANDSCAPE_MM = 186, 273
_LEAST_MM = {
    Kind.TEXT: 24,
    Kind.DATE: 17,
    Kind.MOMENT: 20,
    Kind.AMOUNT: 22,
    Kind.COUNT: 15,
    Kind.DECIMAL: 15,
}


def on_paper(columns: Sequence[Column]) -> tuple[tuple[Column, ...], bool] | None:
    """Return the columns with their widths, and whether the paper lies; nothing if it is full."""
    needed = sum(_LEAST_MM.get(column.kind, 0) for column in columns)
    if needed > LANDSCAPE_MM:
        return None
    is_landscape = needed > PORTRAIT_MM
    room = (LANDSCAPE_MM if is_landscape else PORTRAIT_MM) - needed
    texts = [index for index, column in enumerate(columns) if column.kind is Kind.TEXT]
    printed = [index for index, column in enumerate(columns) if column.kind is not Kind.KEY]
    wide = texts or printed
    widths = [_LEAST_MM.get(column.kind, 0) for column in columns]
    for place, index in enumerate(wide):
        # The first ones take the millimetres that are left over.
        widths[index] += room // len(wide) + (place < room % len(wide))
    set_out = zip(columns, widths, strict=True)
    return tuple(replace(column, width=width) for column, width in set_out), is_landscape
