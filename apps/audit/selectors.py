"""Questions about the audit log; each is answered by an index, however long the log is."""

from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Q, QuerySet

from apps.audit.models import AuditBlock, AuditEvent

if TYPE_CHECKING:
    from django.db.models import Model


def events_about(target: "Model") -> QuerySet[AuditEvent]:
    """Return what was done to `target`, the newest first."""
    return AuditEvent.objects.filter(
        target_type=ContentType.objects.get_for_model(target), target_id=str(target.pk)
    ).select_related("actor", "on_behalf_of")


def seal_of(event: AuditEvent) -> AuditBlock | None:
    """Return the block that covers the event, once there is one."""
    blocks = AuditBlock.objects.filter(event_ids__contains=[event.pk])
    return blocks.defer("event_ids", "digests").first()


def known_actions() -> list[str]:
    """Return every action that was ever recorded, in one look into the index for each."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE known AS (
                (SELECT action FROM audit_logs ORDER BY action LIMIT 1)
                UNION ALL
                SELECT (
                    SELECT a.action FROM audit_logs a WHERE a.action > known.action
                    ORDER BY a.action LIMIT 1
                )
                FROM known WHERE known.action IS NOT NULL
            )
            SELECT action FROM known WHERE action IS NOT NULL
            """
        )
        return [action for (action,) in cursor]


def found(term: str) -> Q:
    """Return which events somebody means who types `term`.

    The beginning of the target's name, a part of an action, the id of a request, or the number of
    an event.
    """
    term = term.strip()
    means = Q(target_label__istartswith=term)
    if actions := [action for action in known_actions() if term.lower() in action]:
        means |= Q(action__in=actions)
    if term.isascii() and term.isdigit():
        means |= Q(pk=int(term[:18]))
    with suppress(ValueError):
        means |= Q(request_id=UUID(term))
    return means
