"""Running a report: promised once, with parameters that fit, by who may."""

from typing import Any

import pytest
from kombu.exceptions import OperationalError
from pytest_django import DjangoCaptureOnCommitCallbacks

from apps.accounts.models import User
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import NotPermitted
from apps.reports import pdf, services, tasks
from apps.reports.errors import NoFormat, ParametersRefused, PdfNotPossible, UnknownReport
from apps.reports.models import ReportRun
from apps.reports.states import Format, Status
from apps.reports.tests.conftest import OCTOBER


def _run(actor: User, **changes: Any) -> ReportRun:
    wanted = {"parameters": OCTOBER, "formats": ["csv", "pdf"], **changes}
    return services.run(wanted.pop("report", "lending-register"), actor=actor, **wanted)


def test_a_run_is_promised_and_a_worker_is_woken_after_the_commit(
    fiona: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rung: list[tuple[int]] = []
    monkeypatch.setattr(
        tasks.build_small, "apply_async", lambda args, **_options: rung.append(args)
    )

    with django_capture_on_commit_callbacks(execute=True):
        run = _run(fiona)
        assert rung == []

    assert rung == [(run.pk,)]
    assert (run.status, run.requester, run.formats) == (Status.QUEUED, fiona, ["csv", "pdf"])
    assert run.parameters == OCTOBER
    event = AuditEvent.objects.get(action="reports.requested")
    assert event.after == {
        "report": "lending-register",
        "parameters": OCTOBER,
        "formats": ["csv", "pdf"],
    }


def test_a_broker_that_is_away_loses_nothing(
    fiona: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(*_args: object, **_options: object) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.build_small, "apply_async", away)

    with django_capture_on_commit_callbacks(execute=True):
        run = _run(fiona)

    run.refresh_from_db()
    assert run.status == Status.QUEUED


def test_a_second_click_returns_the_same_run(fiona: User, carol: User) -> None:
    first = _run(fiona)

    assert _run(fiona) == first
    assert _run(fiona, formats=["pdf", "csv"]) == first
    assert _run(fiona, formats=["csv"]) != first
    assert _run(carol) != first
    ReportRun.objects.filter(pk=first.pk).update(is_cancel_requested=True)
    assert _run(fiona) != first


def test_those_who_may_not_run_are_refused_and_that_is_recorded(audrey: User, walt: User) -> None:
    for person in (audrey, walt):
        with pytest.raises(NotPermitted, match=r"reports.run_report"):
            _run(person)

    assert not ReportRun.objects.exists()
    denied = AuditEvent.objects.filter(action="reports.run", outcome=Outcome.DENIED)
    assert {event.actor for event in denied} == {audrey, walt}


def test_a_report_needs_the_permission_on_what_it_shows(fiona: User) -> None:
    fiona.groups.get().permissions.remove(
        *fiona.groups.get().permissions.filter(codename="view_ticket")
    )

    with pytest.raises(NotPermitted, match=r"tickets.view_ticket"):
        _run(fiona)


@pytest.mark.parametrize(
    ("changes", "refusal", "sentence"),
    [
        ({"report": "weather"}, UnknownReport, "There is no report “weather”."),
        ({"parameters": {}}, ParametersRefused, "From: This field is required."),
        ({"formats": []}, NoFormat, "Choose at least one format."),
        ({"formats": ["exe"]}, NoFormat, "Choose at least one format."),
    ],
)
def test_a_run_that_cannot_be_made_is_refused(
    fiona: User, changes: dict[str, Any], refusal: type[Exception], sentence: str
) -> None:
    with pytest.raises(refusal, match=sentence):
        _run(fiona, **changes)

    assert not ReportRun.objects.exists()


def test_without_pango_the_csv_goes_on(fiona: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "is_possible", lambda: False)

    with pytest.raises(PdfNotPossible, match="apt-get install"):
        _run(fiona)
    assert _run(fiona, formats=["csv"]).formats == [Format.CSV]


def test_a_run_is_made_again_with_the_same_question(fiona: User, carol: User) -> None:
    before = _run(fiona)
    ReportRun.objects.filter(pk=before.pk).update(status=Status.CANCELLED)

    again = services.rerun(before.pk, actor=carol)

    assert again != before
    assert (again.report, again.parameters, again.formats, again.requester) == (
        before.report,
        before.parameters,
        before.formats,
        carol,
    )


def test_somebody_else_s_run_is_not_made_again_by_those_who_cannot_see_it(
    fiona: User, walt: User
) -> None:
    with pytest.raises(NotPermitted, match=r"reports.view_reportrun"):
        services.rerun(_run(fiona).pk, actor=walt)
