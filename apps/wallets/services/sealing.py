"""Sealing: the next link of the hash chain over the ledger."""

import hashlib
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone

from apps.audit.sealing import NO_HASH
from apps.audit.services import deed
from apps.wallets.models import BooksCheckpoint, LedgerSeal
from apps.wallets.sealing import BLOCK_SIZE, hash_of, look, running

if TYPE_CHECKING:
    from apps.accounts.models import User


@deed
def seal_ledger(*, actor: "User", size: int = BLOCK_SIZE) -> LedgerSeal | None:
    """Cover up to `size` transactions that no seal covers, and the newest checkpoint, by a seal.

    Returns None when nothing is new. Of two who seal at once the later leaves it to the earlier.
    Outside a transaction each call is one of its own: memory stays the same however much is left.
    """
    actor.require("wallets.seal_ledger")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('ledger_seals', 0))")
        (is_ours,) = cursor.fetchone()
    if not is_ours:
        return None
    last = LedgerSeal.objects.defer("contents").first()
    # Who is gone by now is gone before the look: it finds what they left, and the next one need
    # not search there again.
    search = _settled(last, running())
    seen = look(last, size)
    checkpoint = BooksCheckpoint.objects.values_list("digest", flat=True).first() or ""
    if not seen.contents.records and checkpoint == (last.checkpoint_hash if last else ""):
        return None
    search["snapshot"] = seen.snapshot
    if not search["watched"]:
        # Whoever is not running now, after the look, can add nothing below what it has shown.
        search |= {"watched_id": seen.last_id, "watched": running()}
    seal = LedgerSeal(
        number=last.number + 1 if last else 1,
        transaction_count=seen.contents.transaction_count,
        entry_count=seen.contents.entry_count,
        first_id=seen.first_id,
        last_id=seen.last_id,
        contents=seen.contents.records,
        contents_hash=hashlib.sha256(seen.contents.records).hexdigest(),
        checkpoint_hash=checkpoint,
        search=search,
        previous_hash=last.hash if last else NO_HASH,
        sealed_at=timezone.now(),
    )
    seal.hash = hash_of(seal)
    seal.save(force_insert=True)
    return seal


def _settled(last: LedgerSeal | None, now_running: list[str]) -> dict[str, Any]:
    """Return up to which number all is settled after this look, and whom the rest waits for."""
    if last is None:
        return {"settled": 0, "watched_id": 0, "watched": []}
    known = last.search
    watched = sorted(set(known["watched"]) & set(now_running))
    return {
        "settled": known["settled"] if watched else known["watched_id"],
        "watched_id": known["watched_id"],
        "watched": watched,
    }
