"""The doorbell of the runs; the rows are the promise."""

from celery import shared_task
from django.utils import timezone
from django.utils.translation import ngettext

from apps.common.jobs import sentence
from apps.reports import building, ending, leases

# Well below the broker's visibility timeout, after which a message is given to another worker too.
_SOFT_LIMIT, _HARD_LIMIT = 3000, 3300


@shared_task(acks_late=True, soft_time_limit=_SOFT_LIMIT, time_limit=_HARD_LIMIT)
def build(run_id: int) -> None:
    """Make one run."""
    building.build(run_id)


@shared_task
def sweep() -> str:
    """Ring again for the runs that nobody works on, and end those that no worker survives."""
    ending.give_up()
    abandoned = list(leases.abandoned())
    for run_id in abandoned:
        build.delay(run_id)
    text = ngettext("{count} report waits.", "{count} reports wait.", len(abandoned))
    return sentence(text, len(abandoned))


@shared_task
def remove_expired() -> str:
    """Delete the files whose day has come; say how many runs they were of."""
    count = ending.remove_expired(now=timezone.now())
    text = ngettext(
        "The files of {count} report are deleted.",
        "The files of {count} reports are deleted.",
        count,
    )
    return sentence(text, count)
