"""Golden files: what a report's CSV and pages looked like when somebody last read them.

The PDF has no golden file: two readers must find its words and figures, on as many pages as it
says.

With the variable ASSETS_GOLDEN=write the files are written anew; read the difference before you
commit it.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from apps.reports import csv, pdf
from apps.reports.columns import printed
from apps.reports.pdf.part import part_html
from apps.reports.pdf.planning import closing_html
from apps.reports.tests.conftest import Asked

GOLDEN = Path(__file__).parent / "golden"


def without_numbers(text: str) -> str:
    """Leave out what differs from run to run: numbers of rows and moments."""
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", "<moment>", text)
    return re.sub(r"\b(T|W|TK|AD|RR|AR|H|CL|RC|A|B|R)-\d+", r"\1-<number>", text)


def csv_of(asked: Asked, folder: Path) -> str:
    """Write the CSV into `folder`, and return what it says."""
    path = folder / f"{asked.report.slug}.csv"
    rows = asked.report.query(asked.answers)
    csv.write(path, asked.report.columns, rows, progress=lambda _rows: None)
    return path.read_bytes().decode()


def html_of(asked: Asked) -> str:
    """Return the pages of rows, and the last page."""
    pages = list(asked.paper.pages(asked.report.query(asked.answers).streamed()))
    page_count = len(pages) + 1
    rows = part_html(asked.paper.face(page_count), pages, 1)
    return rows + closing_html(asked.paper, len(pages), page_count)


def assert_golden(asked: Asked, folder: Path) -> None:
    """Compare the CSV and the pages of a report with the files of its name."""
    for kind, made in (("csv", csv_of(asked, folder)), ("html", html_of(asked))):
        golden = GOLDEN / f"{asked.report.slug}.{kind}"
        told = without_numbers(made)
        if os.environ.get("ASSETS_GOLDEN") == "write":
            golden.write_bytes(told.encode())
        assert told == golden.read_bytes().decode(), f"{golden.name} differs"
    assert_printed(asked, folder)


def assert_printed(asked: Asked, folder: Path) -> None:
    """Print the report, and let two readers look for its words and figures."""
    path = folder / f"{asked.report.slug}.pdf"
    rows = asked.report.query(asked.answers)
    written = pdf.write(path, asked.paper, rows.streamed(), progress=lambda _page, _count: None)
    page_count = written.page_count
    said = {
        str(asked.report.title),
        asked.paper.csv_sha256,
        *(f"Page {page} of {page_count}" for page in range(1, (page_count or 0) + 1)),
        *(figure for cells in rows.rows() for figure in _figures(asked, cells)),
    }
    pages = PdfReader(path).pages
    assert len(pages) == page_count
    for reader, text in (
        ("pypdf", "\n".join(page.extract_text() for page in pages)),
        ("pdftotext", _pdftotext(path)),
    ):
        words = " ".join(text.split())
        missing = [word for word in sorted(said) if " ".join(word.split()) not in words]
        assert not missing, f"{reader} does not find {missing}"


def _figures(asked: Asked, cells: tuple[Any, ...]) -> Iterator[str]:
    row = dict(zip((column.key for column in asked.report.columns), cells, strict=True))
    for column in asked.report.columns:
        if column.width and column.kind.is_number:
            yield printed(row[column.key], column.kind, row.get("currency", ""))


def _pdftotext(path: Path) -> str:
    program = shutil.which("pdftotext")
    assert program or not os.environ.get("CI"), "apt-get install poppler-utils"
    if program is None:
        return "\n".join(page.extract_text() for page in PdfReader(path).pages)
    command = [program, "-layout", str(path), "-"]
    done = subprocess.run(command, check=True, capture_output=True)  # noqa: S603  (our own file)
    return done.stdout.decode()
