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
from apps.tickets.receipts.tasks import make_receipt, sweep_receipts

__all__ = ["expire", "make_receipt", "remind", "sweep_receipts"]


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
def collect_receivables() -> str:
    """Take from wallets what their owners owe; called twice, the second finds nothing."""
    with coming_from(Origin(source=Source.JOB)):
        count = services.collect_what_is_there(actor=User.objects.system())
    return f"Collected from {count} wallets" if count else ""


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def remind_debtors() -> str:
    """Remind those who owe, each as often as the calendar says."""
    with coming_from(Origin(source=Source.JOB)):
        count = services.remind_debtors(now=timezone.now(), actor=User.objects.system())
    return f"Reminded {count} people of what they owe" if count else ""


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def expire_extensions() -> str:
    """End the extensions on which nobody decided in time; say how many."""
    with coming_from(Origin(source=Source.JOB)):
        count = services.expire_extensions(now=timezone.now(), actor=User.objects.system())
    return f"{count} extensions ended without a decision" if count else ""


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def offer_what_is_free() -> str:
    """Offer what is free to whoever waits first; say how many offers were made and lapsed."""
    with coming_from(Origin(source=Source.JOB)):
        offered, lapsed = services.offer_what_is_free(
            now=timezone.now(), actor=User.objects.system()
        )
    parts = [f"{offered} offered"] if offered else []
    parts += [f"{lapsed} lapsed"] if lapsed else []
    return f"Waiting list: {', '.join(parts)}" if parts else ""


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def remind() -> str:
    """Tell people what is to be collected or brought back; called twice, each is told once."""
    with coming_from(Origin(source=Source.JOB)):
        count = services.remind_all(now=timezone.now(), actor=User.objects.system())
    text = ngettext("{count} reminder is written.", "{count} reminders are written.", count)
    return sentence(text, count)
