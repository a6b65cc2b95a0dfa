"""The doorbell of the runs; the rows are the promise."""

from collections.abc import Iterable
from typing import Any

from celery import shared_task
from django.utils import timezone
from django.utils.translation import ngettext

from apps.common.doorbell import ring
from apps.common.jobs import sentence
from apps.reports import building, ending, leases, orphans, parts
from apps.reports.models import ReportRun

# Well below the broker's visibility timeout, after which a message is given to another worker too.
_SOFT_LIMIT, _HARD_LIMIT = 3000, 3300
_PART_LIMIT = 300


@shared_task(acks_late=True, soft_time_limit=_SOFT_LIMIT, time_limit=_HARD_LIMIT)
def build(run_id: int) -> None:
    """Make one run."""
    building.build(run_id, ring=_ring_for_parts)


@shared_task(acks_late=True, soft_time_limit=_SOFT_LIMIT, time_limit=_HARD_LIMIT)
def build_small(run_id: int) -> None:
    """Make one run that takes seconds; it has a queue of its own, so as not to wait for others."""
    building.build(run_id, ring=_ring_for_parts)


@shared_task(acks_late=True, soft_time_limit=_PART_LIMIT, time_limit=2 * _PART_LIMIT)
def print_part(part_id: int) -> None:
    """Print some pages of a run."""
    parts.help_with(part_id)


def _ring_for_parts(part_ids: Iterable[int]) -> None:
    ring(print_part, part_ids)


def bell_of(run: ReportRun) -> Any:
    """Return the task that makes the run, by its size."""
    return build_small if run.is_small else build


@shared_task
def sweep() -> str:
    """Ring again for the runs that nobody works on, and end those that no worker survives."""
    ending.give_up()
    abandoned = ReportRun.objects.filter(pk__in=leases.abandoned()).order_by("pk")
    for run in abandoned:
        bell_of(run).delay(run.pk)
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


@shared_task
def sweep_orphans() -> str:
    """Remove files and parts that belong to no run; say how many attempts left them."""
    count = orphans.remove()
    text = ngettext(
        "What {count} lost attempt left behind is removed.",
        "What {count} lost attempts left behind is removed.",
        count,
    )
    return sentence(text, count)
