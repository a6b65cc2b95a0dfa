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
(`watched`). Once all of them have ended, and one more look has found what they left, nothing with
a number up to that seal's last one can appear any more (`settled`), and only what lies between is
looked through, for transactions that the seal's snapshot did not show and that no seal contains.

A database that was restored elsewhere counts its transactions anew, perhaps from lower numbers.
Its rows up to the last seal's number are all from before, as the snapshot is with which they are
compared; and when one seems new that is not, a seal contains it.
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
_RECORD_SIZE = _NUMBER_SIZE + DIGEST_SIZE

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

_END = """
SELECT max(id) FROM (
    SELECT id FROM ledger_transactions WHERE id > %s ORDER BY id LIMIT %s
) next
"""
# By range on both sides: a join would make PostgreSQL begin each time at the first transaction.
_STRETCH = f"""
SELECT coalesce(sum(entries.count), 0)::bigint, {CONTENTS}
FROM (
    SELECT * FROM ledger_transactions WHERE id > %(after)s AND id <= %(until)s
) t
LEFT JOIN (
    SELECT e.transaction_id, count(*) AS count, {ENTRY_ROWS} AS rows
    FROM ledger_entries e
    WHERE e.transaction_id > %(after)s AND e.transaction_id <= %(until)s
    GROUP BY e.transaction_id
) entries ON entries.transaction_id = t.id
"""  # noqa: S608  (no input in it)

_SCATTERED = f"""
SELECT coalesce(sum(entries.count), 0)::bigint, {CONTENTS}
FROM ledger_transactions t LEFT JOIN LATERAL (
    SELECT count(*) AS count, {ENTRY_ROWS} AS rows
    FROM ledger_entries e WHERE e.transaction_id = t.id
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
class Contents:
    """What a seal would contain of some transactions, by number."""

    entry_count: int
    records: bytes

    @property
    def transaction_count(self) -> int:
        """How many transactions these are."""
        return len(self.records) // _RECORD_SIZE

    def by_number(self) -> dict[int, bytes]:
        """Return the digest of each transaction."""
        return dict(records(self.records))


@dataclass(frozen=True)
class Seen:
    """What one look into the ledger found that no seal covers."""

    contents: Contents
    first_id: int
    last_id: int
    snapshot: str
    """Taken first: what it shows up to `last_id` is sealed by now."""


def look(last: LedgerSeal | None, size: int) -> Seen:
    """Return everything late, and up to `size` transactions above the last sealed one."""
    last_id = last.last_id if last else 0
    late_ids, snapshot = _late(last)
    late = contents_of(late_ids)
    with connection.cursor() as cursor:
        cursor.execute(_END, [last_id, size])
        (until,) = cursor.fetchone()
    new = contents_between(last_id, until or last_id)
    everything = Contents(late.entry_count + new.entry_count, late.records + new.records)
    first_id = next(records(everything.records), (last_id, b""))[0]
    return Seen(everything, first_id, until or last_id, snapshot)


def contents_between(after: int, until: int) -> Contents:
    """Return what is there with a number above `after`, up to `until`."""
    with connection.cursor() as cursor:
        cursor.execute(_STRETCH, {"after": after, "until": until})
        entry_count, found = cursor.fetchone()
    return Contents(entry_count, bytes(found))


def contents_of(transaction_ids: list[int]) -> Contents:
    """Return what is there of these transactions; a missing one is left out."""
    if not transaction_ids:
        return Contents(0, b"")
    with connection.cursor() as cursor:
        cursor.execute(_SCATTERED, [transaction_ids])
        entry_count, found = cursor.fetchone()
    return Contents(entry_count, bytes(found))


def _late(last: LedgerSeal | None) -> tuple[list[int], str]:
    """Return what commits late, and the snapshot of this look."""
    settled = last.search["settled"] if last else 0
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
            sealed |= {number for number, _digest in records(contents)}
    return sealed


def running() -> list[str]:
    """Return who is in the middle of a transaction on this server, ourselves left out.

    To be asked *before* a look to learn who has ended, and *after* it to learn whom to watch.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RUNNING)
        (names,) = cursor.fetchone()
    return list(names)


def records(contents: "bytes | memoryview") -> Iterator[tuple[int, bytes]]:
    """Yield the number and the digest of each transaction in the contents of a seal."""
    contents = bytes(contents)
    for start in range(0, len(contents), _RECORD_SIZE):
        middle = start + _NUMBER_SIZE
        number = int.from_bytes(contents[start:middle], signed=True)
        yield number, contents[middle : start + _RECORD_SIZE]


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
