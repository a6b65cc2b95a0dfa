"""Adjustments in bulk: a clerk sends a file, others decide on the whole of it."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.approvals import selectors as approval_selectors
from apps.approvals import services as approvals
from apps.approvals.states import Verdict
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.money import format_amount
from apps.common.uploads import safe_name
from apps.notifications import services as notifications
from apps.wallets.errors import NotYours, StalePage
from apps.wallets.models import AdjustmentBatch, AdjustmentLine
from apps.wallets.services.attaching import attach
from apps.wallets.services.bulk_file import Line, lines_of
from apps.wallets.services.bulk_posting import check_lines, post_batch
from apps.wallets.services.keeping import keep
from apps.wallets.states import (
    ADJUSTMENT_LIFECYCLE,
    AdjustmentAction,
    AdjustmentStatus,
    Direction,
)

if TYPE_CHECKING:
    from django.core.files.base import File

    from apps.approvals.models import ApprovalRequest

BATCH_SCOPE = "adjustment_batch"
_CHANGED = (
    *("note", "version", "file_number", "file_name", "sha256", "currency"),
    *("line_count", "credit", "debit"),
)
_COPY = """
    COPY adjustment_lines (batch_id, file_number, number, file_line, wallet_id, direction,
        amount, reason_code_id, note, added_by_id) FROM STDIN
