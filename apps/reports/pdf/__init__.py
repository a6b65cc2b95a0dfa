"""PDF: pages laid out beforehand, rendered in parts by WeasyPrint, and joined.

A plan holds everything that is printed, in files: each part can be rendered by any process, in any
order. WeasyPrint is imported only when something is printed: see `apps.common.printing`. Nothing in
a document depends on who prints it or when, so the same figures give the same bytes.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from apps.common import printing
from apps.reports.csv import WrittenFile
from apps.reports.errors import PdfNotPossible
from apps.reports.paper import Cells, Paper
from apps.reports.pdf.part import render
from apps.reports.pdf.planning import Plan, plan

is_possible = printing.is_possible

type Progress = Callable[[int, int], None]

__all__ = ["Plan", "Progress", "is_possible", "join", "one_by_one", "plan", "render", "write"]


def write(
    path: Path,
    paper: Paper,
    answer: Iterable[Cells],
    *,
    progress: Progress,
    print_parts: "Callable[[Plan, Progress], None] | None" = None,
    attachment: Path | None = None,
) -> WrittenFile:
    """Print the answer into `path`, saying after each part how many pages there are of how many.

    `attachment` is the CSV; it goes into the PDF unless it is too large, and the last page says so.
    `print_parts` renders the source of every part of the plan into its target.

    Raises:
        PdfNotPossible: the machine cannot print.
    """
    if not is_possible():
        raise PdfNotPossible
    planned = plan(path.parent, paper, answer, attachment)
    (print_parts or one_by_one)(planned, progress)
    return join(planned, path)


def join(planned: Plan, path: Path) -> WrittenFile:
    """Join the printed parts and the last page into `path`, and remove them."""
    from apps.reports.pdf import joining  # noqa: PLC0415  (loads libraries that few processes need)

    return joining.join(planned, path)


def one_by_one(planned: Plan, progress: Progress) -> None:
    """Render the parts here, one after the other."""
    for part in planned.parts:
        render(part.source, part.target)
        progress(part.first + part.page_count - 1, planned.page_count)
