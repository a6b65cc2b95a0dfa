"""The pages of the reports: what they show, to whom, and that opening them changes nothing."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from apps.accounts.models import User
from apps.audit.models import AuditEvent, Outcome
from apps.reports import pdf, services
from apps.reports.catalogue import CATALOGUE as CATALOGUE_OF_REPORTS
from apps.reports.catalogue import find
from apps.reports.errors import NoFormat
from apps.reports.models import ReportFile, ReportRun
from apps.reports.report import TieOut
from apps.reports.states import Status
from apps.reports.tests.conftest import OCTOBER
from apps.wallets.models import Wallet

CATALOGUE = "admin:reports_reportrun_catalogue"
LIST = "admin:reports_reportrun_changelist"
ASK_REGISTER = ("admin:reports_reportrun_ask", ("lending-register",))
ASK_STATEMENT = ("admin:reports_reportrun_ask", ("wallet-statement",))


def _sign_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def _page(run: ReportRun, name: str = "change", *more: str) -> str:
    return reverse(f"admin:reports_reportrun_{name}", args=(run.pk, *more))


def _open(person: User, name: str, args: tuple[Any, ...] = (), **data: str) -> str:
    answer = _sign_in(person).get(reverse(name, args=args), data)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def run(fiona: User) -> ReportRun:
    """Return a promised run of Fiona's."""
    return services.run("lending-register", parameters=OCTOBER, formats=["csv"], actor=fiona)


@pytest.fixture
def done(run: ReportRun, files: Path) -> ReportRun:
    """Return that run, finished, with a CSV."""
    (files / "reports").mkdir(parents=True)
    (files / "reports" / "x y.csv").write_bytes(b"a,b\r\n")
    ReportFile.objects.create(
        run=run, format="csv", file="reports/x y.csv", name=f"{run}-x.csv", size=5, sha256="12" * 32
    )
    run.status = Status.DONE
    run.finished_at = run.expires_at = timezone.now()
    run.ledger_position, run.ledger_count, run.rows_total = 77, 70, 1
    run.totals = {"USD": {"fee": 1234, "deposit": 0, "late_fee": 0, "damage": 0, "commission": 0}}
    run.tie_outs = [TieOut("Escrow", 5000, 5000, "USD").as_json()]
    run.save()
    return run


def test_the_catalogue_shows_what_a_person_may_run(fiona: User) -> None:
    text = _open(fiona, CATALOGUE)

    for title in ("Wallet statement", "Trial balance", "Lending register"):
        assert title in text
    for slug in ("wallet-statement", "trial-balance", "lending-register"):
        assert reverse("admin:reports_reportrun_ask", args=(slug,)) in text
    fiona.groups.get().permissions.remove(
        *fiona.groups.get().permissions.filter(codename="view_ledgerentry")
    )
    text = _open(fiona, CATALOGUE)
    assert "Lending register" in text
    assert "Trial balance" not in text


def test_the_catalogue_is_searched_by_all_words(fiona: User) -> None:
    text = _open(fiona, CATALOGUE, q="balance DEBITS")

    assert "Trial balance" in text
    assert "Wallet statement" not in text
    assert "No report has “weather”" in _open(fiona, CATALOGUE, q="weather")


@pytest.mark.parametrize(("name", "args"), [(CATALOGUE, ()), ASK_REGISTER])
def test_who_may_not_run_sees_neither_catalogue_nor_form(
    audrey: User, clara: User, name: str, args: tuple[str, ...]
) -> None:
    for person in (audrey, clara):
        assert _sign_in(person).get(reverse(name, args=args)).status_code == 403


@pytest.mark.parametrize("slug", CATALOGUE_OF_REPORTS)
def test_every_report_has_a_form(fiona: User, slug: str) -> None:
    text = _open(fiona, "admin:reports_reportrun_ask", (slug,))

    for field in find(slug).form.base_fields:
        assert f'name="{field}"' in text


def test_a_run_that_never_was_leads_back(fiona: User) -> None:
    url = reverse("admin:reports_reportrun_change", args=(0,))

    assert _sign_in(fiona).get(url).status_code == 302


