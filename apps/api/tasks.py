"""What the worker does for the API."""

from celery import shared_task
from django.utils import timezone
from django.utils.translation import ngettext

from apps.api import idempotency
from apps.common.jobs import sentence


@shared_task
def forget_answers() -> str:
    """Delete the kept answers that nobody asks for again; called twice, they are gone once."""
    count = idempotency.forget(now=timezone.now())
    text = ngettext("{count} kept answer is gone.", "{count} kept answers are gone.", count)
    return sentence(text, count)
