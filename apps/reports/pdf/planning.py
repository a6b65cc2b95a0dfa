"""Plans: every page laid out, kept in files, before anything is rendered."""

import json
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from apps.reports.columns import printed
from apps.reports.pdf.attaching import LARGEST_ATTACHMENT, attachment_name, is_attachable
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
    """All parts in order; the last pages stand in `closing`, printed already.

    `marks` are the sections, each with the number of the page on which it begins; `attachment` is
    the CSV, if it goes into the document.
    """

    paper: "Paper"
    parts: Sequence[Part]
    closing: Path
    page_count: int
    closing_count: int = 1
    marks: Sequence[tuple[str, int]] = ()
    attachment: Path | None = None


def plan(
    folder: Path, paper: "Paper", answer: "Iterable[Cells]", attachment: Path | None = None
) -> Plan:
    """Lay the answer out on pages, and keep them in `folder` in parts."""
    marks: list[tuple[str, int]] = []
    counts = _keep(folder, paper, answer, marks)
    row_pages = sum(counts)
    closing = folder / "closing.pdf"
    page_count = row_pages + 1
    csv = "" if attachment is None else _where_csv_is(paper, attachment)
    while (
        found := row_pages + drawn(closing_html(paper, row_pages, page_count, csv), closing)
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
    goes_in = attachment is not None and is_attachable(attachment)
    return Plan(
        paper,
        parts,
        closing,
        page_count,
        closing_count=page_count - row_pages,
        marks=marks,
        attachment=attachment if goes_in else None,
    )


def _keep(
    folder: Path, paper: "Paper", answer: "Iterable[Cells]", marks: list[tuple[str, int]]
) -> list[int]:
    """Write the pages of each part, note where sections begin, and return how many each has."""
    counts: list[int] = []
    first = 1
    for number, pages in enumerate(batched(paper.pages(answer), PAGES_IN_PART, strict=False)):
        with (folder / f"part-{number}.pages").open("w", encoding="utf-8") as file:
            # At once: written piece by piece, it takes eight times as long.
            file.write(json.dumps(pages, ensure_ascii=False))
        for number_of_page, page in enumerate(pages, first):
            marks += [
                (row.cells[0].text.replace("\n", " "), number_of_page)
                for row in page
                if row.style == "section"
            ]
        counts.append(len(pages))
        first += len(pages)
    return counts


def _describe(source: Path, face: dict[str, object], first: int) -> None:
    """Put the pages of a part beside what stands around them."""
    pages = source.with_suffix(".pages")
    with ExitStack() as stack:
        file = stack.enter_context(source.open("w", encoding="utf-8"))
        head = json.dumps({"face": face, "first": first})
        file.write(f'{head[:-1]}, "pages": {pages.read_text(encoding="utf-8")}}}')
    pages.unlink()


def _where_csv_is(paper: "Paper", csv: Path) -> str:
    """Say for a reader whether the CSV is in the document."""
    if is_attachable(csv):
        return _("attached to this document as {name}").format(name=attachment_name(paper))
    megabytes = LARGEST_ATTACHMENT // 1_000_000
    return _("not attached, because it has more than {count} MB").format(count=megabytes)


def closing_html(paper: "Paper", row_pages: int, page_count: int, csv: str = "") -> str:
    """Return the last page as HTML: sums, what they must equal, and where they come from."""
    sums = [
        (currency, [printed(figures[column.key], column.kind, currency) for column in paper.summed])
        for currency, figures in paper.totals.sums.items()
    ]
    return render_to_string(
        "reports/print/closing.html",
        {
            "paper": paper,
            "face": paper.face(page_count),
            "first": row_pages + 1,
            "sums": sums,
            "csv": csv,
        },
    )
