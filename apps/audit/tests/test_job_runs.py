"""What is kept of the runs of jobs: every deed and failure, and one row for many idle runs."""

from datetime import timedelta
from typing import Any

import pytest
from celery import shared_task
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit import job_runs, tasks
from apps.audit.models import JobRun, RunOutcome
from apps.common.jobs import headers_of

JOB = "audit-seal"


@shared_task(name="tests.a_job")  # type: ignore[untyped-decorator]  # Celery has no types
def a_job(says: Any, fails: bool) -> Any:  # noqa: FBT001  (a task)
    """Say, or raise, what it is given."""
    if fails:
        raise ValueError(says)
    return says


@pytest.fixture
def job(db: None) -> Any:
    """Return a job, and a database for its runs."""
    return a_job


def run(job: Any, says: Any = "", *, fails: bool = False, headers: Any = None) -> None:
    job.apply((says, fails), headers=headers_of(JOB) if headers is None else headers)


def rows() -> list[tuple[str, str, str, int]]:
    found = JobRun.objects.order_by("pk")
    return [(row.outcome, row.did, row.error, row.run_count) for row in found]


def test_a_run_is_kept_with_what_it_did(job: Any) -> None:
    run(job, "Sealed up to block 7.")
    (row,) = JobRun.objects.all()
    assert (row.job, row.outcome, row.did) == (JOB, "ok", "Sealed up to block 7.")
    assert row.finished_at is not None
    assert row.finished_at >= row.started_at
    assert row.host
    assert row.asked_by is None


def test_a_failure_is_kept_with_the_last_line_of_its_traceback(job: Any) -> None:
    run(job, "no more\n  room", fails=True)
    assert rows() == [("failed", "", "ValueError: no more room", 1)]


def test_what_no_clock_has_sent_is_not_kept(job: Any) -> None:
    run(job, "By hand", headers={})
    assert rows() == []


def test_runs_that_found_nothing_share_a_row_until_something_happens(job: Any) -> None:
    for says in ("", None, 0, "Done.", "", ""):
        run(job, says)
    run(job, "broken", fails=True)
    run(job)
    assert rows() == [
        ("ok", "", "", 3),
        ("ok", "Done.", "", 1),
        ("ok", "", "", 2),
        ("failed", "", "ValueError: broken", 1),
        ("ok", "", "", 1),
    ]


def test_idle_runs_of_two_days_do_not_share_a_row(job: Any) -> None:
    run(job)
    yesterday = timezone.now() - timedelta(days=1)
    JobRun.objects.update(began_at=yesterday, started_at=yesterday, finished_at=yesterday)
    run(job)
    assert [row[3] for row in rows()] == [1, 1]


def test_a_run_that_a_person_asked_for_keeps_its_own_row(job: Any, adam: User) -> None:
    run(job)
    run(job, headers=headers_of(JOB, asked_by=adam.pk))
    run(job)
    assert [row[3] for row in rows()] == [1, 1, 1]
    assert JobRun.objects.get(asked_by=adam).outcome == RunOutcome.OK


def test_a_run_whose_worker_died_is_called_lost_when_its_message_comes_again(job: Any) -> None:
    now = timezone.now()
    JobRun.objects.create(
        job=JOB, task_id="again", outcome="running", began_at=now, started_at=now, host="here"
    )
    job.apply(("Done.", False), task_id="again", headers=headers_of(JOB))
    assert [row[:2] for row in rows()] == [("failed", ""), ("ok", "Done.")]
    assert "worker stopped" in rows()[0][2]


def test_the_job_of_the_rows_deletes_old_ones_and_ends_lost_ones(db: None) -> None:
    now = timezone.now()
    for age in (timedelta(hours=2), job_runs.KEPT + timedelta(days=1)):
        at = now - age
        JobRun.objects.create(
            job=JOB,
            outcome="running" if age < timedelta(days=1) else "ok",
            finished_at=None if age < timedelta(days=1) else at,
            task_id="x",
            began_at=at,
            started_at=at,
            host="here",
        )
    assert tasks.forget_runs() == "1 run was lost. 1 old row is deleted."
    assert tasks.forget_runs() == ""
    assert [row[0] for row in rows()] == ["failed"]


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"outcome": "ok"}, "job_run_finished_has_moment"),
        ({"outcome": "lucky"}, "job_run_has_outcome"),
        ({"outcome": "failed", "finished": True}, "job_run_failed_says_why"),
    ],
)
def test_the_database_refuses_a_run_that_cannot_be(
    db: None, fields: dict[str, Any], constraint: str
) -> None:
    now = timezone.now()
    finished_at = now if fields.pop("finished", False) or fields["outcome"] == "lucky" else None
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        JobRun.objects.create(
            job=JOB,
            task_id="x",
            host="here",
            began_at=now,
            started_at=now,
            finished_at=finished_at,
            **fields,
        )
