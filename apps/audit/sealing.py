"""The arithmetic of the seals, shared by those who seal and those who check.

    digest of an event    SHA-256 of its canonical line
    hash of a block       SHA-256 of its canonical head, then of the digests of its events

The head names the block before it by its hash, so the blocks form a chain. Whoever holds the hash
of one block outside the database can prove everything up to it.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import connection

from apps.audit.models import AuditBlock, AuditEvent

if TYPE_CHECKING:
    from uuid import UUID

BLOCK_SIZE = 10_000
DIGEST_SIZE = hashlib.sha256().digest_size
NO_HASH = "0" * 64

# Every seal ever made depends on these names and their order: a new column gets a new layout.
LAYOUT = 1
FIELDS = (
    "id",
    "at",
    "actor_id",
    "actor_name",
    "on_behalf_of_id",
    "action",
    "target_type_id",
    "target_id",
    "target_label",
    "before",
    "after",
    "reason",
    "outcome",
    "source",
    "ip_address",
    "request_id",
)


def _text(value: "datetime | UUID") -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def canonical(values: Sequence[Any]) -> bytes:
    """Return the one line that these values have, whatever the order of their keys."""
    line = json.dumps([LAYOUT, *values], default=_text, sort_keys=True, separators=(",", ":"))
    return line.encode()


def digests_of(event_ids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """Yield each of these events that exists with the digest that it has now, by id."""
    rows = AuditEvent.objects.filter(pk__in=event_ids).order_by("pk").values_list(*FIELDS)
    for row in rows.iterator(chunk_size=2_000):
        yield row[0], hashlib.sha256(canonical(row)).digest()


def hash_of(block: AuditBlock) -> str:
    """Return the hash that the block must carry."""
    head = (block.number, block.previous_hash, block.sealed_at, block.below, block.event_ids)
    return hashlib.sha256(canonical(head) + bytes(block.digests)).hexdigest()


def transactions_ended() -> int:
    """Return the number below which every transaction of the database has ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        (number,) = cursor.fetchone()
    return int(number)


def unsealed(last: AuditBlock | None, below: int) -> list[int]:
    """Return the ids of all events that no block covers yet.

    Rows of transactions below `last.below` were visible when that block was made. Later ones are
    few, so each is looked up. A database that was restored elsewhere counts its transactions anew:
    then everything is looked up, once.
    """
    is_restored = last is not None and below < last.below
    since = last.below if last else 0
    recent = "a.xid BETWEEN %s::text::xid8 AND (SELECT pg_current_xact_id())"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT a.id FROM audit_logs a WHERE {"true" if is_restored else recent}
                AND NOT EXISTS (SELECT FROM audit_blocks b WHERE b.event_ids @> ARRAY[a.id])
                ORDER BY a.id""",  # noqa: S608  (no input in it)
            [] if is_restored else [since],
        )
        return [event_id for (event_id,) in cursor]