"""


@deed
def request_batch(
    *,
    content: bytes,
    file_name: str,
    note: str,
    actor: User,
    files: Iterable["File[bytes]"] = (),
) -> AdjustmentBatch:
    """Draft the changes that a CSV file asks for; the draft is the preview, and moves nothing.

    Raises:
        FileUnreadable: it is no table with the columns of a batch.
        LinesRefused: lines of it are wrong; names every one of them.
    """
    actor.require("wallets.request_adjustment")
    lines = lines_of(content, file_name=safe_name(file_name))
    batch = AdjustmentBatch(note=note, requester=actor)
    _take(batch, content, file_name, lines)
    keep(batch, actor=actor)
    _keep_lines(batch, lines, actor=actor)
    audit.record("wallets.batch_requested", actor=actor, target=batch, after=_facts(batch))
    attach(batch, files, actor=actor)
    return batch


@deed
def change_batch(
    batch_id: int,
    *,
    seen_version: int,
    note: str,
    actor: User,
    content: bytes | None = None,
    file_name: str = "",
    files: Iterable["File[bytes]"] = (),
) -> AdjustmentBatch:
    """Correct a draft: its note, its lines with another file, and more evidence.

    Lines of an earlier file stay, and are no longer what the batch asks for.

    Raises:
        FileUnreadable, LinesRefused: the file cannot be taken.
        StalePage: somebody changed it after the page was drawn.
    """
    batch = _own_draft(batch_id, seen_version=seen_version, actor=actor)
    before = _facts(batch)
    batch.note = note
    batch.version += 1
    lines: list[Line] = []
    if content is not None:
        lines = lines_of(content, file_name=safe_name(file_name))
        batch.file_number += 1
        _take(batch, content, file_name, lines)
    keep(batch, actor=actor, fields=_CHANGED)
    _keep_lines(batch, lines, actor=actor)
    audit.record(
        "wallets.batch_changed", actor=actor, target=batch, before=before, after=_facts(batch)
    )
    attach(batch, files, actor=actor)
    return batch


@deed
def submit_batch(batch_id: int, *, actor: User, seen_version: int | None = None) -> AdjustmentBatch:
    """Ask for approval of a draft; from here on it does not change.

    Who owns one of its wallets is a party, and never decides on any of it.

    Raises:
        EvidenceMissing: a reason code asks for a file.
        WalletNotActive, InsufficientFunds, ReasonCodeNotActive, DirectionNotAllowed: a line could
            not be posted now.
        NoPolicy: nobody has laid down who decides.
        StalePage: somebody changed it after the page was drawn.
    """
    batch = _own_draft(
        batch_id, seen_version=seen_version, actor=actor, action=AdjustmentAction.SUBMIT
    )
    codes = check_lines(batch)
    _move(batch, AdjustmentAction.SUBMIT, actor=actor)
    lines = AdjustmentLine.objects.of(batch).filter(wallet__owner=OuterRef("pk"))
    approvals.open_request(
        batch,
        scope=BATCH_SCOPE,
        title=_title(batch),
        requester=batch.requester,
        amount=batch.amount,
        currency=batch.currency,
        group=_strictest(batch, sorted(code.code for code in codes)),
        parties={_("owner of a wallet in the batch"): User.objects.filter(Exists(lines))},
        actor=actor,
    )
    audit.record("wallets.batch_submitted", actor=actor, target=batch)
    return batch


@deed
def withdraw_batch(batch_id: int, *, actor: User, reason: str = "") -> AdjustmentBatch:
    """Take a batch back before it was decided on; only who asked for it does so."""
    actor.require("wallets.request_adjustment")
    batch = lock_batch(batch_id)
    _require_requester(batch, actor)
    _move(batch, AdjustmentAction.WITHDRAW, actor=actor, reason=reason)
    if approval_selectors.open_request_of(batch):
        approvals.withdraw(batch, actor=actor, reason=reason)
    audit.record("wallets.batch_withdrawn", actor=actor, target=batch, reason=reason)
    return batch


def lock_batch(batch_id: int) -> AdjustmentBatch:
    """Lock the row and return it with what belongs to it; for the approvals scope."""
    return AdjustmentBatch.objects.locked().select_related("requester").get(pk=batch_id)


def conclude_batch(
    batch: AdjustmentBatch,
    verdict: Verdict,
    /,
    *,
    request: "ApprovalRequest",
    actor: User,
    reason: str,
) -> None:
    """Post all lines on the last approval, end on a rejection, or give the draft back.

    Raises:
        WalletNotActive, InsufficientFunds: a wallet cannot take its lines any more, and is named.
    """
    del request
    if verdict == Verdict.APPROVE:
        _post(batch, actor=actor, reason=reason)
        subject = _("{batch} is approved and posted")
    elif verdict == Verdict.REJECT:
        _move(batch, AdjustmentAction.REJECT, actor=actor, reason=reason)
        audit.record("wallets.batch_rejected", actor=actor, target=batch, reason=reason)
        subject = _("{batch} is rejected")
    else:
        _move(batch, AdjustmentAction.RETURN, actor=actor, reason=reason)
        audit.record("wallets.batch_returned", actor=actor, target=batch, reason=reason)
        subject = _("{batch} comes back for changes")
    notifications.announce(
        f"wallets.batch_{verdict.value}",
        to=batch.requester,
        about=batch,
        subject=subject.format(batch=_title(batch)),
        body=reason,
        key=str(batch.version),
    )


def _post(batch: AdjustmentBatch, *, actor: User, reason: str) -> None:
    # With the status in one statement: approved is posted, says a constraint.
    batch.transaction_id = post_batch(batch, actor=actor)
    _move(batch, AdjustmentAction.APPROVE, actor=actor, reason=reason)
    audit.record(
        "wallets.batch_posted",
        actor=actor,
        target=batch,
        after={**_facts(batch), "transaction": f"T-{batch.transaction_id}"},
        reason=reason,
    )


def _strictest(batch: AdjustmentBatch, codes: Sequence[str]) -> str:
    """Return the reason code whose policy asks the most people: a mix of codes avoids none."""

    def asked(code: str) -> int:
        policy = approvals.policy_for(
            scope=BATCH_SCOPE, amount=batch.amount, currency=batch.currency, group=code
        )
        return sum(policy.levels.values_list("decider_count", flat=True))

    return max(codes, key=asked)


def _take(batch: AdjustmentBatch, content: bytes, file_name: str, lines: Sequence[Line]) -> None:
    batch.currency = lines[0].wallet.currency
    batch.file_name = safe_name(file_name)
    batch.sha256 = hashlib.sha256(content).hexdigest()
    batch.line_count = len(lines)
    batch.credit = sum(line.amount for line in lines if line.direction == Direction.CREDIT)
    batch.debit = sum(line.amount for line in lines if line.direction == Direction.DEBIT)


def _keep_lines(batch: AdjustmentBatch, lines: Sequence[Line], *, actor: User) -> None:
    """Write the lines as PostgreSQL takes them fastest: ten thousand in a tenth of a second."""
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(_COPY) as rows,
    ):
        for number, line in enumerate(lines, start=1):
            rows.write_row(
                (
                    batch.pk,
                    batch.file_number,
                    number,
                    line.number,
                    line.wallet.pk,
                    line.direction.value,
                    line.amount,
                    line.reason_code.pk,
                    line.note,
                    actor.pk,
                )
            )


def _own_draft(
    batch_id: int,
    *,
    seen_version: int | None,
    actor: User,
    action: AdjustmentAction = AdjustmentAction.CHANGE,
) -> AdjustmentBatch:
    """Lock a draft of the actor's own that is as they saw it."""
    actor.require("wallets.request_adjustment")
    batch = lock_batch(batch_id)
    _require_requester(batch, actor)
    ADJUSTMENT_LIFECYCLE.after(action, AdjustmentStatus(batch.status))
    if seen_version not in {None, batch.version}:
        raise StalePage(what=batch)
    return batch


def _require_requester(batch: AdjustmentBatch, actor: User) -> None:
    if batch.requester_id != actor.pk:
        raise NotYours(adjustment=batch, requester=batch.requester)


def _move(
    batch: AdjustmentBatch, action: AdjustmentAction, *, actor: User, reason: str = ""
) -> None:
    batch.move(action)
    batch.version += 1
    keep(batch, actor=actor, reason=reason, fields=("status", "version", "transaction"))


def _title(batch: AdjustmentBatch) -> str:
    text = ngettext("{count} adjustment", "{count} adjustments", batch.line_count)
    count = text.format(count=f"{batch.line_count:,}")
    return f"{batch}: {count} · {format_amount(batch.amount, batch.currency)}"[:254]


def _facts(batch: AdjustmentBatch) -> dict[str, object]:
    return {
        "file": batch.file_name,
        "sha256": batch.sha256,
        "lines": batch.line_count,
        "credit": batch.credit,
        "debit": batch.debit,
        "currency": batch.currency,
        "note": batch.note,
    }
