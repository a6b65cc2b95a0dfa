"""The arithmetic of the seals over the ledger, shared by those who seal and those who check.

    digest of a transaction   SHA-256 of its row and of its entries' rows, by line
    contents of a seal        for each transaction its number (8 bytes) and its digest (32 bytes)
    hash of a seal            SHA-256 of its canonical head, which names the SHA-256 of the contents
                              and the hash of the seal before it

A row goes into the digest as `record_send` gives it: PostgreSQL's binary form of a row, which does
not depend on time zone, date style or locale. Only facts that never change are in it: an entry of
an open wallet gets its position and balance later, and these can be computed from the rest.

**What is new** is found without an index on the database transaction, which every posting would
pay for. Numbers come from a sequence, so whatever has a higher number than the last sealed one is
new. What has a lower number and was not visible then commits late. It was in the hands of a
transaction that was running when the seal was made, so the seal remembers who was running
(`watched`). Once all of them have ended, nothing with a number up to that seal's last one can
appear any more (`settled`), and only what lies between is looked through, for transactions that
the seal's snapshot did not show and that no seal contains. The last half of that sentence alone
would be right, and slow; so it does no harm that a database restored elsewhere counts its
transactions anew and its old snapshots say nothing about new rows.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from apps.audit.sealing import DIGEST_SIZE, canonical
from apps.wallets.models import LedgerSeal

if TYPE_CHECKING:
    from datetime import datetime

BLOCK_SIZE = 10_000
"""Transactions in a seal, and in a step of checking; late ones come on top."""
_NUMBER_SIZE = 8

# Every seal ever made depends on these columns, their order and their types.
_TRANSACTION_ROW = """record_send(ROW(t.id::bigint, t.kind::text, t.effective_on::date,
    t.posted_at::timestamptz, t.description::text, t.key::text, t.fingerprint::text,
    t.actor_id::bigint, t.about_type_id::integer, t.about_id::bigint, t.reverses_id::bigint,
    t.hold_id::bigint))"""
ENTRY_ROWS = """string_agg(record_send(ROW(e.line::smallint, e.wallet_id::bigint, e.currency::text,
    e.amount::bigint)), ''::bytea ORDER BY e.line)"""
"""The entries of one transaction; `e` are entries."""
DIGEST = f"sha256({_TRANSACTION_ROW} || coalesce(entries.rows, ''::bytea))"
"""The digest of one transaction `t`, beside the `entries` that have `ENTRY_ROWS` as `rows`."""
CONTENTS = f"coalesce(string_agg(int8send(t.id) || {DIGEST}, ''::bytea ORDER BY t.id), ''::bytea)"

_LATE = """
SELECT coalesce(array_agg(id), '{}'), pg_current_snapshot()::text
FROM ledger_transactions
WHERE id > %s AND id <= %s AND NOT pg_visible_in_snapshot(xid, %s::text::pg_snapshot)
"""

_LOOK = f"""
WITH found AS MATERIALIZED (
    SELECT unnest(%(late)s::bigint[]) AS id
    UNION ALL
    (SELECT id FROM ledger_transactions WHERE id > %(last)s ORDER BY id LIMIT %(size)s)
), entries AS MATERIALIZED (
    SELECT e.transaction_id, count(*) AS count, {ENTRY_ROWS} AS rows
    FROM ledger_entries e WHERE e.transaction_id IN (SELECT id FROM found)
    GROUP BY e.transaction_id
)
SELECT count(*), coalesce(sum(entries.count), 0)::bigint, min(t.id), max(t.id), {CONTENTS}
FROM found JOIN ledger_transactions t USING (id)
LEFT JOIN entries ON entries.transaction_id = t.id
"""  # noqa: S608  (no input in it)

_DIGESTS = f"""
SELECT t.id, {DIGEST}
FROM ledger_transactions t LEFT JOIN LATERAL (
    SELECT {ENTRY_ROWS} AS rows FROM ledger_entries e WHERE e.transaction_id = t.id
) entries ON true
WHERE t.id = ANY(%s)
"""  # noqa: S608  (no input in it)

# A prepared transaction has no process, and keeps the lock on its own number.
_RUNNING = """
SELECT coalesce(array_agg(DISTINCT virtualtransaction), '{}') FROM pg_locks
WHERE locktype IN ('virtualxid', 'transactionid') AND granted
    AND pid IS DISTINCT FROM pg_backend_pid()
"""


@dataclass(frozen=True)
class Seen:
    """What one look into the ledger found that no seal covers."""

    transaction_count: int
    entry_count: int
    first_id: int
    last_id: int
    contents: bytes
    snapshot: str
    """Taken first: what it shows up to `last_id` is sealed by now."""


def look(last: LedgerSeal | None, settled: int, size: int) -> Seen:
    """Return everything late, and up to `size` transactions above the last sealed one."""
    last_id = last.last_id if last else 0
    late, snapshot = _late(last, settled)
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, {"late": late, "last": last_id, "size": size})
        count, entry_count, lowest, highest, contents = cursor.fetchone()
    return Seen(
        transaction_count=count,
        entry_count=entry_count,
        first_id=lowest or last_id,
        last_id=max(highest or 0, last_id),
        contents=bytes(contents),
        snapshot=snapshot,
    )


def _late(last: LedgerSeal | None, settled: int) -> tuple[list[int], str]:
    """Return what commits late, and the snapshot of this look."""
    known = (last.last_id, last.search["snapshot"]) if last else (0, "1:1:")
    with connection.cursor() as cursor:
        cursor.execute(_LATE, [settled, *known])
        candidates, snapshot = cursor.fetchone()
    return sorted(set(candidates) - _sealed_among(candidates, settled)), snapshot


def _sealed_among(candidates: list[int], settled: int) -> set[int]:
    """Return which of these a seal contains; none that ends before them needs to be opened."""
    sealed: set[int] = set()
    if candidates:
        seals = LedgerSeal.objects.values_list("last_id", "contents")
        for last_id, contents in seals.iterator(chunk_size=10):
            if last_id <= settled:
                break
            sealed |= {number for number, _digest in records(bytes(contents))}
    return sealed


def running() -> list[str]:
    """Return who is in the middle of a transaction on this server, ourselves left out.

    To be asked *before* a look to learn who has ended, and *after* it to learn whom to watch.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RUNNING)
        (names,) = cursor.fetchone()
    return list(names)


def digests_of(transaction_ids: list[int]) -> dict[int, bytes]:
    """Return the digest that each of these transactions has now; a missing one is left out."""
    with connection.cursor() as cursor:
        cursor.execute(_DIGESTS, [transaction_ids])
        return {number: bytes(digest) for number, digest in cursor}


def records(contents: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the digest of each transaction in the contents of a seal."""
    size = _NUMBER_SIZE + DIGEST_SIZE
    for start in range(0, len(contents), size):
        middle = start + _NUMBER_SIZE
        number = int.from_bytes(contents[start:middle], signed=True)
        yield number, contents[middle : start + size]


def hash_of(seal: LedgerSeal) -> str:
    """Return the hash that the seal must carry."""
    head: tuple[int | str | datetime | dict[str, Any], ...] = (
        seal.number,
        seal.previous_hash,
        seal.sealed_at,
        seal.transaction_count,
        seal.entry_count,
        seal.first_id,
        seal.last_id,
        seal.contents_hash,
        seal.checkpoint_hash,
        seal.search,
    )
    return hashlib.sha256(canonical(head)).hexdigest()


def head_of(seal: LedgerSeal | None) -> str:
    """Return the seal as a head, `number:hash`, or nothing."""
    return f"{seal.number}:{seal.hash}" if seal else ""
