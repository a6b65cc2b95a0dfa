"""The jobs of the seals: to seal, and to take the heads of the chains out of the house."""

import logging
from smtplib import SMTPException

from celery import shared_task
from django.contrib.auth import get_user_model
from django.utils import timezone

from apps.audit import heads, services
from apps.audit.context import Origin, coming_from
from apps.audit.models import Source

logger = logging.getLogger(__name__)


@shared_task
def seal() -> None:
    """Seal what is new; the head goes to the process log, which is outside the database."""
    with coming_from(Origin(source=Source.JOB)):
        block = services.seal(actor=get_user_model().objects.system())
    if block:
        logger.info("The audit log is sealed up to %s:%s", block.number, block.hash)


@shared_task
def write_heads() -> None:
    """Keep each new head in the file; what could not be written now is written next time."""
    heads.write(now=timezone.now())


@shared_task(
    acks_late=True, autoretry_for=(SMTPException, OSError), retry_backoff=60, max_retries=8
)
def mail_heads() -> None:
    """Send the newest heads to those who keep them."""
    heads.mail(now=timezone.now())
