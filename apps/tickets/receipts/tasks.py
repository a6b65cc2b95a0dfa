"""The doorbell of the receipts; a handing without one is the promise."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from apps.tickets.receipts import making


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def make_receipt(handing_id: int) -> None:
    """Make one receipt."""
    making.make(handing_id)


@shared_task
def sweep_receipts() -> str:
    """Ring again for the handings that have no receipt; say how many."""
    waiting = making.waiting(now=timezone.now())
    for handing_id in waiting:
        make_receipt.delay(handing_id)
    return f"{len(waiting)} receipts asked for again" if waiting else ""
