"""What the page of an unfinished run tells: true figures, and the status read out once."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from apps.accounts.models import User
from apps.reports import services
from apps.reports.models import ReportRun
from apps.reports.states import Status
from apps.reports.tests.conftest import OCTOBER

SAID = 'id="run-said" hx-swap-oob="innerHTML"'


@pytest.fixture
def client(fiona: User) -> Client:
    """Return Fiona's browser."""
    browser = Client()
    browser.force_login(fiona)
    return browser


def _run(actor: User, from_on: str = "2026-10-01") -> ReportRun:
    parameters = {**OCTOBER, "from_on": from_on}
    return services.run("lending-register", parameters=parameters, formats=["csv"], actor=actor)


def _progress(client: Client, run: ReportRun, **data: str) -> str:
    answer = client.get(reverse("admin:reports_reportrun_progress", args=(run.pk,)), data)
    return " ".join(answer.content.decode().split())


def test_a_queued_run_tells_how_many_wait_before_it(client: Client, fiona: User) -> None:
    first, second = _run(fiona), _run(fiona, "2026-10-02")

    assert "waiting for a worker </span>" in _progress(client, first)
    assert "waiting for a worker, 1 run before it" in _progress(client, second)


def test_rows_and_pages_are_figures_of_their_own(client: Client, fiona: User) -> None:
    run = _run(fiona)
    run.status, run.stage, run.started_at = Status.RUNNING, "printing pages", timezone.now()
    run.rows_done = run.rows_total = 4_000
    run.pages_done, run.pages_total = 30, 120
    run.save()

    text = _progress(client, run)

    for words in ("printing pages", "4,000 of 4,000 rows", "30 of 120 pages", 'value="25"', "0 s"):
        assert words in text


def test_only_a_new_status_is_read_out(client: Client, fiona: User) -> None:
    run = _run(fiona)
    page = client.get(reverse("admin:reports_reportrun_change", args=(run.pk,))).content.decode()

    assert '<p id="run-said" class="sr-only" role="status"></p>' in page
    assert SAID not in page
    assert SAID not in _progress(client, run, seen="queued")
    run.status, run.failure = Status.FAILED, "The disk is full."
    run.save()
    text = _progress(client, run, seen="running")
    assert f"{SAID}>failed: The disk is full.</p>" in text
    assert "hx-trigger" not in text


def test_the_form_names_the_runs_that_wait_when_there_are_too_many(
    client: Client, fiona: User, settings: Settings
) -> None:
    settings.REPORTS_PER_PERSON = 1
    waiting = _run(fiona)
    page = reverse("admin:reports_reportrun_ask", args=("lending-register",))

    answer = client.post(page, {**OCTOBER, "from_on": "2026-10-09", "formats": ["csv"]})

    assert f"as many reports as one person may (1): {waiting}." in answer.content.decode()
    assert ReportRun.objects.count() == 1
