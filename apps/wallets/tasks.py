"""What the worker does for the ledger."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.context import Origin, coming_from
from apps.audit.models import Source
from apps.wallets import services


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def expire_holds() -> int:
    """End the holds whose moment has passed; called twice, it ends each once."""
    with coming_from(Origin(source=Source.JOB)):
        return services.expire_holds(now=timezone.now(), actor=User.objects.system())


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def roll_up() -> int:
    """Give the entries of open wallets their places; called twice, each gets its place once."""
    return services.roll_up()
