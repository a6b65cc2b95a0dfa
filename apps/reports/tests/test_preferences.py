"""How files are written: chosen by a person, taken by each run, changed beside one."""

import csv as reader
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import NotPermitted
from apps.reports import csv, services
from apps.reports.columns import Column, Kind
from apps.reports.models import ReportPreferences, ReportRun
from apps.reports.options import USUAL, Options, PaperSize, Separator
from apps.reports.report import Query
from apps.reports.tests.conftest import OCTOBER

PAGE = "admin:reports_reportrun_preferences"
SEMICOLON = Options(Separator.SEMICOLON, has_bom=True, paper=PaperSize.LETTER)
COLUMNS = (Column("a", "A"), Column("n", "N", Kind.COUNT))
SENT = {"separator": ";", "has_bom": "on", "paper": "Letter"}


def _sign_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_person_without_a_choice_has_what_is_usual(fiona: User) -> None:
    assert ReportPreferences.of(fiona) == USUAL


def test_a_choice_stays_and_is_recorded_when_it_changes(fiona: User, carol: User) -> None:
    services.prefer(SEMICOLON, actor=fiona)
    preferred = services.prefer(SEMICOLON, actor=fiona)

    assert ReportPreferences.of(fiona) == SEMICOLON
    assert ReportPreferences.of(carol) == USUAL
    event = AuditEvent.objects.get(action="reports.preferred")
    assert (event.actor, event.target_id) == (fiona, str(preferred.pk))
    assert event.before == {"separator": ",", "has_bom": False, "paper": "A4"}
    assert event.after == {"separator": ";", "has_bom": True, "paper": "Letter"}
    assert str(preferred) == "How my files are written"


def test_who_runs_no_reports_prefers_nothing(clara: User) -> None:
    with pytest.raises(NotPermitted):
        services.prefer(SEMICOLON, actor=clara)
    answer = _sign_in(clara)
    assert answer.get(reverse(PAGE)).status_code == 403


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"separator": "|"}, "report_preferences_separator"),
        ({"paper": "A3"}, "report_preferences_paper"),
    ],
)
def test_the_database_refuses_what_no_file_can_be(
    fiona: User, fields: dict[str, Any], name: str
) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ReportPreferences.objects.create(person=fiona, **fields)


@pytest.mark.parametrize(
    ("options", "data"),
    [
        (USUAL, b'A,N\r\n"x,y;\tz",1\r\nplain,-5\r\n'),
        (replace(USUAL, separator=Separator.SEMICOLON), b'A;N\r\n"x,y;\tz";1\r\nplain;-5\r\n'),
        (replace(USUAL, separator=Separator.TAB), b'A\tN\r\n"x,y;\tz"\t1\r\nplain\t-5\r\n'),
        (replace(USUAL, has_bom=True), b'\xef\xbb\xbfA,N\r\n"x,y;\tz",1\r\nplain,-5\r\n'),
    ],
)
@pytest.mark.django_db
def test_a_csv_is_written_as_its_options_say(tmp_path: Path, options: Options, data: bytes) -> None:
    path = tmp_path / "x.csv"
    query = Query("SELECT * FROM (VALUES (E'x,y;\\tz', 1), ('plain', -5)) AS v(a, n)")

    csv.write(path, COLUMNS, query, progress=lambda _rows: None, options=options)

    assert path.read_bytes() == data
    text = io.StringIO(data.decode("utf-8-sig"), newline="")
    rows = list(reader.reader(text, delimiter=options.separator))
    assert rows == [["A", "N"], ["x,y;\tz", "1"], ["plain", "-5"]]


def test_the_page_shows_and_keeps_the_choice(fiona: User) -> None:
    client = _sign_in(fiona)
    assert "How my files are written" in client.get(reverse(PAGE)).content.decode()

    assert client.post(reverse(PAGE), SENT).status_code == 302

    assert ReportPreferences.of(fiona) == SEMICOLON
    text = client.get(reverse(PAGE)).content.decode()
    assert '<option value=";" selected>' in text
    assert '<option value="Letter" selected>' in text


def test_the_page_refuses_what_is_not_offered_and_changes_nothing_when_read(fiona: User) -> None:
    client = _sign_in(fiona)

    answer = client.post(reverse(PAGE), {"separator": "|", "paper": "A3"})

    assert answer.status_code == 200
    assert "Select a valid choice" in answer.content.decode()
    client.get(reverse(PAGE), SENT)
    assert not ReportPreferences.objects.exists()


def test_a_denied_choice_is_written_down(clara: User) -> None:
    assert _sign_in(clara).post(reverse(PAGE), SENT).status_code == 403

    assert AuditEvent.objects.filter(actor=clara, outcome=Outcome.DENIED).exists()
    assert not ReportPreferences.objects.exists()


@pytest.mark.parametrize("name", ["catalogue", "ask"])
def test_the_page_is_reached_from_catalogue_and_form(fiona: User, name: str) -> None:
    args = ["lending-register"] if name == "ask" else []
    url = reverse(f"admin:reports_reportrun_{name}", args=args)

    assert reverse(PAGE) in _sign_in(fiona).get(url).content.decode()


def test_a_run_takes_the_preferences_unless_its_form_says_otherwise(fiona: User) -> None:
    services.prefer(SEMICOLON, actor=fiona)
    client = _sign_in(fiona)
    url = reverse("admin:reports_reportrun_ask", args=["lending-register"])
    assert '<option value=";" selected>' in client.get(url).content.decode()

    client.post(url, {**OCTOBER, "formats": ["csv"]})
    client.post(url, {**OCTOBER, "formats": ["csv"], "separator": "\t", "paper": "A4"})

    later, earlier = ReportRun.objects.all()
    assert Options.of(earlier.options) == SEMICOLON
    assert Options.of(later.options) == replace(USUAL, separator=Separator.TAB)
    refused = client.post(url, {**OCTOBER, "formats": ["csv"], "separator": "|", "paper": "A4"})
    assert "Select a valid choice" in refused.content.decode()
