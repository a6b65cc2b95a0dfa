"""What a report says on paper: its rows with balances, sections and sums, set on pages."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from django.utils.translation import gettext as _

from apps.reports.carrying import RunningSums
from apps.reports.charts import Chart
from apps.reports.columns import Column, Kind
from apps.reports.filling import Carry
from apps.reports.layout import BLOCK, TABLE, Cell, Row, Sheet
from apps.reports.measuring import shown
from apps.reports.options import USUAL, Options
from apps.reports.report import Frame, Line, Report, Totals
from apps.reports.snapshot import Position

type Cells = tuple[Any, ...]

# Above it, pages are blocks of lines: three to four times as fast, and without true cells.
MOST_ROWS_IN_TABLES = 1500

# More lines than these at the foot of each page would leave no room for rows.
_MOST_CARRIED = 8

_FACTS_IN_LINE = 2
_TITLE_HEIGHT, _FACT_HEIGHT, _FIGURES_HEIGHT, _GAP = 40, 13, 44, 12
# The drawing is as wide as on the screen, in units of its view box.
_CHART_SCALE, _CHART_AROUND = 0.62, 23
# A drawing does not inherit the style of the page around it.
_CHART_STYLE = (
    "<style>text { fill: #111827; font: 11.5px Report, East } .chart-label { fill: #6b7280 } "
    ".chart-bar { fill: #2563eb } .chart-bar.is-negative { fill: #dc2626 }</style>"
)


@dataclass(frozen=True)
class Face:
    """What every page says around its rows, in plain texts and figures that travel as JSON."""

    title: str
    facts: Sequence[tuple[str, str]]
    figures: Sequence[tuple[str, str]]
    position: str
    size_mm: tuple[float, float]
    widths_mm: Sequence[float]
    lefts: Sequence[float]
    titles: Sequence[Cell]
    are_numbers: Sequence[bool]
    is_block: bool
    head_height: float
    chart_title: str
    chart: str
    chart_size: tuple[float, float]
    page_count: int
    is_tied: bool

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """Return what `dataclasses.asdict` made of it."""
        return cls(**{**kept, "titles": [Cell(*cell) for cell in kept["titles"]]})


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
        chart = self.frame.chart
        return Face(
            title=shown(str(self.report.title)),
            facts=[(str(label), shown(str(value))) for label, value in self.facts],
            figures=[(str(label), shown(str(value))) for label, value in self.frame.figures],
            position=self.position.in_words,
            size_mm=self.sheet.size_mm,
            widths_mm=self.sheet.widths_mm,
            lefts=self.sheet.lefts,
            titles=self.sheet.titles.cells,
            are_numbers=self.sheet.are_numbers,
            is_block=self.is_block,
            head_height=self.head_height,
            chart_title=shown(str(chart.title)) if chart else "",
            chart=_drawn(chart) if chart else "",
            chart_size=_chart_size(chart) if chart else (0, 0),
            page_count=page_count,
            is_tied=self.frame.is_tied,
        )

    @property
    def is_block(self) -> bool:
        """Tell whether there are so many rows that pages are blocks of lines."""
        return self.totals.row_count > MOST_ROWS_IN_TABLES

    @cached_property
    def sheet(self) -> Sheet:
        """The paper, with the columns that are printed."""
        columns = [column for column in self.report.columns if column.width]
        leading = BLOCK if self.is_block else TABLE
        return Sheet(columns, self.report.is_landscape, self.options.paper, leading)

    @property
    def summed(self) -> list[Column]:
        """The columns of which there are sums."""
        return [column for column in self.report.columns if column.is_summed]

    @property
    def head_height(self) -> float:
        """How much of the first page title, parameters, figures and chart take, in points."""
        fact_lines = -(-len(self.facts) // _FACTS_IN_LINE)
        figures = _FIGURES_HEIGHT if self.frame.figures else 0
        chart = self.frame.chart
        drawing = _chart_size(chart)[1] + _CHART_AROUND if chart else 0
        return _TITLE_HEIGHT + fact_lines * _FACT_HEIGHT + figures + drawing + _GAP

    def pages(self, answer: Iterable[Cells]) -> Iterator[list[Row]]:
        """Set the rows of the answer on pages."""
        sums = RunningSums(self.report.columns, list(self.totals.sums))
        return self.sheet.pages(
            self._rows(answer, sums), head_height=self.head_height, carry=self._carry(sums)
        )

    def _rows(self, answer: Iterable[Cells], sums: RunningSums) -> Iterator[Row]:
        yield from self._balance(self.frame.opening)
        if self.totals.row_count == 0:
            yield self.sheet.across(_("There is nothing to show."), "empty")
        if self._section_index is not None:
            yield from self._sections(answer, sums, self._section_index)
        else:
            for cells in answer:
                # Counted when the next one is asked for: what is carried comes before this row.
                yield self._row(cells)
                sums.add(cells)
        if not self.report.is_by_currency:
            for currency, figures in self.totals.sums.items():
                yield self._sum_line(_("Total {currency}"), figures, currency, "total")
        yield from self._balance(self.frame.closing)

    def _sections(self, answer: Iterable[Cells], sums: RunningSums, index: int) -> Iterator[Row]:
        current = None
        for cells in answer:
            if cells[index] != current:
                yield from self._section_sums(current, sums)
                sums.begin()
                current = cells[index]
                yield self.sheet.across(str(current), "section")
            yield self._row(cells)
            sums.add(cells)
        yield from self._section_sums(current, sums)
        sums.begin()

    def _section_sums(self, section: Any, sums: RunningSums) -> Iterator[Row]:
        """Set the sums of a section that ends, as the totals of the report have them."""
        if section is None or not self.summed:
            return
        for currency, figures in sums.by_currency():
            if self.report.is_by_currency:
                found = self.totals.sums[currency]
                yield self._sum_line(_("Total {currency}"), found, currency, "total")
            else:
                label = _("Total of {section}, {currency}").replace("{section}", str(section))
                found = {column.key: figures[column.key] for column in self.summed}
                yield self._sum_line(label, found, currency, "total")

    def _row(self, cells: Cells) -> Row:
        return self.sheet.row(dict(zip(self._keys, cells, strict=True)), self._currency(cells))

    @cached_property
    def _keys(self) -> list[str]:
        return [column.key for column in self.report.columns]

    @cached_property
    def _currency_index(self) -> int | None:
        return self._keys.index("currency") if "currency" in self._keys else None

    @cached_property
    def _section_index(self) -> int | None:
        key = "currency" if self.report.is_by_currency else self.report.section
        return None if key is None else self._keys.index(key)

    def _currency(self, cells: Cells) -> str:
        return "" if self._currency_index is None else cells[self._currency_index]

    def _balance(self, line: Line | None) -> Iterator[Row]:
        if line is not None:
            yield self.sheet.row(line.cells, line.currency, "balance")

    def _carry(self, sums: RunningSums) -> Carry | None:
        most = 1 if self.report.is_by_currency else max(1, len(self.totals.sums))
        if not sums.are_kept or most > _MOST_CARRIED:
            return None
        labels = {
            "carried": _("Carried forward {currency}"),
            "brought": _("Brought forward {currency}"),
        }

        def lines(style: str) -> list[Row]:
            return [
                self._sum_line(labels[style], figures, currency, style)
                for currency, figures in sums.by_currency()
            ]

        line = self._sum_line(labels["carried"], {}, "WWW", "carried")
        return Carry(lines, most * self.sheet.height(line))

    @cached_property
    def _widest(self) -> str:
        texts = [column for column in self.sheet.columns if column.kind is Kind.TEXT]
        return max(texts or self.sheet.columns, key=lambda column: column.width).key

    def _sum_line(self, label: str, figures: Any, currency: str, style: str) -> Row:
        text = label.replace("{currency}", currency).strip()
        return self.sheet.row({self._widest: text, **figures}, currency, style)


def _chart_size(chart: Chart) -> tuple[float, float]:
    return (chart.width * _CHART_SCALE, chart.height * _CHART_SCALE)


def _drawn(chart: Chart) -> str:
    """Return the drawing without its links, which lead nowhere on paper."""
    bars = [replace(bar, label=shown(bar.label), url="") for bar in chart.bars]
    tag, rest = replace(chart, bars=bars).svg().split(">", 1)
    return f"{tag}>{_CHART_STYLE}{rest}"
