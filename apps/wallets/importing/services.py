"""What people do with a journal file: upload it, map its accounts, confirm or discard it."""

import hashlib
from functools import partial
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.doorbell import ring
from apps.wallets import tasks
from apps.wallets.errors import AlreadyImported, FileGone
from apps.wallets.importing import carrying_out, mapping
from apps.wallets.importing.mapping import Target
from apps.wallets.importing.reading import UPLOAD, read
from apps.wallets.importing.summing import Summary, summed
from apps.wallets.models import JournalImport
from apps.wallets.states import ImportAction, ImportStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apps.accounts.models import User
    from apps.common.sheets import Limits
    from apps.wallets.importing.journal import ForeignAccount

_PERMISSION = "wallets.import_journal"


@deed
def upload(
    content: bytes, *, file_name: str, actor: "User", limits: "Limits" = UPLOAD
) -> JournalImport:
    """Keep the file and what it says; nothing of it is posted yet.

    Raises:
        FileUnreadable: it is no CSV file with the columns of a journal, or too large.
        JournalFaulty: rows are wrong; it lists them.
        AlreadyImported: what it says went in before.
    """
    actor.require(_PERMISSION)
    journal = read(content, limits)
    row = JournalImport(
        file_name=file_name[:254],
        sha256=hashlib.sha256(content).hexdigest(),
        digest=journal.digest,
        summary=summed(journal).as_json(),
        uploaded_by=actor,
    )
    _refuse_second(row)
    row.file = content
    row.save()
    audit.record(
        "wallets.journal_uploaded",
        actor=actor,
        target=row,
        after={
            "file": row.file_name,
            "sha256": row.sha256,
            "transactions": len(journal.transactions),
        },
    )
    return row


@deed
def map_accounts(
    import_id: int, *, answers: "Mapping[ForeignAccount, Target]", actor: "User"
) -> JournalImport:
    """Keep which account of ours each of the file's accounts is; it may be done again.

    Raises:
        MappingFaulty: an account has none, or one that it cannot have; it tells of each why.
        MoveNotAllowed: the import is under way or over.
    """
    actor.require(_PERMISSION)
    row = JournalImport.objects.light().locked().get(pk=import_id)
    before = row.mapping
    row.move(ImportAction.MAP)
    accounts = [one.account for one in Summary.from_json(row.summary).accounts]
    row.mapping = [target.as_json() for target in mapping.checked(accounts, answers)]
    row.refusal = ""
    row.save(update_fields=["status", "mapping", "refusal"])
    audit.record(
        "wallets.journal_mapped",
        actor=actor,
        target=row,
        before={"mapping": before} if before else None,
        after={"mapping": row.mapping},
    )
    return row


@deed
def confirm(import_id: int, *, actor: "User") -> JournalImport:
    """Promise that the journal is posted; a worker does so after the commit.

    Raises:
        AlreadyImported: what it says went in before, or is on its way.
        MappingFaulty: an account that was mapped is no longer one that can be posted on.
        MoveNotAllowed: its accounts are not mapped, or it is over.
    """
    row = _confirmed(import_id, actor=actor)
    transaction.on_commit(partial(ring, tasks.import_journal, [row.pk]))
    return row


@deed
def import_now(import_id: int, *, actor: "User") -> JournalImport:
    """Post the journal at once, in this transaction, for whoever can wait for it.

    Raises:
        DomainError: as `confirm`, and whatever the ledger refuses; nothing is posted then.
    """
    row = _confirmed(import_id, actor=actor)
    carrying_out.post(row, actor=actor)
    return row


@deed
def discard(import_id: int, *, actor: "User") -> JournalImport:
    """End an import before anything was posted; the row stays, the file goes.

    Raises:
        MoveNotAllowed: it is under way or over.
    """
    actor.require(_PERMISSION)
    row = JournalImport.objects.light().locked().get(pk=import_id)
    row.move(ImportAction.DISCARD)
    row.content = b""
    row.finished_at = timezone.now()
    row.save(update_fields=["status", "content", "finished_at"])
    audit.record("wallets.journal_discarded", actor=actor, target=row)
    return row


@deed
def hand_out(import_id: int, *, actor: "User") -> JournalImport:
    """Return the import with its file, and keep who took it.

    Raises:
        FileGone: it was discarded.
    """
    actor.require("wallets.view_journalimport")
    row = JournalImport.objects.get(pk=import_id)
    if not row.content:
        raise FileGone(file=row.file_name)
    audit.record(
        "wallets.journal_file_downloaded",
        actor=actor,
        target=row,
        after={"file": row.file_name, "sha256": row.sha256},
    )
    return row


def _confirmed(import_id: int, *, actor: "User") -> JournalImport:
    actor.require(_PERMISSION)
    actor.require("wallets.open_general_account")
    row = JournalImport.objects.locked().get(pk=import_id)
    row.move(ImportAction.CONFIRM)
    _refuse_second(row)
    accounts = [one.account for one in Summary.from_json(row.summary).accounts]
    answers = {target.account: target for target in (Target(**kept) for kept in row.mapping)}
    mapping.checked(accounts, answers)
    row.confirmed_by, row.confirmed_at = actor, timezone.now()
    row.attempt_count, row.refusal = 0, ""
    try:
        with transaction.atomic():
            row.save(
                update_fields=["status", "confirmed_by", "confirmed_at", "attempt_count", "refusal"]
            )
    except IntegrityError:
        # Somebody confirmed another upload of the same journal at the same moment.
        _refuse_second(row)
        raise
    audit.record("wallets.journal_confirmed", actor=actor, target=row)
    return row


def _refuse_second(row: JournalImport) -> None:
    once = JournalImport.objects.filter(
        digest=row.digest, status__in=(ImportStatus.QUEUED, ImportStatus.DONE)
    )
    if earlier := once.exclude(pk=row.pk).light().first():
        raise AlreadyImported(file=row.file_name, earlier=earlier)
