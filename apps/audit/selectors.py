"""Questions about what was done."""

from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType

from apps.audit.models import AuditEvent

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet


def events_about(target: "Model") -> "QuerySet[AuditEvent]":
    """Return what was done to `target`, newest first."""
    return AuditEvent.objects.filter(
        target_type=ContentType.objects.get_for_model(target), target_id=str(target.pk)
    ).select_related("actor", "on_behalf_of")
