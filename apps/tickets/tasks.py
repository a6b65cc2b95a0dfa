"""What the clock does to tickets."""

import logging

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.context import Origin, coming_from
from apps.audit.models import Source
from apps.tickets import services
from apps.tickets.receipts.tasks import make_receipt, sweep_receipts

__all__ = ["expire", "make_receipt", "sweep_receipts"]

logger = logging.getLogger(__name__)


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def expire() -> None:
    """End what nobody collected in time; called twice, it finds nothing the second time."""
    with coming_from(Origin(source=Source.JOB)):
        count = services.expire_uncollected(now=timezone.now(), actor=User.objects.system())
    if count:
        logger.info("%s tickets were not collected in time", count)
