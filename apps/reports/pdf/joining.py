"""One document out of its parts."""

import hashlib
from contextlib import ExitStack
from pathlib import Path

import pikepdf

from apps.reports.csv import WrittenFile
from apps.reports.pdf.planning import Plan


def join(plan: Plan, path: Path) -> WrittenFile:
    """Join the printed parts and the last page into `path`, and remove them."""
    printed = [*(part.target for part in plan.parts), plan.closing]
    with ExitStack() as stack, pikepdf.Pdf.new() as whole:
        for pages in printed:
            whole.pages.extend(stack.enter_context(pikepdf.Pdf.open(pages)).pages)
        whole.Root.Lang = pikepdf.String("en")
        whole.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        whole.docinfo["/Title"] = str(plan.paper.report.title)
        whole.docinfo["/Producer"] = "Assets"
        if plan.paper.position.posted_at:
            whole.docinfo["/CreationDate"] = f"D:{plan.paper.position.posted_at:%Y%m%d%H%M%S}Z"
        whole.save(
            path,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    for part in plan.parts:
        part.source.unlink()
    for done in printed:
        done.unlink()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return WrittenFile(path, path.stat().st_size, digest, page_count=plan.page_count)
