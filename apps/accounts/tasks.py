"""What the clock does to people."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone
from django.utils.translation import ngettext

from apps.accounts import services
from apps.audit.context import Origin, coming_from
from apps.audit.models import Source
from apps.common.jobs import sentence


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def expire_factor_resets() -> str:
    """End the resets of second factors that nobody confirmed within a day."""
    with coming_from(Origin(source=Source.JOB)):
        count = services.expire_factor_resets(now=timezone.now())
    return f"{count} expired" if count else ""


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def forget_sessions() -> str:
    """Delete sessions that are over, and what was listed of them."""
    count = services.forget_sessions(now=timezone.now())
    return sentence(
        ngettext("{count} old row is deleted.", "{count} old rows are deleted.", count), count
    )
