"""Posting a confirmed journal: everything in one transaction, or nothing of it.

The lock on the row is the worker's claim. A worker that dies leaves the row as it was, and the
sweep rings again; of two that are rung for the same row, the later finds it locked or done.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from django.db import OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.context import Origin, coming_from
from apps.audit.models import Source
from apps.common.errors import DomainError
from apps.notifications import services as notifications
from apps.wallets import services as wallets
from apps.wallets.errors import AlreadyImported
from apps.wallets.importing import mapping, previewing
from apps.wallets.importing.journal import ForeignAccount, Journal
from apps.wallets.importing.mapping import Target
from apps.wallets.importing.reading import FROM_DISK, read
from apps.wallets.importing.summing import Summary
from apps.wallets.models import JournalImport, Wallet
from apps.wallets.services import Entry, Posted, Posting
from apps.wallets.states import AccountClass, ImportAction, ImportStatus, TransactionKind

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
_RUNG_WITHIN = timedelta(minutes=1)


def carry_out(import_id: int) -> None:
    """Import what was confirmed, or note why not; called twice, it does so once."""
    with coming_from(Origin(source=Source.JOB)):
        try:
            if _begun(import_id):
                _finish(import_id)
        except OperationalError as trouble:
            # Of the database: the sweep rings again.
            logger.warning("import %s stopped: %s", import_id, trouble)
        except DomainError as refusal:
            _refuse(import_id, refusal.message)
        except Exception:
            logger.exception("import %s failed", import_id)
            _refuse(import_id, _("Something went wrong inside Assets. Tell an administrator."))


def waiting() -> list[int]:
    """Return the imports that somebody should have begun by now, the oldest first."""
    since = timezone.now() - _RUNG_WITHIN
    queued = JournalImport.objects.filter(status=ImportStatus.QUEUED, confirmed_at__lt=since)
    return list(queued.order_by("pk").values_list("pk", flat=True))


def post(row: JournalImport, *, actor: User) -> None:
    """Post the journal of a locked row and write down what became of it; inside a transaction.

    Raises:
        MappingFaulty: an account that was mapped is no longer one that can be posted on.
        DomainError: what `post_many` refuses.
    """
    journal = read(row.file, FROM_DISK)
    answers = {target.account: target for target in (Target(**kept) for kept in row.mapping)}
    targets = mapping.checked(journal.accounts, answers)
    effects = previewing.effects(Summary.from_json(row.summary), targets)
    wallet_ids, opened = _wallets(targets, actor=actor)
    posted = wallets.post_many(_postings(journal, row, wallet_ids), actor=actor)
    if any(one.is_replay for one in posted):
        raise AlreadyImported(file=row.file_name, earlier=row)
    row.move(ImportAction.FINISH)
    row.finished_at = timezone.now()
    row.result = _result(effects, posted, opened)
    row.save(update_fields=["status", "finished_at", "result"])
    audit.record(
        "wallets.journal_imported",
        actor=actor,
        target=row,
        after={
            "file": row.file_name,
            "sha256": row.sha256,
            "transactions": len(posted),
            "first": f"T-{row.result['first']}",
            "last": f"T-{row.result['last']}",
            "opened": [wallet.number for wallet in opened.values()],
        },
    )


def _begun(import_id: int) -> bool:
    """Count the attempt, unless there is nothing to do or somebody is at it."""
    with transaction.atomic():
        queued = JournalImport.objects.light().filter(pk=import_id, status=ImportStatus.QUEUED)
        row = queued.locked(skip_locked=True).first()
        if row is None:
            return False
        row.attempt_count += 1
        row.save(update_fields=["attempt_count"])
    if row.attempt_count > MOST_ATTEMPTS:
        _refuse(import_id, _("Every worker that began died before the end. Split the file."))
        return False
    return True


def _finish(import_id: int) -> None:
    with transaction.atomic():
        queued = JournalImport.objects.filter(pk=import_id, status=ImportStatus.QUEUED)
        row = queued.locked(skip_locked=True).select_related("confirmed_by").first()
        if row is None:
            return
        assert row.confirmed_by is not None, "the database refuses it"
        post(row, actor=row.confirmed_by)
        _tell(row, _("“{file}” is imported").format(file=row.file_name))


def _refuse(import_id: int, why: str) -> None:
    """Write down why nothing was imported, and give the row back to the people."""
    with transaction.atomic():
        queued = JournalImport.objects.light().filter(pk=import_id, status=ImportStatus.QUEUED)
        row = queued.locked().select_related("confirmed_by").first()
        if row is None:
            return
        row.move(ImportAction.REFUSE)
        row.refusal = why
        row.save(update_fields=["status", "refusal"])
        assert row.confirmed_by is not None, "the database refuses it"
        audit.record(
            "wallets.journal_refused", actor=row.confirmed_by, target=row, after={"why": why}
        )
        _tell(row, _("“{file}” was not imported").format(file=row.file_name), why)


def _tell(row: JournalImport, subject: str, body: str = "") -> None:
    assert row.confirmed_by is not None, "the database refuses it"
    notifications.announce(
        "wallets.journal_import",
        to=row.confirmed_by,
        about=row,
        subject=subject,
        body=body,
        key=f"{row.status}:{row.attempt_count}:{row.confirmed_at}",
    )


def _wallets(
    targets: Sequence[Target], *, actor: User
) -> tuple[dict[ForeignAccount, int], dict[tuple[str, str], Wallet]]:
    """Return the wallet of every account of the file, and those that were opened for it."""
    numbers = [target.wallet for target in targets if target.wallet]
    known = dict(Wallet.objects.filter(number__in=numbers).values_list("number", "pk"))
    opened: dict[tuple[str, str], Wallet] = {}
    open_account = partial(wallets.open_general_account, actor=actor)
    found: dict[ForeignAccount, int] = {}
    for target in targets:
        if target.wallet:
            found[target.account] = known[target.wallet]
            continue
        key = (target.title, target.currency)
        if key not in opened:
            opened[key] = open_account(
                target.title, AccountClass(target.general_class), target.currency
            )
        found[target.account] = opened[key].pk
    return found, opened


def _postings(
    journal: Journal, row: JournalImport, wallet_ids: dict[ForeignAccount, int]
) -> list[Posting]:
    """Return the transactions by day, those of a day in the order of the file."""
    ids = [wallet_ids[account] for account in journal.accounts]
    return [
        Posting(
            kind=TransactionKind.IMPORT,
            entries=[Entry(ids[account], amount) for account, amount in transaction_.entries],
            key=f"import:{row.digest}:{transaction_.id}",
            description=transaction_.description,
            effective_on=transaction_.day,
            about=row,
        )
        for transaction_ in sorted(journal.transactions, key=lambda one: one.day)
    ]


def _result(
    effects: Sequence[previewing.Effect],
    posted: Sequence[Posted],
    opened: dict[tuple[str, str], Wallet],
) -> dict[str, object]:
    ids = [one.transaction_id for one in posted]
    return {
        "transactions": len(posted),
        "first": min(ids),
        "last": max(ids),
        "accounts": [
            {
                "wallet": effect.number or opened[effect.title, effect.currency].number,
                "is_new": not effect.number,
                "title": effect.title,
                "currency": effect.currency,
                "entry_count": effect.entry_count,
                "before": effect.before,
                "debit": effect.debit,
                "credit": effect.credit,
                "after": effect.after,
            }
            for effect in effects
        ],
    }
