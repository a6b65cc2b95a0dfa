"""Texts that a spreadsheet would run as a formula, and how they stay texts in a CSV file.

An apostrophe before the cell keeps it a text, and whoever reads the file back takes it away. A text
that has such an apostrophe of its own gets one more, so that every text comes back as it was.
"""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n]")


def guarded(cell: object) -> object:
    """Return a text that no spreadsheet takes for a formula; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """Return the text as it was before `guarded`."""
    return cell[1:] if _GUARDED.match(cell) else cell


def guarded_sql(name: str) -> str:
    """Return SQL that guards the text in `name`."""
    formula = r"E'^''*[=+@\t\r\n-]'"
    return f"CASE WHEN {name} ~ {formula} THEN '''' || {name} ELSE {name} END"
