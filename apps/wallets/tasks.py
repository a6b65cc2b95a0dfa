"""What the worker does for the ledger."""

import logging

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.audit.context import Origin, coming_from
from apps.audit.models import Source
from apps.common.jobs import sentence
from apps.wallets import services

# Celery looks for tasks in this module.
from apps.wallets.checking.tasks import run_books_check as run_books_check  # noqa: PLC0414
from apps.wallets.importing import carrying_out
from apps.wallets.sealing import head_of

logger = logging.getLogger(__name__)

# Well below the broker's visibility timeout, after which a message is given to another worker too.
_SOFT_LIMIT, _HARD_LIMIT = 3000, 3300


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def expire_holds() -> str:
    """End the holds whose moment has passed; called twice, it ends each once."""
    with coming_from(Origin(source=Source.JOB)):
        count = services.expire_holds(now=timezone.now(), actor=User.objects.system())
    return sentence(ngettext("{count} hold has ended.", "{count} holds have ended.", count), count)


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def roll_up() -> str:
    """Give the entries of open wallets their places; called twice, each gets its place once."""
    count = services.roll_up()
    text = ngettext("{count} entry got its place.", "{count} entries got their places.", count)
    return sentence(text, count)


@shared_task(acks_late=True, soft_time_limit=_SOFT_LIMIT, time_limit=_HARD_LIMIT)
def import_journal(import_id: int) -> None:
    """Post one journal that was confirmed."""
    carrying_out.carry_out(import_id)


@shared_task
def sweep_imports() -> str:
    """Ring again for the journals that nobody has begun, or whose worker died."""
    waiting = carrying_out.waiting()
    for import_id in waiting:
        import_journal.delay(import_id)
    text = ngettext("{count} journal waits.", "{count} journals wait.", len(waiting))
    return sentence(text, len(waiting))


@shared_task
def seal_ledger() -> str:
    """Seal what is new, block by block; the head goes to the process log, too."""
    last = None
    with coming_from(Origin(source=Source.JOB)):
        while seal := services.seal_ledger(actor=User.objects.system()):
            last = seal
    if not last:
        return ""
    logger.info("The ledger is sealed up to %s", head_of(last))
    return _("Sealed up to block {number}.").format(number=last.number)


@shared_task
def check_books() -> str:
    """Have the books checked, as every night."""
    with coming_from(Origin(source=Source.JOB)):
        asked = services.check_books(actor=User.objects.system())
    return _("Check {number} is asked for.").format(number=asked.pk)


@shared_task
def sweep_books_checks() -> str:
    """Ring again for the checks that nobody works on."""
    with coming_from(Origin(source=Source.JOB)):
        count = services.sweep_books_checks()
    return sentence(ngettext("{count} check waits.", "{count} checks wait.", count), count)
