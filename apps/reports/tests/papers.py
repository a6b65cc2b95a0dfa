"""Made-up reports on paper, of any length, without a database."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from apps.reports import pdf
from apps.reports.catalogue import CATALOGUE
from apps.reports.charts import Chart
from apps.reports.csv import WrittenFile
from apps.reports.options import USUAL, Options
from apps.reports.paper import Paper
from apps.reports.report import Frame, Line, TieOut, Totals
from apps.reports.snapshot import Position

MOMENT = datetime(2026, 10, 1, tzinfo=UTC)


def no_progress(_page: int, _page_count: int) -> None:
    """Tell nobody."""


def movements(count: int, names: Sequence[str] = ("Movement",)) -> Iterator[tuple[Any, ...]]:
    """Give rows of a statement: one dollar each, so that the balance counts them."""
    for number in range(1, count + 1):
        name = f"{names[number % len(names)]} {number}"
        yield (
            *(number, date(2026, 10, 1), f"T-{number}", "transfer", name),
            *(None, 100, 100 * number, "USD", MOMENT, number, None),
        )


def statement(count: int, *, options: Options = USUAL, chart: Chart | None = None) -> Paper:
    """Return the statement of so many movements."""
    return Paper(
        CATALOGUE["wallet-statement"],
        [("Wallet", "W-000001 Boris")],
        Totals(count, {"USD": {"debit": 0, "credit": 100 * count}}),
        Frame(
            [TieOut("Figures", 1, 1)],
            closing=Line({"description": "Closing balance", "balance": 100 * count}, "USD"),
            chart=chart,
        ),
        Position(1234, 1230, datetime(2026, 11, 22, 14, 3, tzinfo=UTC)),
        "ab" * 32,
        options,
    )


def accounts(count: int, currencies: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Give rows of a trial balance: so many of each currency, of ten whole units each."""
    for currency in currencies:
        for number in range(count):
            yield currency, "Liability", f"W-{number:06d}", f"Person {number}", None, 1000, None


def trial_balance(count: int, currencies: Sequence[str]) -> Paper:
    """Return the trial balance of so many accounts in each currency."""
    figures = {currency: {"debit": 0, "credit": 1000 * count} for currency in currencies}
    return Paper(
        CATALOGUE["trial-balance"],
        [("Date", "2026-10-31")],
        Totals(count * len(currencies), figures),
        Frame([TieOut("Figures", 1, 1)]),
        Position(1234, 1230, datetime(2026, 11, 22, 14, 3, tzinfo=UTC)),
        "ab" * 32,
    )


def printed(path: Path, paper: Paper, rows: Iterator[Any], csv: Path | None = None) -> WrittenFile:
    """Print a report into `path`."""
    return pdf.write(path, paper, rows, progress=no_progress, attachment=csv)


def words(path: Path) -> list[str]:
    """Return what each page says."""
    return [page.extract_text() for page in PdfReader(path).pages]