def test_the_form_proposes_last_month_and_the_address_may_propose_more(
    fiona: User, wallet: Wallet
) -> None:
    text = _open(fiona, *ASK_STATEMENT, wallet=str(wallet.pk))

    last_day = timezone.localdate().replace(day=1) - timedelta(days=1)
    assert f'value="{last_day.replace(day=1)}"' in text
    assert f'value="{last_day}"' in text
    assert f'<option value="{wallet.pk}" selected>{wallet}</option>' in text
    # This one, and none; those of the options come after.
    assert text.count("<option", 0, text.index("report-options")) == 2


def test_a_form_that_fits_promises_the_run_and_opens_its_page(fiona: User, wallet: Wallet) -> None:
    data = {"wallet": wallet.pk, **OCTOBER, "formats": ["csv", "pdf"]}

    answer = _sign_in(fiona).post(reverse(ASK_STATEMENT[0], args=ASK_STATEMENT[1]), data)

    run = ReportRun.objects.get()
    assert answer["Location"] == _page(run)
    assert run.parameters == {"wallet": wallet.pk, **OCTOBER}
    assert run.summary == f"{wallet} · 2026-10-01 – 2026-10-31"


def test_a_form_that_does_not_fit_says_what_to_do(fiona: User) -> None:
    data = {"from_on": "2026-10-02", "until_on": "2026-10-01"}

    answer = _sign_in(fiona).post(reverse(ASK_REGISTER[0], args=ASK_REGISTER[1]), data)

    text = answer.content.decode()
    assert "“Until” must not be before “From”." in text
    assert "This field is required." in text  # formats
    assert not ReportRun.objects.exists()


