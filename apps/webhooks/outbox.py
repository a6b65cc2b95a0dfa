"""The outbox: messages are written in the transaction of the deed that they tell of.

One statement finds the subscriptions and writes a message for each. Which subscriptions there are
is asked each time and never remembered: a program that has just subscribed misses nothing.
"""

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import timezone

from apps.common.doorbell import ring
from apps.webhooks import tasks
from apps.webhooks.catalogue import BY_DEED, Event
from apps.webhooks.states import COLLECTING, MessageStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import Model

    from apps.audit.models import AuditEvent

_WRITE = """
INSERT INTO webhook_messages
    (subscription_id, webhook_id, event, object_id, body, status, attempt_count, attempt_at)
SELECT s.id, 'msg_' || replace(gen_random_uuid()::text, '-', ''), told.event, told.object_id,
       told.body, %(waiting)s, 0, %(now)s
  FROM unnest(%(events)s::text[], %(object_ids)s::text[], %(bodies)s::text[])
       WITH ORDINALITY AS told (event, object_id, body, place)
  JOIN webhook_subscriptions s
    ON s.status = ANY (%(collecting)s) AND told.event = ANY (s.events)
 ORDER BY told.place, s.id
RETURNING subscription_id
"""


def write(told: "Sequence[tuple[AuditEvent, Model | None]]") -> None:
    """Write a message for each subscription to each deed of the catalogue, and wake a worker."""
    now = timezone.now()
    rows = [
        (event.name, audit_event.target_id, body_of(event, audit_event, now=now))
        for audit_event, target in told
        if (event := BY_DEED.get(audit_event.action)) and isinstance(target, event.thing.model)
    ]
    if not rows:
        return
    events, object_ids, bodies = (list(column) for column in zip(*rows, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            {
                "waiting": MessageStatus.WAITING.value,
                "collecting": [status.value for status in COLLECTING],
                "now": now,
                "events": events,
                "object_ids": object_ids,
                "bodies": bodies,
            },
        )
        subscription_ids = sorted({subscription_id for (subscription_id,) in cursor.fetchall()})
    if subscription_ids:
        transaction.on_commit(partial(ring, tasks.deliver, subscription_ids))


def body_of(event: Event, audit_event: "AuditEvent", *, now: "datetime") -> str:
    """Return what is sent: what it is about and where it is found, but nothing of what it says.

    The shape is that of https://github.com/standard-webhooks, “thin” payloads.
    """
    return as_json(
        event.name,
        {
            "object": event.thing.name,
            "id": audit_event.target_id,
            "url": event.thing.path.format(id=audit_event.target_id),
            "changed": changed(event, audit_event),
            "request_id": str(audit_event.request_id),
        },
        now=now,
    )


def changed(event: Event, audit_event: "AuditEvent") -> list[str]:
    """Return the names of the fields that the deed changed: names only, and only of fields."""
    before, after = audit_event.before, audit_event.after
    return sorted(
        name
        for name in (before.keys() | after.keys()) & event.thing.field_names
        if before.get(name) != after.get(name)
    )


def as_json(event: str, data: dict[str, Any], *, now: "datetime") -> str:
    """Return the text of a message, as it is signed."""
    message = {
        "type": event,
        "timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": data,
    }
    return json.dumps(message, separators=(",", ":"))
