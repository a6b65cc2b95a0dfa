"""PDF: golden HTML, pages that open with the right words, the same bytes twice."""

import builtins
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from apps.accounts.models import User
from apps.common.printing import own_files
from apps.reports import pdf
from apps.reports.catalogue import CATALOGUE
from apps.reports.errors import PdfNotPossible
from apps.reports.layout import A4_MM, PRINT, SIDE_MM, Sheet
from apps.reports.paper import Paper
from apps.reports.pdf import planning
from apps.reports.report import Frame, TieOut
from apps.reports.snapshot import Position
from apps.reports.tests.conftest import OCTOBER, Asked, ask
from apps.reports.tests.papers import movements, no_progress, statement
from apps.wallets.models import Wallet
from project.testing.make import Make


def _printed(tmp_path: Path, asked: Asked) -> list[str]:
    path = tmp_path / "x.pdf"
    rows = asked.report.query(asked.answers).streamed()
    written = pdf.write(path, asked.paper, rows, progress=no_progress)
    assert written.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    pages = [page.extract_text() for page in PdfReader(path).pages]
    assert written.page_count == len(pages)
    return pages


@pytest.mark.parametrize("slug", CATALOGUE)
def test_columns_fill_the_width_of_thestatement(slug: str) -> None:
    report = CATALOGUE[slug]

    paper_mm = A4_MM[1] if report.is_landscape else A4_MM[0]
    assert sum(column.width for column in report.columns) == paper_mm - 2 * SIDE_MM


@pytest.mark.parametrize("slug", CATALOGUE)
def test_no_column_title_breaks_within_a_word(slug: str) -> None:
    report = CATALOGUE[slug]
    sheet = Sheet([column for column in report.columns if column.width], report.is_landscape)

    for column, cell in zip(sheet.columns, sheet.titles.cells, strict=True):
        assert " ".join(cell.lines) == str(column.title)


def test_a_statement_says_what_it_must(wallet: Wallet, tmp_path: Path) -> None:
    rows, proof = _printed(tmp_path, ask("wallet-statement", wallet=wallet.pk, **OCTOBER))

    for words in ("Wallet statement", str(wallet), "– 2026-10-31", "Opening balance", "1,000.00"):
        assert words in rows
    for words in ("Hold of TK-1 captured", "749.50", "789.99", "Page 1 of 2"):
        assert words in rows
    for words in ("Totals", "These figures agree", "✓", "ab" * 32, "T-1234", "Page 2 of 2"):
        assert words in proof
    assert "✗" not in proof


def test_a_trial_balance_has_a_section_and_a_sum_for_each_currency(
    wallet: Wallet, make: Make, lena: User, tmp_path: Path
) -> None:
    make.wallet(lena, currency="EUR", balance=5)
    asked = ask("trial-balance", detail="chart")

    text = "\n".join(_printed(tmp_path, asked))

    assert list(asked.totals.sums) == ["EUR", "USD"]
    for currency in asked.totals.sums:
        assert text.count(f"Total {currency}") == 1
    assert "867.76" in text
    assert "JPY" not in text
    assert "people’s wallets as one line" in text


@pytest.mark.django_db
def test_a_register_without_rows_says_so(tmp_path: Path) -> None:
    asked = ask("lending-register", **OCTOBER)
    paper = replace(asked.paper, position=Position(0, 0, None))

    pdf.write(tmp_path / "x.pdf", paper, iter(()), progress=no_progress)

    rows, proof = (page.extract_text() for page in PdfReader(tmp_path / "x.pdf").pages)

    assert "There is nothing to show." in rows
    assert "These figures agree" not in proof
    assert "nothing posted yet" in proof
    assert "Page 2 of 2" in proof


def test_parts_are_joined_with_their_page_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "PAGES_IN_PART", 2)
    progress: list[tuple[int, int]] = []

    written = pdf.write(
        tmp_path / "x.pdf",
        statement(200),
        movements(200),
        progress=lambda page, count: progress.append((page, count)),
    )

    pages = [page.extract_text() for page in PdfReader(written.path).pages]
    assert len(pages) == written.page_count == 6
    assert [f"Page {number} of 6" in page for number, page in enumerate(pages, 1)] == [True] * 6
    assert progress == [(2, 6), (4, 6), (5, 6)]
    found = re.findall(r"Movement (\d+)", " ".join(pages))
    assert [int(number) for number in found] == list(range(1, 201))
    assert [path.name for path in tmp_path.iterdir()] == ["x.pdf"]


def test_the_same_figures_are_the_same_bytes(tmp_path: Path) -> None:
    first, second = (
        pdf.write(tmp_path / name, statement(80), movements(80), progress=no_progress)
        for name in ("first.pdf", "second.pdf")
    )

    assert first.sha256 == second.sha256
    facts = PdfReader(first.path).metadata
    assert facts is not None
    assert facts.title == "Wallet statement"
    assert facts.creation_date == datetime(2026, 11, 22, 14, 3, tzinfo=UTC)


def test_many_tie_outs_take_more_pages_and_the_count_stays_right(tmp_path: Path) -> None:
    paper = statement(1)
    proof = Frame([TieOut(f"Figure {number}", 1, 1) for number in range(100)])
    longer = Paper(paper.report, paper.facts, paper.totals, proof, paper.position, "ab" * 32)

    written = pdf.write(tmp_path / "x.pdf", longer, movements(1), progress=no_progress)

    pages = [page.extract_text() for page in PdfReader(written.path).pages]
    assert len(pages) == written.page_count
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1]
    assert len(pages) > 2


def test_names_are_texts_and_not_html(tmp_path: Path) -> None:
    paper = statement(1)
    facts = [("Wallet", "<script>alert(1)</script> <img src='file:///etc/passwd'>")]
    named = Paper(paper.report, facts, paper.totals, paper.frame, paper.position, "ab" * 32)

    pdf.write(tmp_path / "x.pdf", named, movements(1), progress=no_progress)

    assert "<script>" in PdfReader(tmp_path / "x.pdf").pages[-1].extract_text()


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://127.0.0.1/x", "file:///srv/../etc/hostname", "data:,x"]
)
def test_the_printer_opens_its_own_files_only(url: str) -> None:
    with pytest.raises(ValueError, match="nothing from"):
        own_files(PRINT).fetch(url)


def test_a_machine_without_pango_refuses_and_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "is_possible", lambda: False)

    with pytest.raises(PdfNotPossible, match=r"libpangoft2-1.0-0 libharfbuzz-subset0"):
        pdf.write(tmp_path / "x.pdf", statement(1), movements(1), progress=no_progress)


def test_a_missing_library_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_pango(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "weasyprint":
            message = "cannot load library 'libpangoft2-1.0-0'"
            raise OSError(message)
        return real(name, *args, **kwargs)

    pdf.is_possible.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without_pango)
    assert not pdf.is_possible()
    monkeypatch.undo()
    pdf.is_possible.cache_clear()
    assert pdf.is_possible()
