"""The operations page: which jobs there are, which are late, and the button that runs one now."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import current_app
from celery.schedules import crontab, schedule
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from apps.accounts.models import User
from apps.audit import operations
from apps.audit.models import AuditEvent, JobRun
from apps.common.jobs import headers_of

PAGE = reverse("admin:audit_jobrun_changelist")
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def ran(job: str = "audit-seal", *, ago: timedelta = timedelta(0), **fields: Any) -> JobRun:
    at = timezone.now() - ago
    return JobRun.objects.create(
        **{
            "job": job,
            "task_id": "x",
            "host": "worker-1",
            "outcome": "ok",
            "began_at": at,
            "started_at": at,
            "finished_at": at,
            **fields,
        }
    )


def standing_of(slug: str) -> str:
    now = timezone.now()
    return next(job.standing(now) for job in operations.jobs(now=now) if job.slug == slug)


@pytest.mark.parametrize(
    ("rhythm", "words"),
    [
        (schedule(timedelta(seconds=15)), "every 15 seconds"),
        (schedule(timedelta(minutes=1)), "every minute"),
        (schedule(timedelta(minutes=5)), "every 5 minutes"),
        (schedule(timedelta(hours=1)), "every hour"),
        (crontab(hour="3", minute="0"), "every day at 03:00"),
    ],
)
def test_a_schedule_reads_as_words(rhythm: Any, words: str) -> None:
    assert operations.rhythm_of(rhythm) == words


def test_another_schedule_reads_as_cron_writes_it() -> None:
    assert "6 0 * * mon" not in operations.rhythm_of(crontab(hour="6", minute="0"))
    assert "mon" in operations.rhythm_of(crontab(hour="6", minute="0", day_of_week="mon"))


def test_the_next_run_follows_from_the_last() -> None:
    assert operations.next_after(schedule(timedelta(minutes=5)), NOON) == NOON + timedelta(
        minutes=5
    )
    daily = crontab(hour="3", minute="0")
    assert operations.next_after(daily, NOON) == datetime(2026, 5, 5, 3, tzinfo=UTC)


def test_a_job_is_late_after_twice_its_interval(db: None) -> None:
    run = ran(ago=timedelta(minutes=2, seconds=50))
    assert standing_of("audit-seal") == "ok"
    run.started_at -= timedelta(minutes=1)
    run.save()
    assert standing_of("audit-seal") == "late"


def test_a_job_that_never_ran_is_late_when_the_others_have_run_for_long(db: None) -> None:
    ran(ago=timedelta(seconds=5))
    assert standing_of("wallets-seal") == "waiting"
    ran(ago=timedelta(hours=1))
    assert standing_of("wallets-seal") == "late"
    assert standing_of("wallets-check-books") == "waiting"


def test_the_page_shows_what_jobs_did_and_which_failed(client: Client, adam: User) -> None:
    ran(did="Sealed up to block 7.")
    ran("wallets-seal", outcome="failed", error="ValueError: no <b>room</b>")
    client.force_login(adam)
    page = client.get(PAGE).content.decode()
    for text in ("Seal the audit log", "every minute", "Sealed up to block 7.", "never yet"):
        assert text in page
    assert "no &lt;b&gt;room&lt;/b&gt;" in page
    assert "1 job failed or is late" in page
    assert page.index("Seal the ledger") < page.index("Seal the audit log")
    assert "Run now" in page
    runs = client.get(PAGE, {"job": "wallets-seal"}).content.decode()
    assert "ValueError" in runs


def test_the_page_asks_the_same_number_of_questions_for_many_runs(
    client: Client, adam: User, django_assert_num_queries: Any
) -> None:
    client.force_login(adam)
    client.get(PAGE)
    ran()
    with CaptureQueriesContext(connection) as few:
        client.get(PAGE)
    for job in settings.CELERY_BEAT_SCHEDULE:
        for number in range(3):
            ran(job, ago=timedelta(days=number), asked_by=adam)
    with django_assert_num_queries(len(few)):
        client.get(PAGE)


def test_an_auditor_reads_it_and_runs_nothing(client: Client, audrey: User) -> None:
    ran()
    client.force_login(audrey)
    page = client.get(PAGE)
    assert page.status_code == 200
    assert "Run now" not in page.content.decode()
    answer = client.post(reverse("admin:audit_jobrun_run", args=("audit-seal",)), follow=True)
    assert "your roles lack the permission" in answer.content.decode()
    assert AuditEvent.objects.filter(action="audit.run_job", outcome="denied").exists()


def test_a_job_is_run_now_by_a_button_and_not_by_a_link(
    client: Client,
    adam: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    sent: list[tuple[str, Any]] = []
    monkeypatch.setattr(
        current_app, "send_task", lambda task, headers: sent.append((task, headers))
    )
    client.force_login(adam)
    door = reverse("admin:audit_jobrun_run", args=("audit-seal",))
    assert client.get(door).status_code == 405
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(door).status_code == 302
    assert sent == [("apps.audit.tasks.seal", headers_of("audit-seal", asked_by=adam.pk))]
    assert AuditEvent.objects.get(action="audit.job_asked_for").after == {"job": "audit-seal"}
    gone = client.post(reverse("admin:audit_jobrun_run", args=("no-such",)), follow=True)
    assert "There is no job “no-such” any more" in gone.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_is_told(
    client: Client, adam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: Any, **_options: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(current_app, "send_task", away)
    client.force_login(adam)
    door = reverse("admin:audit_jobrun_run", args=("audit-seal",))
    assert "The broker does not answer" in client.post(door, follow=True).content.decode()
