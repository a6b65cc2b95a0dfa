"""The doorbell of the notices; the rows are the promise."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone
from django.utils.translation import ngettext

from apps.common.jobs import sentence
from apps.notifications import delivery


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def deliver(notice_id: int) -> None:
    """Send one notice."""
    delivery.deliver(notice_id)


@shared_task
def sweep() -> str:
    """Ring again for what is due, and close what a dead worker left; say how many."""
    now = timezone.now()
    lost_count = delivery.close_lost(now=now)
    due = delivery.due(now=now)
    for notice in due:
        deliver.delay(notice.pk)
    waiting = ngettext("{count} e-mail is due.", "{count} e-mails are due.", len(due))
    lost = ngettext(
        "{count} e-mail was lost with its worker.",
        "{count} e-mails were lost with their workers.",
        lost_count,
    )
    return " ".join(filter(None, (sentence(waiting, len(due)), sentence(lost, lost_count))))
