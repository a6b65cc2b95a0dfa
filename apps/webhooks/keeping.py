"""How long messages are kept."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from apps.webhooks.models import Attempt, Message
from apps.webhooks.states import MessageStatus

KEPT = timedelta(days=30)
"""The database refuses to delete attempts that are younger."""
_BATCH = 1000


def forget() -> int:
    """Delete the messages that are older than `KEPT`, with their attempts; return how many.

    So are those that never went out, because their subscription was paused or disabled so long.
    """
    count = 0
    while deleted := _forget_some():
        count += deleted
    return count


@transaction.atomic
def _forget_some() -> int:
    before = timezone.now() - KEPT
    old = (
        Message.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(created_at__lt=before)
        .exclude(status=MessageStatus.SENDING)
        # One that was replayed lately has attempts that are kept.
        .exclude(attempts__at__gte=before)
        .order_by("created_at")
        .values_list("pk", flat=True)[:_BATCH]
    )
    ids = list(old)
    Attempt.objects.filter(message__in=ids).delete()
    Message.objects.filter(pk__in=ids).delete()
    return len(ids)
