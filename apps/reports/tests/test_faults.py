"""Real workers killed while they print parts, and a broker that forgets everything."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.db import connection, transaction
from django.utils import timezone
from pypdf import PdfReader

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.reports import building, services, tasks
from apps.reports.models import ReportPart, ReportRun
from apps.reports.states import Status
from apps.reports.tests.conftest import OCTOBER, many_entries
from apps.wallets.models import Wallet
from project.testing.broker import Worker

pytestmark = pytest.mark.django_db(transaction=True)
PAST = timedelta(seconds=-1)


@pytest.fixture
def shared_files(files: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of stored files, the worker's too; to be asked for before the worker."""
    monkeypatch.setenv("ASSETS_FILES", str(files))
    return files


@pytest.fixture
def run(
    shared_files: Path, wallet: Wallet, fiona: User, monkeypatch: pytest.MonkeyPatch
) -> ReportRun:
    """Return a promised run, for which nobody was rung yet."""
    monkeypatch.setattr(services, "ring", lambda _task, _run_ids: None)
    return services.run(
        "wallet-statement",
        parameters={"wallet": wallet.pk, **OCTOBER},
        formats=["pdf"],
        actor=fiona,
    )


def _status(run: ReportRun) -> str:
    return ReportRun.objects.values_list("status", flat=True).get(pk=run.pk)


def _forget_everything(broker: str) -> None:
    with redis.Redis.from_url(broker) as client:
        client.flushdb()


def _claimed() -> bool:
    return ReportPart.objects.filter(attempt_count=1, printed_at__isnull=True).exists()


def test_workers_killed_over_parts_leave_the_run_to_others(
    run: ReportRun, wallet: Wallet, shared_files: Path, celery_worker: Worker, broker: str
) -> None:
    many_entries(wallet, 1_000)
    tasks.build.delay(run.pk)
    celery_worker.until(_claimed)
    celery_worker.kill()
    assert _status(run) == Status.RUNNING
    left_behind = set(ReportPart.objects.values_list("pk", flat=True))
    # Its message is lost with it, and the lease runs out.
    _forget_everything(broker)
    ReportRun.objects.filter(pk=run.pk).update(lease_until=timezone.now() + PAST)
    celery_worker.start()

    def call_and_kill(part_ids: Any) -> None:
        assert left_behind.isdisjoint(part_ids)
        tasks._ring_for_parts(part_ids)
        celery_worker.until(_claimed)
        celery_worker.kill()
        # Their claims run out.
        ReportPart.objects.filter(claimed_until__isnull=False).update(
            claimed_until=timezone.now() + PAST
        )

    building.build(run.pk, ring=call_and_kill)

    run.refresh_from_db()
    assert (run.status, run.failure, run.attempt_count) == (Status.DONE, "", 2)
    assert not ReportPart.objects.exists()
    assert AuditEvent.objects.filter(action="reports.made").count() == 1
    file = run.files.get()
    assert [path for path in shared_files.rglob("*") if path.is_file()] == [
        shared_files / str(file.file)
    ]
    assert len(PdfReader(shared_files / str(file.file)).pages) == file.page_count


def test_a_broker_that_forgets_everything_loses_no_run(
    run: ReportRun, fiona: User, celery_worker: Worker, broker: str
) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE ledger_entries IN ACCESS EXCLUSIVE MODE")
        tasks.build.delay(run.pk)
        celery_worker.until(_is_waiting_for_the_lock)
        queued = ReportRun.objects.create(
            report="lending-register",
            parameters=OCTOBER,
            formats=["csv"],
            requester=fiona,
            lease_until=timezone.now() + PAST,
        )
        _forget_everything(broker)
    celery_worker.until(lambda: _status(run) == Status.DONE)

    tasks.sweep()
    celery_worker.until(lambda: _status(queued) == Status.DONE)

    assert AuditEvent.objects.filter(action="reports.made").count() == 2
    assert not ReportPart.objects.exists()


def _is_waiting_for_the_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted"
            " AND relation = 'ledger_entries'::regclass)"
        )
        return bool(cursor.fetchone()[0])
