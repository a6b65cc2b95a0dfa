"""What the worker does for the ledger."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.context import Origin, coming_from
from apps.audit.models import Source
from apps.wallets import services
from apps.wallets.importing import carrying_out

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
