"""A real worker, killed in the middle: the run is finished by the next one, once."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pypdf import PdfReader

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.reports import services, storing, tasks
from apps.reports.models import ReportRun
from apps.reports.states import Status
from apps.reports.tests.conftest import OCTOBER
from apps.wallets.models import Wallet
from project.testing.broker import Worker


@pytest.fixture
def shared_files(files: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of stored files, the worker's too; to be asked for before the worker."""
    monkeypatch.setenv("ASSETS_FILES", str(files))
    return files


def _is_waiting_for_the_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted"
            " AND relation = 'ledger_entries'::regclass)"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_s_run_is_finished_by_the_next_once(
    shared_files: Path,
    wallet: Wallet,
    fiona: User,
    celery_worker: Worker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The worker is woken when the lock is held, and not before.
    monkeypatch.setattr(services, "ring", lambda _task, _run_ids: None)
    run = services.run(
        "wallet-statement",
        parameters={"wallet": wallet.pk, **OCTOBER},
        formats=["csv", "pdf"],
        actor=fiona,
    )
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE ledger_entries IN ACCESS EXCLUSIVE MODE")
        tasks.build.delay(run.pk)
        celery_worker.until(_is_waiting_for_the_lock)
        celery_worker.kill()
    run.refresh_from_db()
    assert (run.status, run.attempt_count) == (Status.RUNNING, 1)
    dead = storing._workplace_of(run.lease_holder)
    assert dead.exists()
    # The lease runs out.
    ReportRun.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))

    celery_worker.start()
    tasks.sweep()
    tasks.sweep()
    celery_worker.until(lambda: _status(run) == Status.DONE)

    run.refresh_from_db()
    assert run.attempt_count == 2
    assert not dead.exists()
    assert AuditEvent.objects.filter(action="reports.made").count() == 1
    kept = sorted(path for path in shared_files.rglob("*") if path.is_file())
    assert kept == sorted(shared_files / str(file.file) for file in run.files.all())
    assert len(kept) == 2
    assert len(PdfReader(shared_files / str(run.files.get(format="pdf").file)).pages) == 2


def _status(run: ReportRun) -> str:
    return ReportRun.objects.values_list("status", flat=True).get(pk=run.pk)
