"""Proof that the audit log is as it was written: everything is computed again.

What the database alone cannot show: somebody who rewrites an event *and* every block from there on
with right hashes, or takes away the newest blocks together with the head. That needs a head that
was published outside the database, such as the line that the sealing job writes to its log.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.audit.models import AuditBlock
from apps.audit.sealing import DIGEST_SIZE, NO_HASH, digests_of, hash_of, transactions_ended


@dataclass(frozen=True)
class Verdict:
    """What was found; `fault` is the first row that does not fit, in one sentence."""

    ok: bool = True
    event_count: int = 0
    block_count: int = 0
    unsealed_count: int = 0
    head: str = ""
    fault: str = ""

    def but(self, fault: str) -> "Verdict":
        """Return the verdict that this does not fit."""
        return replace(self, ok=False, fault=fault)


def check(published: str = "") -> Verdict:
    """Recompute every seal; `published` is a head, `number:hash`, that was kept elsewhere."""
    with _one_snapshot():
        found = Verdict()
        last: AuditBlock | None = None
        for block in AuditBlock.objects.order_by("number").iterator(chunk_size=10):
            fault = _fault_of(block, last)
            if fault:
                return found.but(fault)
            last = block
            found = replace(
                found,
                event_count=found.event_count + block.event_count,
                block_count=block.number,
                head=f"{block.number}:{block.hash}",
            )
        return _check_end(found, last, published)


def check_block(block: AuditBlock) -> str:
    """Return what does not fit in one block and its events, or nothing."""
    previous = AuditBlock.objects.filter(number=block.number - 1).first()
    if previous is None and block.number > 1:
        return _("Audit block {number} is missing.").format(number=block.number - 1)
    return _fault_of(block, previous)


@contextmanager
def _one_snapshot() -> Iterator[None]:
    is_ours = not connection.in_atomic_block
    with transaction.atomic():
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _fault_of(block: AuditBlock, previous: AuditBlock | None) -> str:
    expected = previous.number + 1 if previous else 1
    if block.number != expected:
        return _("Audit block {number} is missing.").format(number=expected)
    if block.hash != hash_of(block) or block.event_count != len(block.event_ids):
        return _("Audit block {number} was changed after it was made.").format(number=block.number)
    if block.previous_hash != (previous.hash if previous else NO_HASH):
        return _(
            "Audit block {number} does not continue block {previous}: one of them was replaced."
        ).format(number=block.number, previous=expected - 1)
    return _fault_in_events(block)


def _fault_in_events(block: AuditBlock) -> str:
    digests = bytes(block.digests)
    found = dict(digests_of(block.event_ids))
    for place, event_id in enumerate(block.event_ids):
        sealed = digests[place * DIGEST_SIZE : (place + 1) * DIGEST_SIZE]
        if event_id not in found:
            return _("Audit event {id} is missing: block {number} sealed it.").format(
                id=event_id, number=block.number
            )
        if found[event_id] != sealed:
            return _("Audit event {id} was changed after block {number} sealed it.").format(
                id=event_id, number=block.number
            )
    return ""


def _check_end(found: Verdict, last: AuditBlock | None, published: str) -> Verdict:
    """Look for what stands behind the chain: a lost end, and events that it does not cover."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, hash FROM audit_head")
        number, head = cursor.fetchone() or (0, "")
        if number > found.block_count:
            return found.but(_("Audit block {number} is missing.").format(number=number))
        if last and (number, head) != (last.number, last.hash):
            return found.but(
                _("Audit block {number} was not made by sealing.").format(number=last.number)
            )
        if published and not _has_head(published):
            return found.but(_("The chain does not contain {head}.").format(head=published))
        below = last.below if last and last.below <= transactions_ended() else 0
        cursor.execute(
            """
            SELECT count(*), min(a.id) FILTER (WHERE a.xid < %s::text::xid8)
            FROM audit_logs a
            LEFT JOIN (SELECT unnest(event_ids) AS id FROM audit_blocks) AS sealed USING (id)
            WHERE sealed.id IS NULL
            """,
            [below],
        )
        unsealed_count, foreign = cursor.fetchone()
    if foreign:
        return found.but(
            _("Audit event {id} is in no block although its time is sealed.").format(id=foreign)
        )
    return replace(
        found,
        event_count=found.event_count + unsealed_count,
        unsealed_count=unsealed_count,
    )


def _has_head(published: str) -> bool:
    number, _colon, hash_ = published.partition(":")
    return number.isdigit() and AuditBlock.objects.filter(number=number, hash=hash_).exists()
