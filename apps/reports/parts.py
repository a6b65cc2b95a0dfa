"""Parts of a PDF, printed by all workers that are free, each part once.

The worker that makes a run lays out all pages, puts the description of each part into the storage,
writes a row for it and rings. It prints parts itself too, so that it never waits for a worker that
is not there. Whoever prints a part claims its row for a while; the part of one that died is
printed by the next. See docs/decisions/0022-parts-are-rows.md.
"""

import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.functions import Now
from django.utils import translation

from apps.reports import pdf, storing
from apps.reports.errors import PartNotPrinted
from apps.reports.leases import Claim
from apps.reports.models import ReportPart, ReportPartQuerySet
from apps.reports.pdf import Plan, Progress

logger = logging.getLogger(__name__)

# A part takes a few seconds; a machine that is busy takes longer.
CLAIM_LASTS = timedelta(minutes=1)
_FEW = 2
_PAUSE = 0.2

type Ring = Callable[[Iterable[int]], None]


def nobody(_part_ids: Iterable[int]) -> None:
    """Call nobody: the worker prints alone."""


def print_together(claim: Claim, planned: Plan, progress: Progress, *, ring: Ring) -> None:
    """Have every part of the plan printed, by us and by whoever hears `ring`.

    Raises:
        PartNotPrinted: all who tried to print one were lost.
    """
    if len(planned.parts) <= _FEW:
        pdf.one_by_one(planned, progress)
        return
    try:
        ring(_laid_out(claim, planned))
        _print_until_all_is_there(claim, planned, progress)
    finally:
        storing.remove_parts(claim.holder)


def _laid_out(claim: Claim, planned: Plan) -> list[int]:
    """Put every part where any worker finds it, and return the rows."""
    for number, part in enumerate(planned.parts):
        with part.source.open("rb") as file:
            default_storage.save(_description(claim.holder, number), File(file))
    rows = ReportPart.objects.bulk_create(
        ReportPart(
            run_id=claim.run_id,
            holder=claim.holder,
            number=number,
            first_page=part.first,
            page_count=part.page_count,
        )
        for number, part in enumerate(planned.parts)
    )
    return [row.pk for row in rows]


def _print_until_all_is_there(claim: Claim, planned: Plan, progress: Progress) -> None:
    ours = ReportPart.objects.filter(holder=claim.holder)
    missing = set(range(len(planned.parts)))
    while missing:
        for number, file in ours.filter(number__in=missing, printed_at__isnull=False).values_list(
            "number", "file"
        ):
            if file:
                _copy(file, planned.parts[number].target)
                default_storage.delete(file)
            missing.remove(number)
        left = sum(planned.parts[number].page_count for number in missing)
        progress(planned.page_count - left, planned.page_count)
        if (taken := _take(ours.wanted())) is not None:
            part = planned.parts[taken.number]
            pdf.render(part.source, part.target)
            _keep(taken)
        elif missing:
            _wait(ours)


def _wait(ours: ReportPartQuerySet) -> None:
    """Let the others print, unless nobody can."""
    lost = ours.hopeless().first()
    if lost is not None:
        raise PartNotPrinted(
            first=lost.first_page,
            last=lost.first_page + lost.page_count - 1,
            count=lost.attempt_count,
        )
    time.sleep(_PAUSE)


def help_with(part_id: int) -> None:
    """Print one part for the worker that waits for it, unless somebody does or nobody wants it."""
    taken = _take(ReportPart.objects.wanted().filter(pk=part_id))
    if taken is None:
        return
    try:
        with (
            translation.override(settings.LANGUAGE_CODE),
            tempfile.TemporaryDirectory(prefix=f"{storing.WORKPLACE}{taken.holder}-") as folder,
        ):
            file = _printed(taken, Path(folder))
    except Exception:
        # The one that waits tries it itself, and tells why when it fails there too.
        logger.exception("part %s was not printed", taken)
        ReportPart.objects.filter(pk=part_id, attempt_count=taken.attempt_count).update(
            claimed_until=Now()
        )
        return
    if not _keep(taken, file):
        default_storage.delete(file)


def _printed(taken: ReportPart, folder: Path) -> str:
    source, target = folder / "part.json", folder / "part.pdf"
    _copy(_description(taken.holder, taken.number), source)
    pdf.render(source, target)
    # Named by the attempt: one that was thought dead does not write where another one does.
    name = f"{storing.parts_of(taken.holder)}/{taken.number}-{taken.attempt_count}.pdf"
    with target.open("rb") as file:
        return default_storage.save(name, File(file))


def _take(parts: ReportPartQuerySet) -> ReportPart | None:
    """Claim the first part that is free, before anybody else can."""
    with transaction.atomic():
        rows = parts.free().order_by("number")
        part = rows.select_for_update(skip_locked=True, of=("self",)).first()
        if part is not None:
            part.attempt_count += 1
            ReportPart.objects.filter(pk=part.pk).update(
                attempt_count=part.attempt_count, claimed_until=Now() + CLAIM_LASTS
            )
    return part


def _keep(taken: ReportPart, file: str = "") -> bool:
    """Note that the part is printed; return False when it is no longer ours to say so."""
    mine = ReportPart.objects.filter(
        pk=taken.pk, attempt_count=taken.attempt_count, printed_at__isnull=True
    )
    return bool(mine.update(printed_at=Now(), file=file))


def _copy(name: str, target: Path) -> None:
    with default_storage.open(name, "rb") as source, target.open("wb") as file:
        shutil.copyfileobj(source, file)


def _description(holder: object, number: int) -> str:
    return f"{storing.parts_of(holder)}/{number}.json"
