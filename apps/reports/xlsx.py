"""XLSX with typed cells: the rows on sheets, and a sheet that proves them.

Days and moments are dates of the spreadsheet (moments in the time zone of the office), amounts are
numbers of whole units that show as many decimals as their currency has, texts are always texts.
Row 1 is the header, so that programs can read the rows. XlsxWriter keeps one row in memory at a
time. Nothing in the file depends on the clock: the same rows at the same position give the same
bytes.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from xlsxwriter import Workbook

from apps.common.money import decimals_of
from apps.reports.columns import Column, Kind
from apps.reports.csv import WrittenFile
from apps.reports.paper import Cells, Paper

# What the format allows: rows of a sheet with its header, UTF-16 units of a cell.
MOST_ROWS = 1_048_576
MOST_CHARACTERS = 32_767
# Spreadsheets calculate with 15 digits; a longer figure is written as a text, to the last digit.
_EXACT = 10**15
_EPOCH = date(1899, 12, 30)
_MIDNIGHT = datetime.combine(_EPOCH, datetime.min.time())
# Before this day the spreadsheets count differently, because they believe in 29 February 1900.
_FIRST_DAY = date(1900, 3, 1)
_DAY = timedelta(days=1)
_SAID_EACH = 1000
_WIDTHS = {Kind.DATE: 12, Kind.MOMENT: 18, Kind.AMOUNT: 16, Kind.COUNT: 12, Kind.DECIMAL: 12}
_TEXT_WIDTHS = (12, 48)
_MM_PER_CHARACTER = 1.7
# A line ends with a line feed; what XML forbids becomes the sign for a lost character.
_UNUSUAL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_RETURN = re.compile("\r\n?")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

type _WriteCell = Callable[[int, Any, str], object]


@dataclass
class _Book:
    """A workbook with the formats that its cells share, and how many texts did not fit."""

    workbook: Any
    formats: dict[str, Any] = field(default_factory=dict)
    cut_count: int = 0

    def format(self, number_format: str = "", *, is_bold: bool = False) -> Any:
        """Return the format of that look; there is one of each."""
        key = f"{number_format}|{is_bold}"
        if key not in self.formats:
            look = {"bold": True, "text_wrap": True, "valign": "top"} if is_bold else {}
            if number_format:
                look["num_format"] = number_format
            self.formats[key] = self.workbook.add_format(look)
        return self.formats[key]

    def amount_format(self, currency: str) -> tuple[int, Any]:
        """Return how many minor units make a whole one, and how such an amount looks."""
        decimals = decimals_of(currency)
        return 10**decimals, self.format("#,##0" + ("." + "0" * decimals if decimals else ""))

    def write_text(self, sheet: Any, row: int, column: int, text: str, look: Any = None) -> None:
        """Write a text that stays one, cut where the format ends."""
        if _UNUSUAL.search(text):
            text = _FORBIDDEN.sub("\ufffd", _RETURN.sub("\n", text))
        if len(text) > MOST_CHARACTERS // 2 and _units(text) > MOST_CHARACTERS:
            text = _cut(text)
            self.cut_count += 1
        # XlsxWriter would take this for mark-up of its own; in two pieces it is a text again.
        if text.startswith("<r>") and text.endswith("</r>"):
            sheet.write_rich_string(row, column, self.format(), text[:3], text[3:])
        else:
            sheet.write_string(row, column, text, look)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str) -> str:
    kept = text.encode("utf-16-le")[: (MOST_CHARACTERS - 1) * 2]
    return kept.decode("utf-16-le", errors="ignore") + "…"


def write(
    path: Path, paper: Paper, rows: Iterable[Cells], *, progress: Callable[[int], None]
) -> WrittenFile:
    """Write the rows of a report and its proof into `path`, saying now and then how many."""
    workbook = Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})
    try:
        _fill(workbook, paper, rows, progress)
    finally:
        # XlsxWriter leaves them open, even when all went well.
        for sheet in workbook.worksheets():
            sheet.row_data_fh.close()
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return WrittenFile(path, path.stat().st_size, digest)


def _fill(
    workbook: Any, paper: Paper, rows: Iterable[Cells], progress: Callable[[int], None]
) -> None:
    workbook.use_zip64()
    seen_at = paper.position.posted_at or datetime(1980, 1, 1, tzinfo=UTC)
    workbook.set_properties(
        {"title": str(paper.report.title), "created": seen_at.astimezone(UTC).replace(tzinfo=None)}
    )
    book = _Book(workbook)
    _write_rows(book, paper, rows, progress)
    _write_proof(book, paper)
    workbook.close()


def _write_rows(
    book: _Book, paper: Paper, rows: Iterable[Cells], progress: Callable[[int], None]
) -> None:
    keys = [column.key for column in paper.report.columns]
    currency_at = keys.index("currency") if "currency" in keys else None
    saved = [
        (place, column)
        for place, column in enumerate(paper.report.columns)
        if column.kind is not Kind.KEY
    ]
    columns = [column for _place, column in saved]
    most = MOST_ROWS - 1
    is_split = paper.totals.row_count > most
    done, line = 0, most
    sheet: Any = None
    writers: list[tuple[int, _WriteCell]] = []
    for cells in rows:
        if line == most:
            _close(sheet, line, len(columns))
            sheet = _sheet(book, columns, done // most + 1 if is_split else None)
            writers = [
                (place, _cell_writer(book, sheet, number, column.kind))
                for number, (place, column) in enumerate(saved)
            ]
            line = 0
        line += 1
        currency = cells[currency_at] if currency_at is not None else ""
        for place, write_cell in writers:
            value = cells[place]
            if value is not None:
                write_cell(line, value, currency)
        done += 1
        if done % _SAID_EACH == 0:
            progress(done)
    if sheet is None:
        sheet, line = _sheet(book, columns, None), 0
    _close(sheet, line, len(columns))
    progress(done)


def _sheet(book: _Book, columns: list[Column], number: int | None) -> Any:
    """Return an empty sheet with its header."""
    name = _("Rows") if number is None else _("Rows {number}").format(number=number)
    sheet = book.workbook.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, _width(column))
        book.write_text(sheet, 0, place, str(column.title), book.format(is_bold=True))
    return sheet


def _close(sheet: Any, line: int, column_count: int) -> None:
    if sheet is not None:
        sheet.autofilter(0, 0, line, column_count - 1)


def _width(column: Column) -> float:
    least, most = _TEXT_WIDTHS
    usual = min(max(column.width / _MM_PER_CHARACTER, least), most)
    return max(_WIDTHS.get(column.kind, usual), min(len(str(column.title)) + 2, most))


def _cell_writer(book: _Book, sheet: Any, column: int, kind: Kind) -> _WriteCell:
    """Return what writes a value of that kind into a line of the column."""
    match kind:
        case Kind.AMOUNT:
            return _amount_writer(book, sheet, column)
        case Kind.COUNT:
            return _number_writer(book, sheet, column, "#,##0")
        case Kind.DECIMAL:
            return _number_writer(book, sheet, column, "#,##0.0")
        case Kind.DATE:
            return _date_writer(book, sheet, column)
        case Kind.MOMENT:
            return _moment_writer(book, sheet, column)
        case Kind.TEXT | Kind.KEY:
            return lambda line, value, _currency: book.write_text(sheet, line, column, str(value))


def _amount_writer(book: _Book, sheet: Any, column: int) -> _WriteCell:
    looks: dict[str, tuple[int, Any]] = {}

    def write_amount(line: int, value: int, currency: str) -> None:
        if currency not in looks:
            looks[currency] = book.amount_format(currency)
        unit, look = looks[currency]
        if abs(value) < _EXACT:
            sheet.write_number(line, column, value / unit, look)
        else:
            whole, rest = divmod(abs(value), unit)
            decimals = f".{rest:0{len(str(unit)) - 1}}" if unit > 1 else ""
            sheet.write_string(line, column, f"{'-' if value < 0 else ''}{whole}{decimals}")

    return write_amount


def _number_writer(book: _Book, sheet: Any, column: int, number_format: str) -> _WriteCell:
    look = book.format(number_format)

    def write_number(line: int, value: Any, _currency: str) -> None:
        if abs(value) < _EXACT:
            sheet.write_number(line, column, float(value), look)
        else:
            sheet.write_string(line, column, f"{Decimal(value):f}")

    return write_number


def _date_writer(book: _Book, sheet: Any, column: int) -> _WriteCell:
    look = book.format("yyyy-mm-dd")

    def write_date(line: int, value: date, _currency: str) -> None:
        if value < _FIRST_DAY:
            sheet.write_string(line, column, value.isoformat())
        else:
            sheet.write_number(line, column, (value - _EPOCH).days, look)

    return write_date


def _moment_writer(book: _Book, sheet: Any, column: int) -> _WriteCell:
    look = book.format("yyyy-mm-dd hh:mm:ss")
    office = ZoneInfo(settings.TIME_ZONE)

    def write_moment(line: int, value: datetime, _currency: str) -> None:
        # To the second, as in the CSV.
        local = value.astimezone(office).replace(tzinfo=None, microsecond=0)
        if local.date() < _FIRST_DAY:
            sheet.write_string(line, column, local.isoformat(sep=" "))
        else:
            sheet.write_number(line, column, (local - _MIDNIGHT) / _DAY, look)

    return write_moment


def _write_proof(book: _Book, paper: Paper) -> None:
    """Say on a last sheet where the rows come from and what they must equal."""
    sheet = book.workbook.add_worksheet(_("Proof"))
    sheet.set_column(0, 0, 64)
    sheet.set_column(1, 8, 20)
    lines = count()
    bold = book.format(is_bold=True)
    for label, value in _facts(book, paper):
        line = next(lines)
        book.write_text(sheet, line, 0, label, bold)
        if isinstance(value, int):
            sheet.write_number(line, 1, value, book.format("#,##0"))
        else:
            book.write_text(sheet, line, 1, value)
    _write_totals(book, sheet, lines, paper)
    _write_tie_outs(book, sheet, lines, paper)


def _facts(book: _Book, paper: Paper) -> Iterator[tuple[str, str | int]]:
    yield _("Report"), str(paper.report.title)
    yield from paper.facts
    yield from paper.frame.figures
    yield _("Ledger position"), paper.position.in_words
    yield _("Transactions in the ledger"), paper.position.transaction_count
    yield _("Rows"), paper.totals.row_count
    yield _("SHA-256 of the CSV"), paper.csv_sha256
    if book.cut_count:
        yield _("Texts too long for a cell, cut with “…”; the CSV has all of them"), book.cut_count


def _write_totals(book: _Book, sheet: Any, lines: Iterator[int], paper: Paper) -> None:
    if not paper.totals.sums:
        return
    next(lines)
    _write_header(book, sheet, next(lines), [_("Totals"), *(str(c.title) for c in paper.summed)])
    for currency in sorted(paper.totals.sums):
        line = next(lines)
        book.write_text(sheet, line, 0, currency)
        for place, column in enumerate(paper.summed, start=1):
            write_cell = _cell_writer(book, sheet, place, column.kind)
            write_cell(line, paper.totals.of(column.key, currency), currency)


def _write_tie_outs(book: _Book, sheet: Any, lines: Iterator[int], paper: Paper) -> None:
    if not paper.frame.tie_outs:
        return
    next(lines)
    frame = paper.frame
    title = _("These figures agree") if frame.is_tied else _("These figures do not agree")
    titles = [title, _("Expected"), _("Found"), _("Currency"), _("Agrees"), _("Source")]
    _write_header(book, sheet, next(lines), titles)
    for tie_out in frame.tie_outs:
        line = next(lines)
        book.write_text(sheet, line, 0, tie_out.label)
        kind = Kind.AMOUNT if tie_out.currency else Kind.COUNT
        for place, figure in ((1, tie_out.expected), (2, tie_out.found)):
            _cell_writer(book, sheet, place, kind)(line, figure, tie_out.currency)
        if tie_out.currency:
            book.write_text(sheet, line, 3, tie_out.currency)
        book.write_text(sheet, line, 4, _("yes") if tie_out.is_ok else _("no"))
        if tie_out.source:
            book.write_text(sheet, line, 5, tie_out.source)
    if not frame.is_tied:
        warning = _("Do not sign this report: find out first why the figures differ.")
        book.write_text(sheet, next(lines), 0, warning, book.format(is_bold=True))


def _write_header(book: _Book, sheet: Any, line: int, titles: list[str]) -> None:
    for place, title in enumerate(titles):
        book.write_text(sheet, line, place, title, book.format(is_bold=True))
