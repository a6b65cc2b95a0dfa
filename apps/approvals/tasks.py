"""What the clock does to requests for approval."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from apps.accounts.models import User
from apps.approvals import services
from apps.audit.context import Origin, coming_from
from apps.audit.models import Source


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def remind_and_escalate() -> str:
    """Remind those who decide, and let others decide too where it has waited too long."""
    with coming_from(Origin(source=Source.JOB)):
        return services.remind_and_escalate(now=timezone.now(), actor=User.objects.system())
