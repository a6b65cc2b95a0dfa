"""The sealing job."""

import logging

from celery import shared_task
from django.contrib.auth import get_user_model

from apps.audit import services
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
