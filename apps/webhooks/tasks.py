"""The doorbell of the webhooks; the rows are the promise."""

from celery import shared_task
from django.db import OperationalError
from django.utils.translation import ngettext

from apps.common.doorbell import ring
from apps.common.jobs import sentence
from apps.webhooks import delivery, keeping

SWEPT_EVERY = 60
"""Seconds, as in the beat's schedule."""


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def deliver(subscription_id: int) -> None:
    """Send a subscription what is due, and come back for the rest when others had their turn."""
    pause = delivery.deliver(subscription_id)
    if pause is not None:
        ring(deliver, [subscription_id], countdown=pause)


@shared_task
def wake(subscription_ids: list[int]) -> None:
    """Wake a worker for each of these subscriptions."""
    ring(deliver, subscription_ids)


@shared_task
def sweep() -> str:
    """Take back what a dead worker left, and ring again for what is due; say how much."""
    lost_count = delivery.take_back_lost()
    due = delivery.due()
    # The next sweep rings again: while all workers are busy, they need not pile up.
    ring(deliver, due, expires=SWEPT_EVERY)
    waiting = ngettext("{count} subscription is due.", "{count} subscriptions are due.", len(due))
    lost = ngettext(
        "{count} message was lost with its worker.",
        "{count} messages were lost with their workers.",
        lost_count,
    )
    return " ".join(filter(None, (sentence(waiting, len(due)), sentence(lost, lost_count))))


@shared_task
def forget() -> str:
    """Delete old messages with their attempts; say how many."""
    count = keeping.forget()
    text = ngettext("{count} old message is deleted.", "{count} old messages are deleted.", count)
    return sentence(text, count)
