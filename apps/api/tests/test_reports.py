"""Reports through the API: the catalogue, running, waiting, downloading, schedules."""

from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.audit.models import AuditEvent, Outcome
from apps.reports import services
from apps.reports.catalogue import CATALOGUE
from apps.reports.models import ReportFile, ReportRun
from apps.reports.report import TieOut
from apps.reports.scheduling import keeping
from apps.reports.scheduling.wish import Wish
from apps.reports.states import Status

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings

    from apps.accounts.models import User
    from project.testing.api import MakeApi

pytestmark = pytest.mark.django_db

OCTOBER = {"from_on": "2026-10-01", "until_on": "2026-10-31"}
REGISTER = {"parameters": OCTOBER, "formats": ["csv"]}
RUNS = "/reports/lending-register/runs"


@pytest.fixture
def run(fiona: "User") -> ReportRun:
    """Return a promised run of Fiona's."""
    return services.run("lending-register", parameters=OCTOBER, formats=["csv"], actor=fiona)


@pytest.fixture
def done(run: ReportRun, settings: "Settings", tmp_path: "Path") -> ReportRun:
    """Return that run, finished, with a CSV."""
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "x y.csv").write_bytes(b"a,b\r\n")
    ReportFile.objects.create(
        run=run, format="csv", file="reports/x y.csv", name=f"{run}-x.csv", size=5, sha256="12" * 32
    )
    run.status = Status.DONE
    run.finished_at = run.expires_at = timezone.now()
    run.rows_total = run.rows_done = 1
    run.totals = {"USD": {"fee": 1234}}
    run.tie_outs = [TieOut("Escrow", 5000, 5000, "USD", "ledger").as_json()]
    run.save()
    return run


def test_the_catalogue_says_what_each_report_has_to_be_told(
    api: "MakeApi", audrey: "User", boris: "User"
) -> None:
    entries = {one["slug"]: one for one in api(audrey).get("/reports").json()["items"]}

    assert entries.keys() <= CATALOGUE.keys()
    register = entries["lending-register"]
    assert register["parameters"]["required"] == []
    assert entries["wallet-statement"]["parameters"]["required"] == ["wallet"]
    start = register["parameters"]["properties"]["from_on"]
    assert (start["type"], start["format"], start["title"]) == ("string", "date", "From")
    assert date.fromisoformat(start["default"]).day == 1
    assert {"csv", "xlsx"} <= set(register["formats"])
    assert any(column["kind"] == "amount" for column in register["columns"])
    journal = entries["journal"]["parameters"]["properties"]["by"]
    assert {"const", "title"} == journal["oneOf"][0].keys()
    wallet = entries["wallet-statement"]["parameters"]["properties"]["wallet"]
    assert wallet["type"] == "integer"
    assert api(boris).get("/reports").status_code == 403
    assert api(audrey, "reports:run").get("/reports").status_code == 403


def test_one_report_is_for_who_may_run_it(api: "MakeApi", fiona: "User") -> None:
    one = api(fiona).get("/reports/lending-register")

    assert one.json()["slug"] == "lending-register"
    assert api(fiona).get("/reports/audit-extract").status_code == 403
    assert api(fiona).get("/reports/nothing").status_code == 404


def test_a_report_is_run_and_found_again(api: "MakeApi", fiona: "User") -> None:
    client = api(fiona, "reports:run", "reports:read")

    answer = client.post(RUNS, REGISTER)

    assert answer.status_code == 201
    run = ReportRun.objects.get()
    assert answer["Location"] == f"/api/v1/report-runs/{run.pk}"
    assert (run.requester, run.parameters, run.formats) == (fiona, OCTOBER, ["csv"])
    body = client.get(f"/report-runs/{run.pk}").json()
    assert body == answer.json()
    assert (body["number"], body["status"], body["is_tied"]) == (str(run), "queued", None)
    assert client.post(RUNS, REGISTER).json()["id"] == run.pk
    other = client.post(RUNS, {**REGISTER, "options": {"separator": ";"}, "formats": ["xlsx"]})
    assert other.json()["progress"]["ahead"] == 1


