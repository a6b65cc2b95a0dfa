"""The doorbell of the notices; the rows are the promise."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from apps.notifications import delivery


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def deliver(notice_id: int) -> None:
    """Send one notice."""
    delivery.deliver(notice_id)


@shared_task
def sweep() -> None:
    """Ring again for what is due, and close what a dead worker left."""
    now = timezone.now()
    delivery.close_lost(now=now)
    for notice in delivery.due(now=now):
        deliver.delay(notice.pk)
