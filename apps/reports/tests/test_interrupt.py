"""What comes between a worker and the end of its run: a cancel, a lost lease, trouble."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, connection
from django.utils import timezone

from apps.accounts.models import User
from apps.reports import csv, ending, leases, pdf, services, storing, tasks
from apps.reports.errors import Cancelled
from apps.reports.models import ReportFile, ReportRun
from apps.reports.states import Action, Status
from apps.reports.tests.making import built, in_another_thread, promised
from apps.wallets.models import Wallet

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("broker")]


def _stored(files: Path) -> list[Path]:
    return [path for path in files.rglob("*") if path.is_file()]


def _left_over(run: ReportRun) -> bool:
    return storing._workplace_of(run.lease_holder).exists()


def _while_making(monkeypatch: pytest.MonkeyPatch, deed: Callable[[], object]) -> None:
    """Let `deed` happen when the CSV is written and the PDF is not yet."""
    real = pdf.write

    def write(*args: Any, **kwargs: Any) -> csv.WrittenFile:
        deed()
        return real(*args, **kwargs)

    monkeypatch.setattr(pdf, "write", write)
    monkeypatch.setattr(leases, "BEAT", timedelta(milliseconds=10))


def test_a_cancelled_run_stops_and_leaves_no_file(
    fiona: User, wallet: Wallet, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = promised(fiona, wallet)

    def cancel() -> None:
        in_another_thread(lambda: services.cancel(run.pk, actor=fiona))
        with connection.cursor() as cursor:  # as long as it takes to be interrupted
            cursor.execute("SELECT pg_sleep(60)")

    _while_making(monkeypatch, cancel)

    built(run)

    assert (run.status, run.is_cancel_requested) == (Status.CANCELLED, True)
    assert not run.files.exists()
    assert _stored(files) == []
    assert not _left_over(run)


def test_a_cancel_in_the_last_moment_wins(
    fiona: User, wallet: Wallet, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = promised(fiona, wallet, ("csv",))
    real = ending.finish

    def finish(*args: Any, **kwargs: Any) -> None:
        services.cancel(run.pk, actor=fiona)
        real(*args, **kwargs)

    monkeypatch.setattr(ending, "finish", finish)

    built(run)

    assert run.status == Status.CANCELLED
    assert _stored(files) == []


def test_a_worker_that_lost_its_lease_leaves_the_run_alone(
    fiona: User, wallet: Wallet, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = promised(fiona, wallet)
    other = uuid.uuid4()

    def lose() -> None:
        ReportRun.objects.filter(pk=run.pk).update(lease_holder=other)

    def lose_and_wait() -> None:
        in_another_thread(lose)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(60)")

    _while_making(monkeypatch, lose_and_wait)

    built(run)

    assert (run.status, run.lease_holder, run.finished_at) == (Status.RUNNING, other, None)
    assert _stored(files) == []


def test_a_worker_that_lost_its_lease_in_the_last_moment_takes_its_files_away(
    fiona: User, wallet: Wallet, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = promised(fiona, wallet, ("csv",))
    other = uuid.uuid4()
    real = ending.finish

    def finish(*args: Any, **kwargs: Any) -> None:
        ReportRun.objects.filter(pk=run.pk).update(lease_holder=other)
        real(*args, **kwargs)

    monkeypatch.setattr(ending, "finish", finish)

    built(run)

    assert (run.status, run.lease_holder) == (Status.RUNNING, other)
    assert _stored(files) == []
    assert not ReportFile.objects.exists()


def test_trouble_of_the_machine_is_tried_three_times(
    fiona: User, wallet: Wallet, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: Any, **_kwargs: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storing, "keep", full)
    run = promised(fiona, wallet, ("csv",))

    for attempt in (1, 2):
        built(run)
        assert (run.status, run.attempt_count) == (Status.RUNNING, attempt)
    built(run)

    assert (run.status, run.attempt_count) == (Status.FAILED, 3)
    assert run.failure == (
        "It was tried 3 times and always stopped: No space left on device. Tell an administrator."
    )
    built(run)
    assert run.attempt_count == 3


def test_the_attempt_after_trouble_finishes_and_removes_what_was_left(
    fiona: User, wallet: Wallet, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = promised(fiona, wallet, ("csv",))
    claim = leases.claim(run.pk)
    assert claim is not None
    leftover = storing._workplace_of(claim.holder)
    leftover.mkdir()
    (leftover / "report.csv").write_text("half")
    half = files / "reports" / str(claim.holder) / "report.csv"
    half.parent.mkdir(parents=True)
    half.write_text("half")
    ReportRun.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(minutes=1))

    built(run)

    assert (run.status, run.attempt_count) == (Status.DONE, 2)
    assert not leftover.exists()
    assert not half.parent.exists()
    assert _stored(files) == [files / str(run.files.get().file)]


def test_a_database_that_goes_away_is_trouble_too(
    fiona: User, wallet: Wallet, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_args: Any, **_kwargs: Any) -> None:
        message = "server closed the connection unexpectedly\n\tThis probably means"
        raise OperationalError(message)

    monkeypatch.setattr(csv, "write", gone)
    run = promised(fiona, wallet, ("csv",))
    ReportRun.objects.filter(pk=run.pk).update(attempt_count=2)

    built(run)

    assert run.failure.startswith("It was tried 3 times and always stopped: server closed the con")


def test_a_run_that_takes_too_long_fails(
    fiona: User, wallet: Wallet, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_args: Any, **_kwargs: Any) -> None:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(csv, "write", slow)

    run = built(promised(fiona, wallet, ("csv",)))

    assert run.status == Status.FAILED
    assert run.failure == "It took too long. Choose less, such as a shorter period."


def test_a_wallet_that_vanished_meanwhile_fails_with_the_form_s_words(
    fiona: User, wallet: Wallet, files: Path
) -> None:
    run = promised(fiona, wallet, ("csv",))
    ReportRun.objects.filter(pk=run.pk).update(parameters={**run.parameters, "wallet": 0})

    built(run)

    assert run.status == Status.FAILED
    assert "Wallet: Select a valid choice" in run.failure


def test_progress_and_lease_are_seen_while_the_snapshot_stays_open(
    fiona: User, wallet: Wallet, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = promised(fiona, wallet)
    seen: list[tuple[str, int, int | None]] = []

    def look() -> None:
        for _ in range(1000):
            current = ReportRun.objects.get(pk=run.pk)
            if current.stage == "writing the CSV":
                break
            threading.Event().wait(0.01)
        assert leases.is_held(current)
        seen.append((current.stage, current.rows_done, current.rows_total))

    _while_making(monkeypatch, lambda: in_another_thread(look))

    built(run)

    assert seen == [("writing the CSV", 4, 4)]
    assert run.status == Status.DONE


@pytest.mark.parametrize("status", [Status.DONE, Status.FAILED, Status.CANCELLED])
def test_a_finished_run_is_not_made_again(fiona: User, wallet: Wallet, status: Status) -> None:
    run = promised(fiona, wallet, ("csv",))
    now = timezone.now()
    ReportRun.objects.filter(pk=run.pk).update(
        status=status, finished_at=now, expires_at=now, failure="why"
    )

    built(run)

    assert (run.status, run.attempt_count) == (status, 0)


def test_of_two_workers_one_claims(fiona: User, wallet: Wallet) -> None:
    run = promised(fiona, wallet, ("csv",))

    assert leases.claim(run.pk) is not None
    assert leases.claim(run.pk) is None
    assert leases.claim(0) is None


def test_a_worker_that_read_before_the_other_claimed_is_refused(
    fiona: User, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = promised(fiona, wallet, ("csv",))
    real = uuid.uuid4

    def overtaken() -> uuid.UUID:
        monkeypatch.setattr(uuid, "uuid4", real)
        assert leases.claim(run.pk) is not None
        return real()

    monkeypatch.setattr(uuid, "uuid4", overtaken)

    assert leases.claim(run.pk) is None


def test_a_lease_that_cannot_be_told_is_lost(
    fiona: User, wallet: Wallet, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = promised(fiona, wallet, ("csv",))

    def unreachable(_lease: leases.Lease) -> None:
        raise OperationalError

    def out_of_reach(*_args: Any, **_options: Any) -> None:
        raise psycopg.OperationalError

    monkeypatch.setattr(leases.Lease, "_beat", unreachable)
    # Nor can the query be interrupted: the worker stops at its next step.
    monkeypatch.setattr(psycopg.Connection, "cancel_safe", out_of_reach)
    monkeypatch.setattr(leases, "LASTS", timedelta(milliseconds=50))

    def wait() -> None:
        for thread in threading.enumerate():
            if isinstance(thread, leases.Lease):
                thread.join()

    _while_making(monkeypatch, wait)
    ReportRun.objects.filter(pk=run.pk).update(formats=["csv", "pdf"])

    built(run)

    assert run.status == Status.RUNNING
    assert _stored(files) == []


def test_the_task_makes_the_run(fiona: User, wallet: Wallet, files: Path) -> None:
    run = promised(fiona, wallet, ("csv",))

    tasks.build(run.pk)

    run.refresh_from_db()
    assert run.status == Status.DONE


def test_a_worker_without_its_lease_ends_nothing(fiona: User, wallet: Wallet) -> None:
    run = promised(fiona, wallet, ("csv",))
    claim = leases.claim(run.pk)
    assert claim is not None
    ReportRun.objects.filter(pk=run.pk).update(lease_holder=uuid.uuid4())

    ending.end(claim, Action.FAIL, "why")
    leases.give_back(claim)

    run.refresh_from_db()
    assert (run.status, run.failure) == (Status.RUNNING, "")
    assert leases.is_held(run)


def test_the_next_step_after_a_cancel_is_not_taken(
    fiona: User, wallet: Wallet, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = promised(fiona, wallet)
    steps: list[str] = []
    real = leases.Lease.reached

    def reached(lease: leases.Lease, stage: str, done: int, total: int | None) -> None:
        steps.append(stage)
        if stage == "laying out pages":
            services.cancel(run.pk, actor=fiona)
            lease._stop_with = Cancelled()
        real(lease, stage, done, total)

    monkeypatch.setattr(leases.Lease, "reached", reached)
    monkeypatch.setattr(services, "cancel", _cancelled_elsewhere(services.cancel))

    built(run)

    assert run.status == Status.CANCELLED
    assert steps[-1] == "laying out pages"


def _cancelled_elsewhere(real: Callable[..., object]) -> Callable[..., None]:
    """Return a cancel that may be called inside a snapshot, which writes nothing."""

    def cancel(run_id: int, *, actor: User) -> None:
        in_another_thread(lambda: real(run_id, actor=actor))

    return cancel