def test_parameters_that_are_left_out_take_their_default(api: "MakeApi", fiona: "User") -> None:
    client = api(fiona, "reports:run", "reports:read")
    known = client.get("/reports/lending-register").json()["parameters"]["properties"]

    asked = client.post(RUNS, {"formats": ["csv"]})
    none = client.post(RUNS, {"formats": ["csv"], "parameters": {"until_on": None}})

    assert asked.status_code == 201
    told = {name: known[name]["default"] for name in ("from_on", "until_on")}
    assert told.items() <= asked.json()["parameters"].items()
    assert [fault["pointer"] for fault in none.json()["errors"]] == ["#/parameters/until_on"]


def test_parameters_are_checked_by_the_form_and_named(api: "MakeApi", fiona: "User") -> None:
    wrong = {"from_on": "soon", "until_on": None, "colour": "red"}

    answer = api(fiona).post(RUNS, {"parameters": wrong, "formats": ["csv"]})

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/reports.parameters-refused")
    assert {error["field"] for error in answer.json()["errors"]} == {
        "parameters.colour",
        "parameters.from_on",
        "parameters.until_on",
    }
    backward = {"from_on": "2026-10-31", "until_on": "2026-10-01"}
    answer = api(fiona).post(RUNS, {"parameters": backward, "formats": ["csv"]})
    assert [error["field"] for error in answer.json()["errors"]] == ["parameters.until_on"]
    shapes = {"parameters": {"from_on": ["x"]}, "formats": ["doc"]}
    answer = api(fiona).post(RUNS, shapes)
    fields = {error["field"].partition(".")[0] for error in answer.json()["errors"]}
    assert fields == {"parameters", "formats[0]"}
    assert not ReportRun.objects.exists()


@pytest.mark.parametrize("slug", sorted(CATALOGUE))
def test_no_parameter_of_any_report_breaks_it(api: "MakeApi", audrey: "User", slug: str) -> None:
    names, client = CATALOGUE[slug].form.base_fields, api(audrey)

    for value in (5, "9999-12-31", "0001-01-01", "2199-12-31", "\u0660", "-1", "x" * 2000):
        body = {"parameters": dict.fromkeys(names, value), "formats": ["csv"]}
        answer = client.post(f"/reports/{slug}/runs", body)
        assert answer.status_code in {201, 403, 422}, answer.content


def test_who_may_not_run_is_refused_and_recorded(
    api: "MakeApi", clara: "User", fiona: "User"
) -> None:
    assert api(clara).post(RUNS, REGISTER).status_code == 403
    denied = AuditEvent.objects.get(outcome=Outcome.DENIED)
    assert (denied.action, denied.actor) == ("reports.run", clara)
    assert api(fiona, "reports:read").post(RUNS, REGISTER).status_code == 403
    assert api(fiona).post("/reports/list-export/runs", REGISTER).status_code == 404


def test_runs_are_listed_for_those_who_may_see_them(
    api: "MakeApi", run: ReportRun, fiona: "User", carol: "User", clara: "User"
) -> None:
    def listed(person: "User", **filters: object) -> list[int]:
        answer = api(person).get("/report-runs", filters)
        return [item["id"] for item in answer.json()["items"]]

    assert listed(fiona) == listed(carol) == [run.pk]
    assert listed(clara) == []
    assert listed(fiona, status="done") == listed(fiona, report="journal") == []
    assert listed(carol, is_mine="true") == listed(fiona, is_mine="false") == []
    assert api(clara).get(f"/report-runs/{run.pk}").status_code == 404


def test_a_list_asks_as_often_for_ten_runs_as_for_two(api: "MakeApi", fiona: "User") -> None:
    ReportRun.objects.bulk_create(
        ReportRun(report="journal", formats=["csv"], requester=fiona) for _ in range(10)
    )
    client = api(fiona)
    counts = []
    for limit in (2, 2, 10):
        with CaptureQueriesContext(connection) as queries:
            client.get("/report-runs", {"limit": limit})
        counts.append(len(queries))

    assert counts[1] == counts[2]


def test_a_finished_run_shows_its_figures_and_their_proof(
    api: "MakeApi", done: ReportRun, fiona: "User"
) -> None:
    body = api(fiona).get(f"/report-runs/{done.pk}").json()

    assert body["sums"] == [{"currency": "USD", "figures": {"fee": 1234}}]
    assert body["is_tied"] is True
    assert body["tie_outs"] == [
        {
            "label": "Escrow",
            "source": "ledger",
            "currency": "USD",
            "expected": 5000,
            "found": 5000,
            "is_ok": True,
        }
    ]
    assert body["files"][0]["path"] == f"/api/v1/report-runs/{done.pk}/files/csv"


