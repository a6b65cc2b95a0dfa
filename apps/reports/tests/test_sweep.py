"""The sweep: rings for what nobody works on, and ends what no worker survives."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.reports import leases, services, tasks
from apps.reports.models import ReportRun
from apps.reports.states import Status
from apps.reports.tests.conftest import OCTOBER


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the runs that workers are woken for."""
    calls: list[int] = []
    monkeypatch.setattr(tasks.build_small, "delay", calls.append)
    return calls


@pytest.fixture
def run(fiona: User) -> ReportRun:
    """Return a promised run."""
    return services.run("lending-register", parameters=OCTOBER, formats=["csv"], actor=fiona)


def _set(run: ReportRun, **fields: object) -> None:
    ReportRun.objects.filter(pk=run.pk).update(**fields)


PAST, FUTURE = timedelta(seconds=-1), timedelta(minutes=1)


def test_a_fresh_run_is_left_to_its_first_message(run: ReportRun, rung: list[int]) -> None:
    tasks.sweep()

    assert rung == []


def test_a_run_whose_message_was_lost_is_rung_for_once_in_a_while(
    run: ReportRun, rung: list[int]
) -> None:
    _set(run, lease_until=timezone.now() + PAST)

    tasks.sweep()
    tasks.sweep()

    assert rung == [run.pk]


def test_a_run_that_never_got_a_time_is_rung_for(run: ReportRun, rung: list[int]) -> None:
    _set(run, lease_until=None)

    tasks.sweep()

    assert rung == [run.pk]


@pytest.mark.parametrize(("lease", "is_rung"), [(PAST, True), (FUTURE, False)])
def test_a_running_one_is_rung_for_when_its_lease_ran_out(
    run: ReportRun, rung: list[int], lease: timedelta, *, is_rung: bool
) -> None:
    _set(run, status=Status.RUNNING, attempt_count=1, lease_until=timezone.now() + lease)

    tasks.sweep()

    assert rung == [run.pk] * is_rung


def test_a_run_that_killed_three_workers_is_given_up(
    run: ReportRun, rung: list[int], fiona: User, files: Path
) -> None:
    _set(run, status=Status.RUNNING, attempt_count=3, lease_until=timezone.now() + PAST)

    tasks.sweep()
    tasks.sweep()

    run.refresh_from_db()
    assert rung == []
    assert run.status == Status.FAILED
    assert run.failure.startswith("Its worker was lost 3 times.")
    assert run.finished_at is not None
    assert AuditEvent.objects.filter(action="reports.failed", actor__is_system=True).count() == 1


def test_the_last_attempt_is_not_given_up_while_it_is_heard(
    run: ReportRun, rung: list[int]
) -> None:
    _set(run, status=Status.RUNNING, attempt_count=3, lease_until=timezone.now() + FUTURE)

    tasks.sweep()

    run.refresh_from_db()
    assert (rung, run.status) == ([], Status.RUNNING)


def test_a_run_that_is_heard_again_meanwhile_is_not_given_up(
    run: ReportRun, rung: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    _set(run, status=Status.RUNNING, attempt_count=3, lease_until=timezone.now() + FUTURE)
    monkeypatch.setattr(leases, "hopeless", lambda: [run.pk])

    tasks.sweep()

    run.refresh_from_db()
    assert run.status == Status.RUNNING
