"""Every run of a job that the clock sends, written down from Celery’s own signals.

Beat puts the name of the job into the message (`project.beat`), so that no task knows of this. Runs
that found nothing to do share one row for as long as nothing happens between them; a job that runs
four times a minute would else fill the table. Failing to write a run down never fails the run:
Celery logs what a receiver raises.
"""

import socket
from datetime import datetime, timedelta
from typing import Any

from celery.signals import task_failure, task_postrun, task_prerun
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit.models import JobRun, RunOutcome
from apps.common.jobs import ASKED_BY_HEADER, JOB_HEADER

KEPT = timedelta(days=30)
# Above the hard limit of every task, after which its worker is killed.
LOST_AFTER = timedelta(hours=1)

_RUN = "assets_run"
_AGAIN = "RETRY"
_TEXT_LENGTH = 2000


def connect() -> None:
    """Listen to Celery, in whichever process runs tasks."""
    task_prerun.connect(begin, dispatch_uid="job runs begin")
    task_failure.connect(fail, dispatch_uid="job runs fail")
    task_postrun.connect(end, dispatch_uid="job runs end")


def begin(*, task_id: str, task: Any, **_signal: Any) -> None:
    """Write down that a run has begun, when the clock or a person asked for it."""
    headers = _headers(task)
    job = headers.get(JOB_HEADER)
    if not job:
        return
    now = timezone.now()
    # The same message once more: its worker died, or the task asked to be tried again.
    _lose(JobRun.objects.filter(job=job, task_id=task_id), now=now)
    run = JobRun.objects.create(
        job=job,
        task_id=task_id,
        outcome=RunOutcome.RUNNING,
        began_at=now,
        started_at=now,
        host=socket.gethostname(),
        asked_by_id=headers.get(ASKED_BY_HEADER),
    )
    setattr(task.request, _RUN, run.pk)


def fail(*, sender: Any, exception: BaseException, **_signal: Any) -> None:
    """Write down why a run failed."""
    _finish(sender, outcome=RunOutcome.FAILED, error=_words_of(exception))


def end(*, task: Any, retval: Any, state: str | None, **_signal: Any) -> None:
    """Write down what a run did; a failure has been written down before."""
    if state == _AGAIN:
        error = _("It is tried again: {why}").format(why=_words_of(retval))
        _finish(task, outcome=RunOutcome.FAILED, error=error)
    else:
        _finish(task, outcome=RunOutcome.OK, did=str(retval or ""))


def end_lost(*, now: datetime) -> int:
    """Fail the runs that must have ended long ago, and return how many."""
    return _lose(JobRun.objects.filter(started_at__lt=now - LOST_AFTER), now=now)


def forget(*, now: datetime) -> int:
    """Delete the rows that are older than they are kept, and return how many."""
    count, _by_model = JobRun.objects.filter(finished_at__lt=now - KEPT).delete()
    return count


def _headers(task: Any) -> dict[str, Any]:
    return {**(getattr(task.request, "headers", None) or {})}


def _words_of(failure: object) -> str:
    """Return the last line of a traceback."""
    said = " ".join(str(failure).split())
    return f"{type(failure).__name__}: {said}".rstrip(": ")[:_TEXT_LENGTH]


@transaction.atomic
def _finish(task: Any, *, outcome: RunOutcome, did: str = "", error: str = "") -> None:
    # Zero is no row: nobody wrote down that it has begun.
    run_id: int = getattr(task.request, _RUN, 0)
    run = JobRun.objects.select_for_update(of=("self",)).filter(pk=run_id).first()
    if run is None or run.outcome != RunOutcome.RUNNING:
        return
    run.outcome, run.did, run.error = outcome, did[:_TEXT_LENGTH], error
    run.finished_at = timezone.now()
    if _is_idle(run) and (before := _idle_before(run)):
        before.started_at, before.finished_at = run.started_at, run.finished_at
        before.host = run.host
        before.run_count += 1
        before.save(update_fields=("started_at", "finished_at", "host", "run_count"))
        run.delete()
    else:
        run.save(update_fields=("outcome", "did", "error", "finished_at"))


def _is_idle(run: JobRun) -> bool:
    """Tell whether the clock sent it, and it found nothing."""
    return run.outcome == RunOutcome.OK and not run.did and run.asked_by_id is None


def _idle_before(run: JobRun) -> JobRun | None:
    """Return the row of the run before, of the same day, when that found nothing either."""
    before = (
        JobRun.objects.select_for_update(of=("self",))
        .filter(job=run.job, pk__lt=run.pk)
        .order_by("-started_at", "-pk")
        .first()
    )
    if before is None or not _is_idle(before):
        return None
    days = (timezone.localdate(before.began_at), timezone.localdate(run.started_at))
    return before if days[0] == days[1] else None


def _lose(runs: Any, *, now: datetime) -> int:
    """Fail runs that are still called running, though nobody works on them."""
    return int(
        runs.filter(outcome=RunOutcome.RUNNING).update(
            outcome=RunOutcome.FAILED,
            finished_at=now,
            error=_("The worker stopped; nobody knows how far it got."),
        )
    )