def test_a_file_is_handed_out_as_an_attachment_and_recorded(
    api: "MakeApi", done: ReportRun, fiona: "User", clara: "User"
) -> None:
    path = f"/report-runs/{done.pk}/files/csv"

    answer = api(fiona, "reports:read").get(path)

    assert b"".join(answer.streaming_content) == b"a,b\r\n"
    assert answer["Content-Disposition"] == f'attachment; filename="{done}-x.csv"'
    assert answer["Cache-Control"] == "no-store"
    assert AuditEvent.objects.get(action="reports.downloaded").source == "api"
    assert api(clara).get(path).status_code == 404
    assert api(fiona, "reports:run").get(path).status_code == 403
    assert api(fiona).get(f"/report-runs/{done.pk}/files/pdf").status_code == 422
    assert api(fiona).get(f"/report-runs/{done.pk}/files/doc").status_code == 422
    answer.close()


def test_behind_the_proxy_the_web_server_sends_the_file(
    api: "MakeApi", done: ReportRun, fiona: "User", settings: "Settings"
) -> None:
    settings.INTERNAL_REDIRECT = "/protected/"

    answer = api(fiona).get(f"/report-runs/{done.pk}/files/csv")

    assert answer["X-Accel-Redirect"] == "/protected/reports/x%20y.csv"
    assert answer.content == b""


def test_a_run_is_cancelled_and_run_again(
    api: "MakeApi", run: ReportRun, fiona: "User", audrey: "User", clara: "User"
) -> None:
    client = api(fiona)

    assert api(clara).post(f"/report-runs/{run.pk}/cancel").status_code == 404
    stopped = client.post(f"/report-runs/{run.pk}/cancel")
    late = client.post(f"/report-runs/{run.pk}/cancel")
    again = client.post(f"/report-runs/{run.pk}/rerun")

    assert stopped.json()["status"] == "cancelled"
    assert late.status_code == 409
    assert again.status_code == 201
    assert again.json()["id"] != run.pk
    assert again.json()["parameters"] == OCTOBER


def _schedule(person: "User") -> int:
    wish = Wish(name="Monthly", parameters=OCTOBER, formats=["csv"], cron="0 6 1 * *")
    return keeping.create("lending-register", wish, actor=person).pk


def test_schedules_are_seen_by_their_owner_and_who_may_view_them(
    api: "MakeApi", fiona: "User", audrey: "User", clara: "User"
) -> None:
    schedule_id = _schedule(fiona)
    path = f"/report-schedules/{schedule_id}"

    for person in (fiona, audrey):
        listed = api(person).get("/report-schedules").json()["items"]
        assert [one["id"] for one in listed] == [schedule_id]
    assert api(fiona).get("/report-schedules", {"report": "journal"}).json()["items"] == []
    assert api(fiona).get(path).json()["cron"] == "0 6 1 * *"
    assert api(clara).get("/report-schedules").json()["items"] == []
    assert api(clara).get(path).status_code == 404


def test_a_schedule_is_made_paused_and_resumed(
    api: "MakeApi", fiona: "User", audrey: "User", boris: "User"
) -> None:
    body = {
        **REGISTER,
        "name": "Monthly",
        "report": "lending-register",
        "cron": "0 6 1 * *",
        "parameters": {"from_on": "last-month-first", "until_on": "last-month-last"},
        "recipients": [audrey.pk],
    }
    client = api(fiona)

    made = client.post("/report-schedules", body)
    path = f"/report-schedules/{made.json()['id']}"
    paused = client.post(f"{path}/pause", {"reason": "Year-end"})
    resumed = client.post(f"{path}/resume")

    assert made.status_code == 201
    assert made["Location"] == f"/api/v1{path}"
    assert [person["name"] for person in made.json()["recipients"]] == ["Audrey"]
    assert (paused.json()["is_active"], paused.json()["pause_reason"]) == (False, "Year-end")
    assert resumed.json()["is_active"] is True
    stranger = client.post("/report-schedules", {**body, "recipients": [audrey.pk, boris.pk]})
    assert stranger.json()["errors"][0]["field"] == "recipients[1]"
    never = client.post("/report-schedules", {**body, "cron": "never"})
    assert never.json()["type"].endswith("/reports.cron-refused")
    assert api(audrey).post("/report-schedules", body).status_code == 403
    assert api(audrey).post(f"{path}/pause", {"reason": "No"}).status_code == 403
