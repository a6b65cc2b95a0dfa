"""Sums are carried from page to page, in both layouts, and sections have bookmarks."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pikepdf
import pytest

from apps.reports import paper as papers
from apps.reports.catalogue.trial_balance import TrialBalance
from apps.reports.catalogue.wallet_statement import WalletStatement
from apps.reports.layout import Row
from apps.reports.paper import Paper
from apps.reports.report import Totals
from apps.reports.tests.papers import (
    accounts,
    movements,
    printed,
    statement,
    trial_balance,
    words,
)


class BySections(WalletStatement):
    """A statement with a section for each description."""

    section = "kind"


def _texts(row: Row) -> list[str]:
    return [cell.text for cell in row.cells if cell.text]


@pytest.fixture(params=[True, False], ids=["block", "table"])
def _layout(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param:
        monkeypatch.setattr(papers, "MOST_ROWS_IN_TABLES", 0)


@pytest.mark.usefixtures("_layout")
def test_what_a_page_carries_forward_the_next_brings_forward() -> None:
    pages = list(statement(200).pages(movements(200)))

    assert len(pages) > 3
    seen = 0
    for before, after in pairwise(pages):
        seen += sum(row.style == "row" for row in before)
        carried, brought = before[-1], after[0]
        assert (carried.style, brought.style) == ("carried", "brought")
        assert _texts(carried) == ["Carried forward USD", "0.00", f"{seen}.00", f"{seen}.00"]
        assert _texts(brought) == ["Brought forward USD", "0.00", f"{seen}.00", f"{seen}.00"]
    assert [row.style for row in pages[-1][-2:]] == ["total", "balance"]
    assert sum(row.style == "row" for page in pages for row in page) == 200


@pytest.mark.usefixtures("_layout")
def test_no_page_is_fuller_than_it_may_be_and_none_has_room_for_another_row() -> None:
    paper = statement(160)

    for count in range(95, 160, 3):
        pages = list(paper.pages(movements(count)))
        heights = [sum(paper.sheet.height(row) for row in page) for page in pages]
        assert heights[0] <= paper.sheet.capacity - paper.head_height
        assert all(height <= paper.sheet.capacity for height in heights)
        row = paper.sheet.height(pages[0][0])
        assert all(height + row > paper.sheet.capacity for height in heights[1:-1])


def test_a_report_of_one_page_carries_nothing() -> None:
    (page,) = statement(20).pages(movements(20))

    assert {row.style for row in page} == {"row", "total", "balance"}


def test_the_last_page_needs_no_room_for_what_is_carried() -> None:
    paper = statement(50)
    fitting = max(n for n in range(20, 60) if len(list(paper.pages(movements(n)))) == 1)

    (page,) = paper.pages(movements(fitting))

    left = paper.sheet.capacity - paper.head_height - sum(map(paper.sheet.height, page))
    assert 0 <= left < paper.sheet.height(page[0])


def test_each_currency_is_carried_on_its_own_and_no_section_carries_what_another_has() -> None:
    pages = list(trial_balance(60, ["EUR", "JPY"]).pages(accounts(60, ["EUR", "JPY"])))

    rows = [row for page in pages for row in page]
    carried = [_texts(row)[0] for row in rows if row.style == "carried"]
    assert carried == ["Carried forward EUR", "Carried forward JPY"]
    totals = [_texts(row) for row in rows if row.style == "total"]
    assert totals == [["Total EUR", "0.00", "600.00"], ["Total JPY", "0", "60,000"]]


def test_a_report_without_sections_carries_a_line_for_each_currency_met() -> None:
    class Together(TrialBalance):
        is_by_currency = False

    paper = replace(trial_balance(60, ["EUR", "JPY"]), report=Together())
    pages = list(paper.pages(accounts(60, ["EUR", "JPY"])))

    ends = [[_texts(row)[0] for row in page if row.style == "carried"] for page in pages]
    assert ends[0] == ["Carried forward EUR"]
    assert ends[1] == ["Carried forward EUR", "Carried forward JPY"]


def test_more_currencies_than_fit_the_foot_of_a_page_are_not_carried() -> None:
    class Together(TrialBalance):
        is_by_currency = False

    codes = ["AED", "AUD", "CAD", "CHF", "EUR", "GBP", "JPY", "KWD", "USD"]
    paper = replace(trial_balance(20, codes), report=Together())

    styles = {row.style for page in paper.pages(accounts(20, codes)) for row in page}

    assert styles == {"row", "total"}


def test_a_section_of_another_column_has_its_own_sums() -> None:
    rows = [(*row[:3], "loan" if row[0] > 2 else "fee", *row[4:]) for row in movements(5)]
    paper = replace(statement(5), report=BySections())

    (page,) = paper.pages(iter(rows))

    assert [_texts(row)[0] for row in page if row.style == "section"] == ["fee", "loan"]
    totals = [_texts(row) for row in page if row.style == "total"]
    assert totals == [
        ["Total of fee, USD", "0.00", "2.00"],
        ["Total of loan, USD", "0.00", "3.00"],
        ["Total USD", "0.00", "5.00"],
    ]


def test_report_sections_and_proof_have_bookmarks(tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    printed(path, trial_balance(25, ["EUR", "JPY", "USD"]), accounts(25, ["EUR", "JPY", "USD"]))

    with pikepdf.Pdf.open(path) as whole, whole.open_outline() as outline:
        (report,) = outline.root
        marks = {mark.title: _page(whole, mark) for mark in report.children}
        assert (report.title, _page(whole, report)) == ("Trial balance", 0)
    assert list(marks) == ["EUR", "JPY", "USD", "Totals and proof"]
    pages = words(path)
    for title, page in marks.items():
        assert (title if title != "Totals and proof" else "These figures agree") in pages[page]
    assert marks["Totals and proof"] == len(pages) - 1


def _page(whole: pikepdf.Pdf, mark: pikepdf.OutlineItem) -> int:
    assert isinstance(mark.destination, pikepdf.Array)
    return whole.pages.index(pikepdf.Page(mark.destination[0]))


@pytest.mark.parametrize("rows", [0, 1])
def test_a_report_without_sums_has_pages_all_the_same(rows: int) -> None:
    bare = replace(statement(rows), totals=Totals(rows, {}))

    assert isinstance(bare, Paper)
    (page,) = bare.pages(movements(rows))
    assert page[-1].style == "balance"
