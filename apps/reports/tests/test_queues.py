"""Who waits behind whom: small runs in a queue of their own, and not too many for one person."""

from pathlib import Path
from typing import Any

import pytest
from celery import Task
from django.db import IntegrityError, transaction
from pytest_django import Settings

from apps.accounts.models import User
from apps.reports import building, estimating, services, tasks
from apps.reports.catalogue import find
from apps.reports.errors import TooManyRuns
from apps.reports.models import MOST_SMALL_ROWS, ReportRun
from apps.reports.report import Query
from apps.reports.states import Status
from apps.reports.tests.conftest import OCTOBER
from apps.wallets.models import Wallet
from project.celery import app


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the tasks that were rung."""
    calls: list[str] = []
    monkeypatch.setattr(services, "ring", lambda task, _run_ids: calls.append(task.name))
    return calls


def _run(actor: User, **parameters: Any) -> ReportRun:
    return services.run(
        "lending-register", parameters={**OCTOBER, **parameters}, formats=["csv"], actor=actor
    )


@pytest.mark.parametrize(
    ("rows", "task"),
    [(MOST_SMALL_ROWS, tasks.build_small), (MOST_SMALL_ROWS + 1, tasks.build)],
)
def test_the_estimated_rows_choose_the_queue(
    fiona: User,
    rung: list[str],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
    rows: int,
    task: Task,
) -> None:
    monkeypatch.setattr(estimating, "rows_of", lambda _report, _answers: rows)

    with django_capture_on_commit_callbacks(execute=True):
        run = _run(fiona)

    assert run.estimated_rows == rows
    assert rung == [task.name]


def test_the_planner_of_the_database_guesses(fiona: User, wallet: Wallet) -> None:
    run = services.run(
        "wallet-statement",
        parameters={"wallet": wallet.pk, **OCTOBER},
        formats=["csv"],
        actor=fiona,
    )

    assert 0 < run.estimated_rows <= MOST_SMALL_ROWS


def test_each_task_of_reports_has_a_queue_and_a_worker() -> None:
    queues = {
        task.name: app.amqp.router.route({}, task.name)["queue"].name
        for task in (tasks.build, tasks.build_small, tasks.print_part, tasks.sweep)
    }

    assert list(queues.values()) == ["reports-large", "reports-small", "reports-parts", "celery"]
    keys = {name: queue.routing_key for name, queue in app.amqp.queues.items()}
    assert set(queues.values()) == set(keys)
    assert all(name == key for name, key in keys.items())


def test_one_person_waits_for_a_few_runs_only(fiona: User, carol: User, settings: Settings) -> None:
    settings.REPORTS_PER_PERSON = 2
    first = _run(fiona)
    second = _run(fiona, from_on="2026-10-02")

    with pytest.raises(
        TooManyRuns, match=rf"one person may \(2\): {first}, {second}\. Run this one"
    ):
        _run(fiona, from_on="2026-10-03")

    assert _run(fiona) == first
    assert _run(carol, from_on="2026-10-03").requester == carol
    services.cancel(first.pk, actor=fiona)
    assert _run(fiona, from_on="2026-10-03").pk != second.pk


def test_a_run_knows_how_many_wait_before_it(fiona: User) -> None:
    first = _run(fiona)
    large = _run(fiona, from_on="2026-10-02")
    ReportRun.objects.filter(pk=large.pk).update(estimated_rows=MOST_SMALL_ROWS + 1)
    last = _run(fiona, from_on="2026-10-03")

    assert [ReportRun.objects.ahead_of(run) for run in (first, last)] == [0, 1]
    ReportRun.objects.filter(pk=first.pk).update(status=Status.RUNNING)
    assert ReportRun.objects.ahead_of(last) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("broker")
def test_a_query_that_takes_too_long_fails_the_run_with_a_reason(
    fiona: User, files: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REPORTS_QUERY_SECONDS = 0.2
    run = _run(fiona)
    report = find(run.report)
    real = report.totals

    def slow(answers: Any) -> Any:
        Query("SELECT pg_sleep(5)").rows()
        return real(answers)

    monkeypatch.setattr(report, "totals", slow)

    building.build(run.pk)

    run.refresh_from_db()
    assert run.status == Status.FAILED
    assert run.failure == "It took too long. Choose less, such as a shorter period."


def test_the_database_refuses_more_pages_than_there_are(fiona: User) -> None:
    run = _run(fiona)

    with pytest.raises(IntegrityError, match="report_run_pages_add_up"), transaction.atomic():
        ReportRun.objects.filter(pk=run.pk).update(pages_done=3, pages_total=2)
