"""The rows of a report as a table on the screen: sections, cells, links and drill-down."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from apps.reports.columns import Column, Kind, printed

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.reports.report import Answers, Line, Report, Totals
    from apps.reports.showing import Page, Row


@dataclass(frozen=True)
class Cell:
    """What stands in a cell, where it leads, and why."""

    text: str
    kind: Kind = Kind.TEXT
    url: str = ""
    is_drill: bool = False

    @property
    def is_negative(self) -> bool:
        """Tell whether it is a figure below zero."""
        return self.kind.is_number and self.text.startswith("−")

    @property
    def is_day(self) -> bool:
        """Tell whether it is a day or a moment, which stands in one line."""
        return self.kind in {Kind.DATE, Kind.MOMENT}


@dataclass(frozen=True)
class Head:
    """The title of a column, with its unit."""

    title: str
    unit: str
    is_number: bool


@dataclass(frozen=True)
class Section:
    """Rows of one currency; the last section of a currency is followed by its total."""

    currency: str
    rows: Sequence[Sequence[Cell]]
    is_ended: bool


@dataclass(frozen=True)
class Table:
    """A report on the screen, with the columns that are shown, for one reader."""

    report: "Report"
    answers: "Answers"
    columns: Sequence[Column]
    reader: "User"
    unit: str = ""  # the one currency of all amounts, when there is but one

    @property
    def heads(self) -> list[Head]:
        """The titles; the unit of amounts when all are in one currency."""
        return [
            Head(
                str(column.title),
                str(column.unit) or (self.unit if column.kind is Kind.AMOUNT else ""),
                column.kind.is_number,
            )
            for column in self.columns
        ]

    def sections(self, page: "Page") -> list[Section]:
        """Return the rows of a page, by currency where the report is."""
        if not self.report.is_by_currency:
            return [Section("", [self._cells(row) for row in page.rows], page.is_whole)]
        parts = [
            (currency, list(rows))
            for currency, rows in groupby(page.rows, key=lambda row: str(row["currency"]))
        ]
        return [
            Section(
                currency,
                [self._cells(row) for row in rows],
                page.is_whole or number < len(parts),
            )
            for number, (currency, rows) in enumerate(parts, start=1)
        ]

    def totals(self, totals: "Totals") -> Iterator[tuple[str, list[Cell]]]:
        """Return a line with the sums of each currency."""
        for currency, sums in totals.sums.items():
            label = _("Total {currency}").format(currency=currency)
            yield currency, self._line({self._widest: label, **sums}, currency)

    def balance(self, line: "Line | None") -> list[Cell]:
        """Return an opening or closing line, none when the report has none."""
        return [] if line is None else self._line(line.cells, line.currency)

    @property
    def _widest(self) -> str:
        texts = [column for column in self.columns if column.kind is Kind.TEXT] or self.columns
        return max(texts, key=lambda column: column.width).key

    def _line(self, values: Mapping[str, Any], currency: str) -> list[Cell]:
        return [
            Cell(printed(values.get(column.key), column.kind, currency), column.kind)
            for column in self.columns
        ]

    def _cells(self, row: "Row") -> list[Cell]:
        currency = str(row.get("currency", ""))
        return [self._cell(column, row, currency) for column in self.columns]

    def _cell(self, column: Column, row: "Row", currency: str) -> Cell:
        text = printed(row[column.key], column.kind, currency)
        if text and column.link is not None and row[column.link.by] is not None:
            return Cell(text, column.kind, self._page_of(column, row))
        url = self.report.drill(self.answers, column.key, row) if text else ""
        return Cell(text, column.kind, url, is_drill=bool(url))

    def _page_of(self, column: Column, row: "Row") -> str:
        """Return the page of the row behind a cell, for those who may open it."""
        assert column.link is not None
        app, _dot, model = column.link.page.partition("_")
        if not self.reader.has_perm(f"{app}.view_{model}"):
            return ""
        try:
            return reverse(f"admin:{column.link.page}_change", args=(row[column.link.by],))
        except NoReverseMatch:
            return ""


def laid_out(
    report: "Report",
    answers: "Answers",
    currencies: Sequence[str],
    reader: "User",
    *,
    is_full: bool,
) -> Table:
    """Return the table for a page of rows in these currencies, with all columns when `is_full`.

    Else with those of the paper. The currency stands in the title of a section or in the head
    where it can, and else in a column.
    """
    is_told = report.is_by_currency or len(currencies) == 1
    unit = currencies[0] if len(currencies) == 1 and not report.is_by_currency else ""
    columns = [
        column
        for column in report.columns
        if column.kind is not Kind.KEY
        and (
            not is_told
            if column.key == "currency" and not is_full
            else bool(column.width) or is_full
        )
    ]
    return Table(report, answers, columns, reader, unit)
