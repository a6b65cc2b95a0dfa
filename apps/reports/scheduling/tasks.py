"""The clock's doorbell."""

from celery import shared_task
from django.utils import timezone
from django.utils.translation import ngettext

from apps.common.jobs import sentence
from apps.reports.scheduling import firing


@shared_task
def fire_schedules() -> str:
    """Run the reports that are due; say how many."""
    count = firing.fire_due(now=timezone.now())
    text = ngettext("{count} report is run.", "{count} reports are run.", count)
    return sentence(text, count)
