"""PDF: pages laid out beforehand, rendered in parts by WeasyPrint, and joined.

WeasyPrint is imported only when something is printed: see `apps.common.printing`.
Nothing in a document depends on who prints it or when, so the same figures give the same bytes.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf
from django.template.loader import render_to_string

from apps.common import printing
from apps.common.printing import own_files
from apps.reports.columns import printed
from apps.reports.csv import WrittenFile
from apps.reports.errors import PdfNotPossible
from apps.reports.layout import PRINT, Cell, Row
from apps.reports.paper import Cells, Paper

if TYPE_CHECKING:
    from weasyprint import Document

# One part is rendered at a time, so that memory depends on the part and not on the report.
PAGES_IN_PART = 10

is_possible = printing.is_possible


def write(
    path: Path, paper: Paper, answer: Iterable[Cells], *, progress: Callable[[int, int], None]
) -> WrittenFile:
    """Print the answer into `path`, saying after each part how many pages there are of how many."""
    if not is_possible():
        raise PdfNotPossible
    printer = _Printer(path.parent, paper)
    parts = printer.print(answer, progress)
    _join(parts, path, paper)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return WrittenFile(path, path.stat().st_size, digest, page_count=printer.page_count)


class _Printer:
    """Turns one paper into parts; pages wait on disk between layout and printing."""

    def __init__(self, folder: Path, paper: Paper) -> None:
        from weasyprint import CSS  # noqa: PLC0415  (see printing)
        from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

        self.folder = folder
        self.paper = paper
        self.page_count = 0
        self.fonts = FontConfiguration()
        self.style = CSS(
            filename=PRINT / "report.css", font_config=self.fonts, url_fetcher=own_files(PRINT)
        )

    def print(self, answer: Iterable[Cells], progress: Callable[[int, int], None]) -> list[Path]:
        """Write every part, and return them in order."""
        laid_out = self.folder / "pages.jsonl"
        row_pages = _keep(self.paper.pages(answer), laid_out)
        self.page_count = row_pages + 1
        while (closing := self._render(closing_html(self.paper, row_pages, self.page_count))) and (
            row_pages + len(closing.pages) != self.page_count
        ):
            self.page_count = row_pages + len(closing.pages)
        parts = []
        first = 1
        for pages in batched(_kept(laid_out), PAGES_IN_PART, strict=False):
            document = self._render(part_html(self.paper, pages, first, self.page_count))
            assert len(document.pages) == len(pages), "the printer broke a page that was laid out"
            parts.append(self._save(document, first))
            first += len(pages)
            progress(first - 1, self.page_count)
        parts.append(self._save(closing, first))
        progress(self.page_count, self.page_count)
        laid_out.unlink()
        return parts

    def _render(self, html: str) -> "Document":
        from weasyprint import HTML  # noqa: PLC0415  (see printing)

        page = HTML(string=html, base_url=PRINT.as_uri(), url_fetcher=own_files(PRINT))
        return page.render(font_config=self.fonts, stylesheets=[self.style])

    def _save(self, document: "Document", first: int) -> Path:
        path = self.folder / f"part-{first}.pdf"
        document.write_pdf(path)
        return path


def part_html(paper: Paper, pages: Sequence[Sequence[Row]], first: int, page_count: int) -> str:
    """Return some pages of rows as HTML; the first of all carries the head."""
    return render_to_string(
        "reports/print/rows.html",
        {"paper": paper, "pages": pages, "first": first, "page_count": page_count},
    )


def closing_html(paper: Paper, row_pages: int, page_count: int) -> str:
    """Return the last page as HTML: sums, what they must equal, and where they come from."""
    sums = [
        (currency, [printed(figures[column.key], column.kind, currency) for column in paper.summed])
        for currency, figures in paper.totals.sums.items()
    ]
    return render_to_string(
        "reports/print/closing.html",
        {"paper": paper, "first": row_pages + 1, "page_count": page_count, "sums": sums},
    )


def _keep(pages: Iterable[Sequence[Row]], path: Path) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for page in pages:
            rows = [
                [row.style, [[cell.lines, cell.is_number, cell.size] for cell in row.cells]]
                for row in page
            ]
            file.write(json.dumps(rows) + "\n")
            count += 1
    return count


def _kept(path: Path) -> Iterator[list[Row]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield [Row(style, [Cell(*cell) for cell in cells]) for style, cells in json.loads(line)]


def _join(parts: Sequence[Path], path: Path, paper: Paper) -> None:
    with ExitStack() as stack, pikepdf.Pdf.new() as whole:
        for part in parts:
            whole.pages.extend(stack.enter_context(pikepdf.Pdf.open(part)).pages)
        whole.Root.Lang = pikepdf.String("en")
        whole.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        whole.docinfo["/Title"] = str(paper.report.title)
        whole.docinfo["/Producer"] = "Assets"
        if paper.position.posted_at:
            whole.docinfo["/CreationDate"] = f"D:{paper.position.posted_at:%Y%m%d%H%M%S}Z"
        whole.save(
            path,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    for part in parts:
        part.unlink()
