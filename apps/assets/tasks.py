"""What the clock does to assets."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from apps.accounts.models import User
from apps.assets import services
from apps.audit.context import Origin, coming_from
from apps.audit.models import Source


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def plan_maintenance() -> str:
    """Give maintenance that comes due its time; say how much was planned and dropped."""
    with coming_from(Origin(source=Source.JOB)):
        planned, dropped = services.plan_maintenance(
            now=timezone.now(), actor=User.objects.system()
        )
    parts = [f"{planned} planned"] if planned else []
    parts += [f"{dropped} dropped"] if dropped else []
    return f"Maintenance: {', '.join(parts)}" if parts else ""
