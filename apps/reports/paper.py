"""What a report says on paper: its rows with balances, sections and sums, set on pages."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from django.utils.translation import gettext as _

from apps.reports.columns import Column, Kind
from apps.reports.layout import Cell, Row, Sheet
from apps.reports.options import USUAL, Options
from apps.reports.report import Frame, Line, Report, Totals
from apps.reports.snapshot import Position

type Cells = tuple[Any, ...]

_FACTS_IN_LINE = 2
_TITLE_HEIGHT, _FACT_HEIGHT, _FIGURES_HEIGHT, _GAP = 40, 13, 44, 12


@dataclass(frozen=True)
class Face:
    """What every page says around its rows, in plain texts and figures that travel as JSON."""

    title: str
    facts: Sequence[tuple[str, str]]
    figures: Sequence[tuple[str, str]]
    position: str
    size_mm: tuple[int, int]
    widths_mm: Sequence[int]
    titles: Sequence[Cell]
    head_height: int
    page_count: int
    is_tied: bool

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """Return what `dataclasses.asdict` made of it."""
        return cls(**{**kept, "titles": [Cell(**cell) for cell in kept["titles"]]})


@dataclass(frozen=True)
class Paper:
    """Everything that a printed report says."""

    report: Report
    facts: Sequence[tuple[str, str]]
    totals: Totals
    frame: Frame
    position: Position
    csv_sha256: str
    options: Options = USUAL

    def face(self, page_count: int) -> Face:
        """Return what every page says, of so many pages."""
        return Face(
            title=str(self.report.title),
            facts=self.facts,
            figures=self.frame.figures,
            position=self.position.in_words,
            size_mm=self.sheet.size_mm,
            widths_mm=[column.width for column in self.sheet.columns],
            titles=self.sheet.titles.cells,
            head_height=self.head_height,
            page_count=page_count,
            is_tied=self.frame.is_tied,
        )

    @cached_property
    def sheet(self) -> Sheet:
        """The paper, with the columns that are printed."""
        columns = [column for column in self.report.columns if column.width]
        return Sheet(columns, self.report.is_landscape)

    @property
    def summed(self) -> list[Column]:
        """The columns of which there are sums."""
        return [column for column in self.report.columns if column.is_summed]

    @property
    def head_height(self) -> int:
        """How much of the first page title, parameters and figures take, in points."""
        fact_lines = -(-len(self.facts) // _FACTS_IN_LINE)
        figures = _FIGURES_HEIGHT if self.frame.figures else 0
        return _TITLE_HEIGHT + fact_lines * _FACT_HEIGHT + figures + _GAP

    def pages(self, answer: Iterable[Cells]) -> Iterator[list[Row]]:
        """Set the rows of the answer on pages."""
        return self.sheet.pages(self._rows(answer), head_height=self.head_height)

    def _rows(self, answer: Iterable[Cells]) -> Iterator[Row]:
        yield from self._balance(self.frame.opening)
        if self.totals.row_count == 0:
            yield self.sheet.across(_("There is nothing to show."), "empty")
        if self.report.is_by_currency:
            yield from self._sections(answer)
        else:
            yield from (self._row(cells) for cells in answer)
            for currency in self.totals.sums:
                yield self._total(currency)
        yield from self._balance(self.frame.closing)

    def _sections(self, answer: Iterable[Cells]) -> Iterator[Row]:
        current = ""
        for cells in answer:
            currency = self._currency(cells)
            if currency != current:
                if current:
                    yield self._total(current)
                current = currency
                yield self.sheet.across(current, "section")
            yield self._row(cells)
        if current:
            yield self._total(current)

    def _row(self, cells: Cells) -> Row:
        keys = (column.key for column in self.report.columns)
        return self.sheet.row(dict(zip(keys, cells, strict=True)), self._currency(cells))

    @cached_property
    def _currency_index(self) -> int | None:
        keys = [column.key for column in self.report.columns]
        return keys.index("currency") if "currency" in keys else None

    def _currency(self, cells: Cells) -> str:
        return "" if self._currency_index is None else cells[self._currency_index]

    def _balance(self, line: Line | None) -> Iterator[Row]:
        if line is not None:
            yield self.sheet.row(line.cells, line.currency, "balance")

    def _total(self, currency: str) -> Row:
        widest = max(
            (column for column in self.sheet.columns if column.kind is Kind.TEXT),
            key=lambda column: column.width,
        )
        label = _("Total {currency}").format(currency=currency)
        return self.sheet.row({widest.key: label, **self.totals.sums[currency]}, currency, "total")
