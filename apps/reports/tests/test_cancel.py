"""Cancelling: at once while nobody works on it, by the worker otherwise."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import MoveNotAllowed, NotPermitted
from apps.reports import leases, services
from apps.reports.models import ReportRun
from apps.reports.states import Status
from apps.reports.tests.conftest import OCTOBER
from project.testing.cast import person


@pytest.fixture
def run(fiona: User) -> ReportRun:
    """Return a promised run of Fiona's."""
    return services.run("lending-register", parameters=OCTOBER, formats=["csv"], actor=fiona)


def test_a_queued_run_is_cancelled_at_once(run: ReportRun, fiona: User) -> None:
    services.cancel(run.pk, actor=fiona)

    run.refresh_from_db()
    assert run.status == Status.CANCELLED
    assert run.finished_at is not None
    assert leases.claim(run.pk) is None
    assert AuditEvent.objects.get(action="reports.cancelled").actor == fiona


def test_a_running_one_is_asked_to_stop_once(run: ReportRun, fiona: User, carol: User) -> None:
    assert leases.claim(run.pk) is not None

    services.cancel(run.pk, actor=carol)
    services.cancel(run.pk, actor=fiona)

    run.refresh_from_db()
    assert (run.status, run.is_cancel_requested) == (Status.RUNNING, True)
    assert AuditEvent.objects.filter(action="reports.cancelled").count() == 1


def test_a_run_whose_worker_died_is_cancelled_with_what_it_left(
    run: ReportRun, fiona: User, files: Path
) -> None:
    holder = uuid.uuid4()
    ReportRun.objects.filter(pk=run.pk).update(
        status=Status.RUNNING,
        lease_holder=holder,
        lease_until=timezone.now() - timedelta(seconds=1),
    )
    half = files / "reports" / str(holder) / "report.csv"
    half.parent.mkdir(parents=True)
    half.write_text("half")

    services.cancel(run.pk, actor=fiona)

    run.refresh_from_db()
    assert run.status == Status.CANCELLED
    assert not half.exists()


def test_a_finished_run_is_not_cancelled(run: ReportRun, fiona: User) -> None:
    ReportRun.objects.filter(pk=run.pk).update(status=Status.FAILED, failure="why")

    with pytest.raises(MoveNotAllowed, match=r"“Cancel” is not possible while .* “failed”"):
        services.cancel(run.pk, actor=fiona)


def test_who_sees_a_run_of_somebody_else_does_not_stop_it(run: ReportRun, db: None) -> None:
    analyst = person("Felix", "Finance analyst")
    with pytest.raises(NotPermitted, match=r"reports.stop_schedule"):
        services.cancel(run.pk, actor=analyst)

    assert AuditEvent.objects.filter(action="reports.cancel", outcome=Outcome.DENIED).exists()
    run.refresh_from_db()
    assert run.status == Status.QUEUED


def test_others_may_not_cancel(run: ReportRun, audrey: User, fiona: User) -> None:
    with pytest.raises(NotPermitted, match=r"reports.run_report"):
        services.cancel(run.pk, actor=audrey)

    assert AuditEvent.objects.filter(action="reports.cancel", outcome=Outcome.DENIED).exists()
    run.refresh_from_db()
    assert run.status == Status.QUEUED
