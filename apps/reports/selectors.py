"""Questions about runs."""

from apps.reports.models import ReportRun
from apps.reports.states import Status


def ahead_of(run: ReportRun) -> int:
    """Return how many runs wait in the same queue, and before this one; 0 when it does not wait."""
    if run.status != Status.QUEUED:
        return 0
    queue = ReportRun.objects.of_size(is_small=run.is_small)
    return queue.filter(status=Status.QUEUED, pk__lt=run.pk).count()
