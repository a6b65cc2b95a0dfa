"""Where the files of an attempt are: while they are made, and when they are finished.

Every attempt has a folder of its own in both places, named by its lease, so that one that died
halfway never mixes with the next.
"""

import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage

from apps.reports.csv import WrittenFile
from apps.reports.leases import Claim
from apps.reports.models import ReportPart
from apps.reports.states import Format

WORKPLACE = "assets-report-"


@contextmanager
def workplace(claim: Claim) -> Iterator[Path]:
    """Give the attempt an empty folder, and remove what the attempt before it left behind."""
    if claim.previous_holder:
        shutil.rmtree(_workplace_of(claim.previous_holder), ignore_errors=True)
        remove(claim.previous_holder)
    path = _workplace_of(claim.holder)
    path.mkdir(mode=0o700)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _workplace_of(holder: object) -> Path:
    return Path(tempfile.gettempdir()) / f"{WORKPLACE}{holder}"


def keep(claim: Claim, files: Mapping[Format, WrittenFile]) -> dict[Format, str]:
    """Put finished files into the storage, and return their names there."""
    stored = {}
    for format_, written in files.items():
        with written.path.open("rb") as file:
            stored[format_] = default_storage.save(_name(claim.holder, format_), File(file))
    return stored


def remove(holder: uuid.UUID | None) -> None:
    """Remove what an attempt has put into the storage, and its parts; nothing is fine too."""
    if holder is not None:
        remove_parts(holder)
        _empty(folder_of(holder))


def remove_parts(holder: uuid.UUID) -> None:
    """Remove the parts of an attempt, rows and files."""
    # The rows first: who prints a part meanwhile keeps the file only when the row is still there.
    ReportPart.objects.filter(holder=holder).delete()
    _empty(parts_of(holder))


def _empty(folder: str) -> None:
    try:
        _folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        default_storage.delete(f"{folder}/{name}")
    # A storage that only lists knows no folders; in one that does, somebody may just have come in.
    with suppress(OSError):
        if default_storage.exists(folder):
            default_storage.delete(folder)


def parts_of(holder: object) -> str:
    """Return the folder in the storage for the parts of an attempt."""
    return f"{folder_of(holder)}/parts"


def folder_of(holder: object) -> str:
    """Return the folder in the storage for all files of an attempt."""
    return f"reports/{holder}"


def _name(holder: object, format_: Format) -> str:
    return f"{folder_of(holder)}/report.{format_.value}"
