"""Files that no run knows: what is left when a worker was killed, or a storage was away."""

import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.core.files.storage import default_storage

from apps.reports import storing
from apps.reports.models import ReportPart, ReportRun
from apps.reports.states import Status

# Longer than any worker works on a run. The folder may be another installation's.
_LONGEST = timedelta(hours=2)


def remove() -> int:
    """Remove what belongs to no run that is being made or has files; return how many folders."""
    parts = ReportPart.objects.values_list("holder", flat=True).distinct()
    found, workplaces = {*_stored(), *parts}, list(_workplaces())
    # Asked last, so that a run which has begun meanwhile is among them.
    kept = _kept()
    lost = found - kept
    for holder in lost:
        storing.remove(holder)
    left_behind = [path for path in workplaces if _holder(path.name) not in kept]
    for path in left_behind:
        shutil.rmtree(path, ignore_errors=True)
    return len(lost) + len(left_behind)


def _kept() -> set[uuid.UUID]:
    """Return the attempts whose files are wanted."""
    runs = ReportRun.objects.filter(status__in=(Status.RUNNING, Status.DONE))
    holders = runs.values_list("lease_holder", flat=True)
    return {holder for holder in holders if holder is not None}


def _stored() -> list[uuid.UUID]:
    try:
        folders, _names = default_storage.listdir("reports")
    except FileNotFoundError:
        return []
    return [holder for name in folders if (holder := _holder(name)) is not None]


def _workplaces() -> Iterator[Path]:
    before = time.time() - _LONGEST.total_seconds()
    for path in Path(tempfile.gettempdir()).glob(f"{storing.WORKPLACE}*"):
        if path.is_dir() and path.stat().st_mtime < before:
            yield path


def _holder(name: str) -> uuid.UUID | None:
    """Return the attempt that a folder is named by."""
    text = name.removeprefix(storing.WORKPLACE)[: len(str(uuid.UUID(int=0)))]
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
