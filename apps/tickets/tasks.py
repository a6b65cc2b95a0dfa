"""What the clock does to tickets."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.audit.context import Origin, coming_from
from apps.audit.models import Source
from apps.common.jobs import sentence
from apps.tickets import services


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def expire() -> str:
    """End what nobody collected in time; called twice, it finds nothing the second time."""
    with coming_from(Origin(source=Source.JOB)):
        count = services.expire_uncollected(now=timezone.now(), actor=User.objects.system())
    text = ngettext(
        "{count} ticket was not collected in time.",
        "{count} tickets were not collected in time.",
        count,
    )
    return sentence(text, count)


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def remind() -> str:
    """Tell people what is to be collected or brought back; called twice, each is told once."""
    with coming_from(Origin(source=Source.JOB)):
        count = services.remind_all(now=timezone.now(), actor=User.objects.system())
    text = ngettext("{count} reminder is written.", "{count} reminders are written.", count)
    return sentence(text, count)
