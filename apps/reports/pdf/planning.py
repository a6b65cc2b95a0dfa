"""Plans: every page laid out, kept in files, before anything is rendered."""

import json
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING

from django.template.loader import render_to_string

from apps.reports.columns import printed
from apps.reports.layout import Row
from apps.reports.pdf.part import drawn

if TYPE_CHECKING:
    from apps.reports.paper import Cells, Paper

# A part is rendered at a time, so that memory depends on the part and not on the report.
PAGES_IN_PART = 10


@dataclass(frozen=True)
class Part:
    """Some pages: where they are described, and where they are printed."""

    source: Path
    target: Path
    first: int
    page_count: int


@dataclass(frozen=True)
class Plan:
    """All parts in order; the last page stands in `closing`, printed already."""

    paper: "Paper"
    parts: Sequence[Part]
    closing: Path
    page_count: int


def plan(folder: Path, paper: "Paper", answer: "Iterable[Cells]") -> Plan:
    """Lay the answer out on pages, and keep them in `folder` in parts."""
    counts = _keep(folder, paper, answer)
    row_pages = sum(counts)
    closing = folder / "closing.pdf"
    page_count = row_pages + 1
    while (
        found := row_pages + drawn(closing_html(paper, row_pages, page_count), closing)
    ) != page_count:
        page_count = found
    parts = []
    first = 1
    for number, count in enumerate(counts):
        source = folder / f"part-{number}.json"
        face = asdict(paper.face(page_count))
        _describe(source, face, first)
        parts.append(Part(source, source.with_suffix(".pdf"), first, count))
        first += count
    return Plan(paper, parts, closing, page_count)


def _keep(folder: Path, paper: "Paper", answer: "Iterable[Cells]") -> list[int]:
    """Write the pages of each part, and return how many each has."""
    counts = []
    for number, pages in enumerate(batched(paper.pages(answer), PAGES_IN_PART, strict=False)):
        with (folder / f"part-{number}.pages").open("w", encoding="utf-8") as file:
            json.dump([[_plain(row) for row in page] for page in pages], file)
        counts.append(len(pages))
    return counts


def _plain(row: Row) -> list[object]:
    return [row.style, [[cell.lines, cell.is_number, cell.size] for cell in row.cells]]


def _describe(source: Path, face: dict[str, object], first: int) -> None:
    """Put the pages of a part beside what stands around them."""
    pages = source.with_suffix(".pages")
    with ExitStack() as stack:
        file = stack.enter_context(source.open("w", encoding="utf-8"))
        head = json.dumps({"face": face, "first": first})
        file.write(f'{head[:-1]}, "pages": {pages.read_text(encoding="utf-8")}}}')
    pages.unlink()


def closing_html(paper: "Paper", row_pages: int, page_count: int) -> str:
    """Return the last page as HTML: sums, what they must equal, and where they come from."""
    sums = [
        (currency, [printed(figures[column.key], column.kind, currency) for column in paper.summed])
        for currency, figures in paper.totals.sums.items()
    ]
    return render_to_string(
        "reports/print/closing.html",
        {"paper": paper, "face": paper.face(page_count), "first": row_pages + 1, "sums": sums},
    )
