"""How large a register may be, and its cells."""

from apps.common import sheets

LIMITS = sheets.Limits(size=5 * 1024 * 1024, rows=10_000)


def read(content: bytes) -> sheets.Sheet:
    """Return the cells of a register.

    Raises:
        FileUnreadable: it is too large, not text in UTF-8, or not a table with a header.
    """
    return sheets.read(content, LIMITS)
