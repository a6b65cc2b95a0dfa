"""One document out of its parts."""

import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import batched
from pathlib import Path

import pikepdf
from django.utils.translation import gettext as _
from pikepdf import OutlineItem

from apps.reports.csv import WrittenFile
from apps.reports.pdf import archive
from apps.reports.pdf.planning import Plan

# A process may have only so many files open.
_OPEN_AT_ONCE = 200


def join(plan: Plan, path: Path) -> WrittenFile:
    """Join the printed parts and the last page into `path`, and remove them.

    The document has bookmarks, and the CSV attached if the plan has one.
    """
    printed = [*(part.target for part in plan.parts), plan.closing]
    with ExitStack() as stack, pikepdf.Pdf.new() as whole:
        for number, pages in enumerate(_gathered(printed, path.parent)):
            part = stack.enter_context(pikepdf.Pdf.open(pages))
            whole.pages.extend(part.pages)
            if number == 0:
                archive.colour(whole, part)
        archive.describe(whole, plan.paper)
        _mark(whole, plan)
        if plan.attachment is not None:
            archive.attach(whole, plan.attachment, plan.paper)
        _save(whole, path)
    sources = [part.source for part in plan.parts]
    for done in [*sources, *printed, *path.parent.glob("gathered-*.pdf")]:
        done.unlink()
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return WrittenFile(path, path.stat().st_size, digest, page_count=plan.page_count)


def _gathered(printed: Sequence[Path], folder: Path) -> list[Path]:
    """Return fewer files with the same pages, when they are too many to be open at once."""
    if len(printed) <= _OPEN_AT_ONCE:
        return list(printed)
    gathered = []
    for number, some in enumerate(batched(printed, _OPEN_AT_ONCE, strict=False)):
        target = folder / f"gathered-{number}.pdf"
        with ExitStack() as stack, pikepdf.Pdf.new() as whole:
            for index, pages in enumerate(some):
                part = stack.enter_context(pikepdf.Pdf.open(pages))
                whole.pages.extend(part.pages)
                if index == 0:
                    archive.colour(whole, part)
            _save(whole, target)
        gathered.append(target)
    return gathered


def _save(whole: pikepdf.Pdf, path: Path) -> None:
    whole.save(
        path,
        deterministic_id=True,
        min_version="1.7",
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
    )


def _mark(whole: pikepdf.Pdf, plan: Plan) -> None:
    """Bookmark the report, its sections, and the proof."""
    with whole.open_outline() as outline:
        report = OutlineItem(str(plan.paper.report.title), 0)
        report.children.extend(OutlineItem(title, page - 1) for title, page in plan.marks)
        proof = plan.page_count - plan.closing_count
        report.children.append(OutlineItem(_("Totals and proof"), proof))
        outline.root.append(report)
