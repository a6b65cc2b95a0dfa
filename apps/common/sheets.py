"""From the bytes of a CSV file to cells, each row with its line; the header is line 1.

Commas, semicolons and tabs part the cells, whichever the header has most; a byte-order mark and the
line ends of any system are fine. A file that cannot be read is refused with one sentence that says
what to do.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.errors import DomainError

MOST_COLUMNS = 200
_SHOWN_COLUMNS = 12
_DELIMITERS = ",;\t"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_ARCHIVE = b"PK\x03\x04"


class FileUnreadable(DomainError):
    """The file is no CSV in UTF-8."""

    template = gettext_lazy("{why}")


@dataclass(frozen=True)
class Limits:
    """How much goes in at once: bytes, and rows under the header."""

    size: int
    rows: int


@dataclass(frozen=True)
class Row:
    """The cells of one row under their headers, and the line on which the row starts."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Sheet:
    """A header and the rows under it that are not empty."""

    header: list[str]
    rows: list[Row]


def read(content: bytes, limits: Limits) -> Sheet:
    """Return the cells of a CSV file, stripped, under their headers.

    Raises:
        FileUnreadable: it is too large, not text in UTF-8, or not a table with a header.
    """
    header, lines = opened(content, limits)
    rows = [
        Row(line, dict(zip(header, _cells(line, cells, header), strict=True)))
        for line, cells in lines
    ]
    if not rows:
        raise FileUnreadable(why=_("The file has a header, but no row under it."))
    named = [name for name in header if name]
    return Sheet(named, [Row(row.line, {name: row.cells[name] for name in named}) for row in rows])


def opened(content: bytes, limits: Limits) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """Return the header and, one after the other, the rows that are not empty, with their lines.

    The cells are as the file has them, and may be more or fewer than the header.

    Raises:
        FileUnreadable: as `read`; what is wrong with a later line is raised when that is reached.
    """
    lines = _table(_text(content, limits))
    _line, first = next(lines, (1, []))
    if not first:
        raise FileUnreadable(why=_("The file is empty. Choose a file with a header and rows."))
    return _header(first), _filled(lines, limits)


def _filled(
    lines: Iterator[tuple[int, list[str]]], limits: Limits
) -> Iterator[tuple[int, list[str]]]:
    row_count = 0
    for line, cells in lines:
        if any(cell.strip() for cell in cells):
            row_count += 1
            if row_count > limits.rows:
                raise FileUnreadable(
                    why=_(
                        "The file has more than {most} rows; that many go in at once. Split it."
                    ).format(most=limits.rows)
                )
            yield line, cells


def refuse_large(size: int, limits: Limits) -> None:
    """Refuse a file of `size` bytes when that is too many, before it is read.

    Raises:
        FileUnreadable: it is too large.
    """
    if size > limits.size:
        raise FileUnreadable(
            why=_("The file has {size} MB, and at most {most} MB go in at once. Split it.").format(
                size=-(-size // 1024 // 1024), most=limits.size // 1024 // 1024
            )
        )


def _text(content: bytes, limits: Limits) -> str:
    refuse_large(len(content), limits)
    if content.startswith(_ARCHIVE):
        raise FileUnreadable(
            why=_("This is a spreadsheet or an archive. Save it as “CSV UTF-8” and choose that.")
        )
    if content.startswith(_UTF_16):
        raise FileUnreadable(
            why=_("The file is in UTF-16. Save it as “CSV UTF-8” and choose it again.")
        )
    if b"\x00" in content:
        raise FileUnreadable(why=_("This is not a text file. Save it as “CSV UTF-8”."))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileUnreadable(
            why=_(
                "Line {line} has a character that is not UTF-8. "
                "Save the file as “CSV UTF-8” and choose it again."
            ).format(line=line)
        ) from None


def _table(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows with the lines on which they start."""
    # Files of old Macs end their lines with a bare return.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    first_line = text.lstrip("\n").partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line, has_begun = 1, False
    try:
        for cells in reader:
            if cells or has_begun:
                has_begun = True
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise FileUnreadable(
            why=_("Line {line} cannot be read as CSV ({why}). Correct the quotes there.").format(
                line=line, why=error
            )
        ) from None


def _header(cells: list[str]) -> list[str]:
    header = [" ".join(cell.split()) for cell in cells]
    if len(header) > MOST_COLUMNS or not any(header):
        raise FileUnreadable(why=_("The first line is no header: it must name the columns."))
    seen: set[str] = set()
    for name in filter(None, header):
        if name.casefold() in seen:
            raise FileUnreadable(
                why=_("The column “{name}” appears twice. Remove or rename one of them.").format(
                    name=name
                )
            )
        seen.add(name.casefold())
    return header


def _cells(line: int, cells: list[str], header: list[str]) -> list[str]:
    """Return as many cells as the header has; what lies outside of it must be empty."""
    outside = [
        cell
        for index, cell in enumerate(cells)
        if cell.strip() and (index >= len(header) or not header[index])
    ]
    if outside:
        raise FileUnreadable(
            why=_("Line {line} has “{cell}” in a column without a header.").format(
                line=line, cell=outside[0][:40]
            )
        )
    kept = [cell.strip() for cell in cells[: len(header)]]
    return kept + [""] * (len(header) - len(kept))


def shown(names: list[str]) -> str:
    """Return column names for a sentence, at most a dozen."""
    text = ", ".join(f"“{name[:40]}”" for name in names[:_SHOWN_COLUMNS])
    return text + (" …" if len(names) > _SHOWN_COLUMNS else "")
