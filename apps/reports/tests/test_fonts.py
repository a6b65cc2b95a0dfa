"""Every character comes from our own fonts, whatever script it is of, and stands in its place."""

import os
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from apps.reports import paper as papers
from apps.reports.charts import Bar, Chart
from apps.reports.measuring import MISSING, gap, is_plain, measured, wrapped
from apps.reports.options import Options, PaperSize
from apps.reports.tests.papers import movements, printed, statement, words

NAMES = ["Boris", "שלום עולם", "مرحبا بالعالم", "李小龍", "山田太郎", "김철수", "Łódź — “x”"]


def test_names_of_every_script_are_printed_with_our_fonts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("pdffonts") is None and os.environ.get("CI") != "true":
        pytest.skip("Listing fonts needs pdffonts: apt-get install poppler-utils")
    chart = Chart("山田", [Bar("李小龍", 2, "2"), Bar("שלום", -1, "−1")])
    for number, most in enumerate((0, 1500)):
        monkeypatch.setattr(papers, "MOST_ROWS_IN_TABLES", most)
        path = tmp_path / f"{number}.pdf"
        printed(path, statement(40, chart=chart), movements(40, NAMES))

        listed = _said("pdffonts", str(path)).splitlines()[2:]
        text = _said("pdftotext", str(path), "-")

        assert {line.split()[0].split("+")[1].split("-")[0].strip(",") for line in listed} == {
            "Report",
            "East",
        }
        # Embedded, a subset, and with a way back to Unicode.
        assert all(re.search(r"Identity-H +yes yes yes ", line) for line in listed)
        assert MISSING not in text
        for word in ("李小龍", "山田太郎", "김철수", "Łódź", "שלום", "عالم"):
            assert word in text or word[::-1] in text


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603
    return done.stdout


def test_wide_scripts_are_measured_and_break_without_spaces() -> None:
    assert measured("漢") > 1.5 * measured("x")
    lines = wrapped("漢" * 30, 60).split("\n")
    assert "".join(lines) == "漢" * 30
    assert all(measured(line) <= 60 for line in lines)


@pytest.mark.parametrize("text", ["Movement 1", "Łódź", "−1,234.50", "a\nb"])
def test_plain_text_shares_a_line_with_its_neighbours(text: str) -> None:
    assert is_plain(text)


@pytest.mark.parametrize("text", ["שלום", "漢字", "مرحبا", "e\u0301", "\u200f", "\u00ad"])
def test_what_has_to_be_shaped_does_not(text: str) -> None:
    assert not is_plain(text)


@pytest.mark.parametrize("width", [0.0, 0.4, 3.0, 7.7, 42.42, 310.0])
def test_a_gap_is_as_wide_as_it_should_be(width: float) -> None:
    spaces, reach = gap(width)

    assert not spaces.strip()
    assert abs(reach - width) < 0.4
    for is_bold in (True, False):
        assert measured(spaces, is_bold=is_bold) == pytest.approx(reach)


def test_figures_of_a_block_end_at_the_same_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("pdftotext") is None and os.environ.get("CI") != "true":
        pytest.skip("Looking at places needs pdftotext: apt-get install poppler-utils")
    monkeypatch.setattr(papers, "MOST_ROWS_IN_TABLES", 0)
    printed(tmp_path / "x.pdf", statement(40), movements(40, ["AV To", "W" * 60, "漢字"]))

    boxes = _said("pdftotext", "-bbox", "-l", "1", str(tmp_path / "x.pdf"), "-")

    ends = [float(end) for end in re.findall(r'xMax="([\d.]+)"[^>]*>[\d,]+\.00<', boxes)]
    assert len(ends) > 40
    # Debit, credit and balance.
    assert len({round(end / 2) for end in ends}) == 3
    tops = [float(top) for top in re.findall(r'yMin="([\d.]+)"[^>]*>2026-10-01<', boxes)]
    steps = [round(after - before, 1) for before, after in pairwise(tops)]
    assert set(steps) <= {12.0, 24.0, 36.0}


@pytest.mark.parametrize("most", [0, 1500])
def test_letter_holds_the_same_columns_on_its_own_paper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(papers, "MOST_ROWS_IN_TABLES", most)
    paper = statement(120, options=Options(paper=PaperSize.LETTER))

    written = printed(tmp_path / "x.pdf", paper, movements(120))

    assert paper.sheet.size_mm == (215.9, 279.4)
    assert sum(paper.sheet.widths_mm) == pytest.approx(215.9 - 24, abs=0.01)
    pages = words(written.path)
    assert written.page_count == len(pages)
    assert "Movement 120" in " ".join(pages)


def test_a_chart_stands_under_the_figures_and_takes_its_room(tmp_path: Path) -> None:
    chart = Chart("Held by month", [Bar(f"Month {number}", number, "1.00") for number in range(9)])
    bare, drawn = statement(60), statement(60, chart=chart)

    printed(tmp_path / "x.pdf", drawn, movements(60))

    assert drawn.head_height > bare.head_height + 9 * 22 * 0.6
    first = words(tmp_path / "x.pdf")[0]
    assert "Held by month" in first
    assert "Month 8" in first
