"""The jobs of the clock: each is a task with a name, and each run is written down."""

from pathlib import Path

import pytest
from django.conf import settings

from apps.accounts.models import User
from apps.audit.models import JobRun, RunOutcome
from apps.common.jobs import headers_of
from project.beat import HeartbeatScheduler
from project.celery import app
from project.testing.broker import Worker


def test_every_job_has_a_name_in_words() -> None:
    assert settings.JOB_NAMES.keys() == settings.CELERY_BEAT_SCHEDULE.keys()


def test_every_job_of_the_schedule_is_a_task() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)


def test_beat_puts_the_name_of_the_job_into_each_message(tmp_path: Path) -> None:
    scheduler = HeartbeatScheduler(app, schedule_filename=str(tmp_path / "beat"))
    named = {name: entry.options["headers"] for name, entry in scheduler.schedule.items()}
    assert named == {job: headers_of(job) for job in settings.CELERY_BEAT_SCHEDULE}


@pytest.mark.django_db(transaction=True)
def test_a_worker_writes_down_what_beat_sends(celery_worker: Worker, tmp_path: Path) -> None:
    adam = User.objects.create_user("adam@example.com", display_name="Adam")
    scheduler = HeartbeatScheduler(app, schedule_filename=str(tmp_path / "beat"))
    scheduler.apply_async(scheduler.schedule["reports-sweep"])
    app.send_task("apps.reports.tasks.sweep", headers=headers_of("reports-sweep", asked_by=adam.pk))
    # Nobody’s job: it is not written down.
    app.send_task("apps.reports.tasks.sweep")
    done = JobRun.objects.filter(outcome=RunOutcome.OK)
    celery_worker.until(lambda: done.count() == 2)
    assert {(run.job, run.asked_by_id) for run in done} == {
        ("reports-sweep", None),
        ("reports-sweep", adam.pk),
    }
