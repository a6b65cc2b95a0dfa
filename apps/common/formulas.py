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
    # The first character alone says no for nearly every text, at a fraction of the price.
    starts = ", ".join(str(ord(sign)) for sign in "'=+-@\t\r\n")
    formula = r"E'^''*[=+@\t\r\n-]'"
    is_formula = f"ascii({name}) IN ({starts}) AND {name} ~ {formula}"
    return f"CASE WHEN {is_formula} THEN '''' || {name} ELSE {name} END"