def test_a_refusal_of_the_service_stays_on_the_form(
    fiona: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise NoFormat

    monkeypatch.setattr(services, "run", refuse)
    data = {**OCTOBER, "formats": ["csv"]}

    answer = _sign_in(fiona).post(reverse(ASK_REGISTER[0], args=ASK_REGISTER[1]), data)

    assert "Choose at least one format." in answer.content.decode()


def test_a_denied_run_is_refused_and_recorded(audrey: User) -> None:
    data = {**OCTOBER, "formats": ["csv"]}

    answer = _sign_in(audrey).post(reverse(ASK_REGISTER[0], args=ASK_REGISTER[1]), data)

    assert answer.status_code == 403
    event = AuditEvent.objects.get(action="reports.run")
    assert (event.actor, event.outcome) == (audrey, Outcome.DENIED)


@pytest.mark.parametrize("name", ["cancel", "rerun"])
def test_a_denied_dialog_says_why_and_is_recorded(run: ReportRun, audrey: User, name: str) -> None:
    answer = _sign_in(audrey).post(_page(run, name), {"_form_submitted": "on"})

    assert "reports.run_report" in answer.content.decode()
    event = AuditEvent.objects.get(action=f"reports.{name}")
    assert (event.actor, event.outcome) == (audrey, Outcome.DENIED)


def test_an_unknown_report_is_not_found(fiona: User) -> None:
    url = reverse("admin:reports_reportrun_ask", args=("weather",))

    assert _sign_in(fiona).get(url).status_code == 404


def test_without_pango_only_the_csv_is_offered(
    fiona: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "is_possible", lambda: False)

    text = _open(fiona, *ASK_REGISTER)

    assert 'value="csv"' in text
    assert 'value="pdf"' not in text
    assert "apt-get install --no-install-recommends libpangoft2-1.0-0" in text


def test_an_unfinished_run_asks_for_its_progress_until_it_is_finished(
    run: ReportRun, fiona: User
) -> None:
    client = _sign_in(fiona)
    assert f'hx-get="{_page(run, "progress")}"' in client.get(_page(run)).content.decode()
    run.status, run.stage = Status.RUNNING, "printed 3 of 12 pages"
    run.rows_done, run.rows_total, run.attempt_count = 250, 1000, 2
    run.started_at = timezone.now()
    run.save()

    text = client.get(_page(run, "progress")).content.decode()

    for words in ('value="25"', "printed 3 of 12 pages", "250 of 1,000 rows", "(attempt 2)"):
        assert words in text
    assert "hx-trigger" in text
    assert _page(run, "cancel") in text
    run.is_cancel_requested = True
    run.save()
    text = client.get(_page(run, "progress")).content.decode()
    assert "stopping" in text
    assert _page(run, "cancel") not in text
    run.status, run.failure = Status.FAILED, "The disk is full."
    run.tie_outs = [TieOut("Escrow", 1, 2).as_json()]
    run.save()
    text = client.get(_page(run, "progress")).content.decode()
    for words in ("The disk is full.", "These figures do not agree", "✗", _page(run, "rerun")):
        assert words in text
    assert "hx-trigger" not in text


def test_a_finished_run_shows_its_files_and_its_proof(done: ReportRun, fiona: User) -> None:
    text = _open(fiona, "admin:reports_reportrun_change", (done.pk,))

    for words in (f"{done}-x.csv", "12" * 32, "✓", "$50.00", "12.34", "T-77, 70 transactions"):
        assert words in text
    assert _page(done, "download", "csv") in text
    assert _page(done, "progress") not in text


def test_the_auditor_reads_runs_and_has_no_buttons(done: ReportRun, audrey: User) -> None:
    text = _open(audrey, "admin:reports_reportrun_change", (done.pk,))

    assert "12" * 32 in text
    for name in ("rerun", "cancel"):
        assert _page(done, name) not in text
    assert _page(done, "download", "csv") not in text


def test_a_run_of_a_report_that_is_gone_can_still_be_read(run: ReportRun, fiona: User) -> None:
    ReportRun.objects.filter(pk=run.pk).update(report="weather", status=Status.CANCELLED)

    text = _open(fiona, "admin:reports_reportrun_change", (run.pk,))

    assert "weather" in text
    assert "2026-10-01" in text
    assert _page(run, "rerun") not in text


def test_a_run_whose_wallet_is_gone_can_still_be_read(run: ReportRun, fiona: User) -> None:
    gone = {**OCTOBER, "wallet": 0}
    ReportRun.objects.filter(pk=run.pk).update(report="wallet-statement", parameters=gone)

    assert "2026-10-01" in _open(fiona, "admin:reports_reportrun_change", (run.pk,))


def test_expired_and_cancelled_runs_say_so(done: ReportRun, fiona: User) -> None:
    for status, words in (
        (Status.EXPIRED, "The files were deleted on"),
        (Status.CANCELLED, "Cancelled. No file was kept."),
    ):
        ReportRun.objects.filter(pk=done.pk).update(status=status)
        text = _open(fiona, "admin:reports_reportrun_change", (done.pk,))
        assert words in text
        assert _page(done, "download", "csv") not in text


def test_a_run_that_one_may_not_see_is_not_there(done: ReportRun, carol: User) -> None:
    group = carol.groups.get()
    group.permissions.remove(*group.permissions.filter(codename="view_reportrun"))
    client = _sign_in(carol)

    assert client.get(_page(done, "progress")).status_code == 404
    assert client.get(_page(done, "download", "csv")).status_code == 404
    for name in ("cancel", "rerun"):
        answer = client.post(_page(done, name), {"_form_submitted": "on"})
        assert answer.status_code == 404
    assert str(done) not in _open(carol, LIST)
    assert not AuditEvent.objects.filter(action="reports.downloaded").exists()


@pytest.mark.parametrize("name", ["cancel", "rerun"])
def test_opening_a_dialog_changes_nothing(run: ReportRun, fiona: User, name: str) -> None:
    answer = _sign_in(fiona).get(_page(run, name))

    assert 'role="dialog"' in answer.content.decode()
    run.refresh_from_db()
    assert run.status == Status.QUEUED
    assert ReportRun.objects.count() == 1


def test_the_cancel_dialog_cancels(run: ReportRun, fiona: User) -> None:
    answer = _sign_in(fiona).post(_page(run, "cancel"), {"_form_submitted": "on"})

    assert answer["HX-Redirect"] == _page(run)
    run.refresh_from_db()
    assert run.status == Status.CANCELLED


def test_a_refused_cancel_stays_in_the_dialog(done: ReportRun, fiona: User) -> None:
    answer = _sign_in(fiona).post(_page(done, "cancel"), {"_form_submitted": "on"})

    assert "is not possible while the status is “done”" in answer.content.decode()


def test_the_rerun_dialog_opens_the_new_run(done: ReportRun, fiona: User) -> None:
    answer = _sign_in(fiona).post(_page(done, "rerun"), {"_form_submitted": "on"})

    again = ReportRun.objects.exclude(pk=done.pk).get()
    assert answer["HX-Redirect"] == _page(again)


def test_a_download_is_an_attachment_that_no_browser_opens(done: ReportRun, fiona: User) -> None:
    answer = _sign_in(fiona).get(_page(done, "download", "csv"))

    assert b"".join(answer.streaming_content) == b"a,b\r\n"  # type: ignore[attr-defined]  # it streams
    assert answer["Content-Disposition"] == f'attachment; filename="{done}-x.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    answer.close()


def test_behind_the_proxy_the_web_server_sends_the_file(
    done: ReportRun, fiona: User, settings: Settings
) -> None:
    settings.INTERNAL_REDIRECT = "/protected/"

    answer = _sign_in(fiona).get(_page(done, "download", "csv"))

    assert answer["X-Accel-Redirect"] == "/protected/reports/x%20y.csv"
    assert answer.content == b""
    assert answer["Content-Disposition"].startswith("attachment")
    assert AuditEvent.objects.filter(action="reports.downloaded").count() == 1


def test_a_refused_download_says_why_and_is_recorded(done: ReportRun, audrey: User) -> None:
    answer = _sign_in(audrey).get(_page(done, "download", "csv"), follow=True)

    assert "reports.download_report" in answer.content.decode()
    event = AuditEvent.objects.get(action="reports.download")
    assert (event.actor, event.outcome) == (audrey, Outcome.DENIED)


def test_the_list_has_my_runs_and_everybody_s(run: ReportRun, fiona: User, carol: User) -> None:
    assert str(run) in _open(fiona, LIST)
    assert str(run) not in _open(carol, LIST)
    assert str(run) in _open(carol, LIST, tab="all")


def test_who_sees_only_their_own_runs_has_no_other_tab(run: ReportRun, fiona: User) -> None:
    group = fiona.groups.get()
    group.permissions.remove(*group.permissions.filter(codename="view_reportrun"))

    text = _open(fiona, LIST, tab="all")

    assert str(run) in text
    assert "Everybody’s" not in text


def test_the_auditor_s_list_opens_with_everybody_s(run: ReportRun, audrey: User) -> None:
    assert str(run) in _open(audrey, LIST)


def test_files_are_offered_in_the_list(done: ReportRun, fiona: User) -> None:
    assert _page(done, "download", "csv") in _open(fiona, LIST)


def test_the_button_of_the_list_opens_the_catalogue(fiona: User, audrey: User) -> None:
    url = reverse("admin:reports_reportrun_open_catalogue")

    assert _sign_in(fiona).get(url)["Location"] == reverse(CATALOGUE)
    assert _sign_in(audrey).get(url).status_code == 403


@pytest.mark.parametrize("term", ["boris", "W-0", "BORIS@EX"])
def test_a_wallet_is_found_by_number_and_owner(wallet: Wallet, fiona: User, term: str) -> None:
    answer = _sign_in(fiona).get(reverse("admin:reports_reportrun_wallets"), {"term": term})

    assert {"id": str(wallet.pk), "text": str(wallet)} in answer.json()["results"]


def test_a_wallet_of_the_chart_is_found_by_its_place(fiona: User) -> None:
    answer = _sign_in(fiona).get(reverse("admin:reports_reportrun_wallets"), {"term": "escrow"})

    texts = [result["text"] for result in answer.json()["results"]]
    assert texts
    assert all("Escrow" in text for text in texts)


def test_wallets_are_not_told_to_strangers(clara: User) -> None:
    url = reverse("admin:reports_reportrun_wallets")

    assert _sign_in(clara).get(url).status_code == 403
