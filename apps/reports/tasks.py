"""The doorbell of the runs; the rows are the promise."""

from celery import shared_task
from django.utils import timezone

from apps.reports import building, ending, leases

# Well below the broker's visibility timeout, after which a message is given to another worker too.
_SOFT_LIMIT, _HARD_LIMIT = 3000, 3300


@shared_task(acks_late=True, soft_time_limit=_SOFT_LIMIT, time_limit=_HARD_LIMIT)
def build(run_id: int) -> None:
    """Make one run."""
    building.build(run_id)


@shared_task
def sweep() -> None:
    """Ring again for the runs that nobody works on, and end those that no worker survives."""
    ending.give_up()
    for run_id in leases.abandoned():
        build.delay(run_id)


@shared_task
def remove_expired() -> None:
    """Delete the files whose day has come."""
    ending.remove_expired(now=timezone.now())
