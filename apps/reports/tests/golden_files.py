"""Golden files: what a report's CSV and pages looked like when somebody last read them.

With the variable ASSETS_GOLDEN=write the files are written anew; read the difference before you
commit it.
"""

import os
import re
from pathlib import Path

from apps.reports import csv
from apps.reports.pdf.part import part_html
from apps.reports.pdf.planning import closing_html
from apps.reports.tests.conftest import Asked

GOLDEN = Path(__file__).parent / "golden"


def without_numbers(text: str) -> str:
    """Leave out what differs from run to run: numbers of rows and moments."""
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", "<moment>", text)
    return re.sub(r"\b(T|W|TK|AD|RR|AR|H|CL|RC)-\d+", r"\1-<number>", text)


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
