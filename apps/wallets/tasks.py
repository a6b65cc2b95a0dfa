"""What the worker does for the ledger."""

import logging

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.context import Origin, coming_from
from apps.audit.models import Source
from apps.wallets import services

# Celery looks for tasks in this module.
from apps.wallets.checking.tasks import run_books_check as run_books_check  # noqa: PLC0414
from apps.wallets.importing import carrying_out
from apps.wallets.sealing import head_of

logger = logging.getLogger(__name__)

# Well below the broker's visibility timeout, after which a message is given to another worker too.
_SOFT_LIMIT, _HARD_LIMIT = 3000, 3300


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def expire_holds() -> int:
    """End the holds whose moment has passed; called twice, it ends each once."""
    with coming_from(Origin(source=Source.JOB)):
        return services.expire_holds(now=timezone.now(), actor=User.objects.system())


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def roll_up() -> int:
    """Give the entries of open wallets their places; called twice, each gets its place once."""
    return services.roll_up()


@shared_task(acks_late=True, soft_time_limit=_SOFT_LIMIT, time_limit=_HARD_LIMIT)
def import_journal(import_id: int) -> None:
    """Post one journal that was confirmed."""
    carrying_out.carry_out(import_id)


@shared_task
def sweep_imports() -> None:
    """Ring again for the journals that nobody has begun, or whose worker died."""
    for import_id in carrying_out.waiting():
        import_journal.delay(import_id)


@shared_task
def seal_ledger() -> None:
    """Seal what is new, block by block; the head goes to the process log, too."""
    last = None
    with coming_from(Origin(source=Source.JOB)):
        while seal := services.seal_ledger(actor=User.objects.system()):
            last = seal
    if last:
        logger.info("The ledger is sealed up to %s", head_of(last))


@shared_task
def check_books() -> None:
    """Have the books checked, as every night."""
    with coming_from(Origin(source=Source.JOB)):
        services.check_books(actor=User.objects.system())


@shared_task
def sweep_books_checks() -> None:
    """Ring again for the checks that nobody works on."""
    with coming_from(Origin(source=Source.JOB)):
        services.sweep_books_checks()
