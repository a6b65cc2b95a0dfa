"""Previewing a register file and importing it: whole or not at all, as previewed, once."""

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone

from apps.assets.errors import AlreadyImported, PreviewGone
from apps.assets.importing.reading import read
from apps.assets.importing.resources import RESOURCES, RegisterResult
from apps.assets.importing.rows import Defaults, Reader
from apps.assets.models import AssetImport
from apps.assets.wording import moment
from apps.audit import services as audit
from apps.audit.services import deed

if TYPE_CHECKING:
    from uuid import UUID

    from apps.accounts.models import User

# Any number, as long as it is the same one for every import.
_IMPORTS_LOCK = 7_283_001
_KEPT = timedelta(days=1)


@deed
def preview(
    *, content: bytes, file_name: str, source: str, defaults: Defaults, actor: "User"
) -> tuple[AssetImport, RegisterResult]:
    """Keep the file for a day, and tell what importing it would do.

    Raises:
        FileUnreadable: it is no such register.
    """
    actor.require("assets.import_asset")
    now = timezone.now()
    AssetImport.objects.filter(imported_at=None, uploaded_at__lt=now - _KEPT).delete()
    file = AssetImport(
        source=source,
        file_name=file_name[:254],
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        choices=defaults.stored(),
        uploaded_by=actor,
    )
    result = _run(file, actor=actor, is_preview=True)
    file.preview = result.digest
    file.save()
    return file, result


@deed
def carry_out(key: "UUID", *, actor: "User") -> tuple[AssetImport, RegisterResult]:
    """Import the file that `actor` has previewed, if it still does what the preview showed.

    Otherwise nothing is imported and the result tells what it would do now: the caller looks at
    `imported_at`.

    Raises:
        AlreadyImported: it went in before, such as by the first of two clicks.
        PreviewGone: `actor` has no such preview.
    """
    actor.require("assets.import_asset")
    file = AssetImport.objects.locked().filter(key=key, uploaded_by=actor).first()
    if file is None:
        raise PreviewGone
    if file.imported_at is not None:
        raise AlreadyImported(file=file, at=moment(file.imported_at))
    with transaction.atomic():
        result = _run(file, actor=actor, is_preview=False)
        is_as_seen = not result.is_refused and result.digest == file.preview
        transaction.set_rollback(not is_as_seen)
    if not is_as_seen:
        file.preview = result.digest
        file.save(update_fields=["preview"])
        return file, result
    file.imported_at = timezone.now()
    file.save(update_fields=["imported_at"])
    audit.record(
        "assets.imported",
        actor=actor,
        target=file,
        after={
            "file": file.file_name,
            "sha256": file.sha256,
            "source": file.source,
            "created": result.count("new"),
            "updated": result.count("update"),
            "left as they were": result.count("skip"),
        },
    )
    return file, result


def _run(file: AssetImport, *, actor: "User", is_preview: bool) -> RegisterResult:
    # Two imports with the same new tags in another order would wait for each other for ever.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_IMPORTS_LOCK])
    defaults = Defaults.restored(file.choices)
    resource = RESOURCES[file.source]
    reader = Reader(resource.source, defaults, actor)
    rows = resource.source.rows(read(bytes(file.content)), counted=defaults.counted)
    result = resource(reader=reader, rows=rows, actor=actor).run(is_preview=is_preview)
    result.new_categories = [category.name for category in reader.new_categories]
    return result
