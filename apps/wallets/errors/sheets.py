"""What is wrong in a file of rows."""

from typing import NamedTuple


class Fault(NamedTuple):
    """What is wrong in one cell of a file; the header is line 1."""

    line: int
    column: str
    text: str
