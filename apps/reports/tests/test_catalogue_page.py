"""Catalogue and form: what can be run, by whom, with which parameters, and the two ways on."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import AuditEvent, Outcome
from apps.reports import pdf, services
from apps.reports.addresses import on_screen
from apps.reports.admin.periods import quick_periods
from apps.reports.catalogue import CATALOGUE as CATALOGUE_OF_REPORTS
from apps.reports.catalogue import find
from apps.reports.errors import NoFormat
from apps.reports.models import ReportRun
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


def _open(person: User, name: str, args: tuple[Any, ...] = (), **data: str) -> str:
    answer = _sign_in(person).get(reverse(name, args=args), data)
    assert answer.status_code == 200
    return answer.content.decode()


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
    _app, _dot, right = find(slug).permission.partition(".")
    fiona.groups.get().permissions.add(Permission.objects.get(codename=right))
    text = _open(fiona, "admin:reports_reportrun_ask", (slug,))

    for field in find(slug).form.base_fields:
        assert f'name="{field}"' in text


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
    assert answer["Location"] == reverse("admin:reports_reportrun_change", args=(run.pk,))
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


def test_reports_stand_on_shelves_with_what_they_are_held_against(fiona: User) -> None:
    text = _open(fiona, CATALOGUE)

    assert text.index("<h2>Money</h2>") < text.index("Trial balance</strong>")
    assert text.index("<h2>Lending</h2>") < text.index("Lending register</strong>")
    assert "Audit extract</strong>" not in text
    assert "debits equal credits, entries add up to zero" in text


def test_a_card_knows_my_last_run_and_nobody_else_s(fiona: User, carol: User) -> None:
    services.run("lending-register", parameters=OCTOBER, formats=["csv"], actor=fiona)
    last = services.run("lending-register", parameters=OCTOBER, formats=["pdf"], actor=fiona)

    text = _open(fiona, CATALOGUE)

    assert text.count("My last run") == 1
    assert reverse("admin:reports_reportrun_change", args=(last.pk,)) in text
    assert "queued" in text
    assert "My last run" not in _open(carol, CATALOGUE)


def test_the_form_leads_to_the_screen_with_what_was_typed(fiona: User, wallet: Wallet) -> None:
    data = {"wallet": wallet.pk, **OCTOBER, "show": "1"}

    answer = _sign_in(fiona).post(reverse(ASK_STATEMENT[0], args=ASK_STATEMENT[1]), data)

    assert answer["Location"] == on_screen("wallet-statement", {**OCTOBER, "wallet": wallet.pk})
    assert not ReportRun.objects.exists()


def test_what_does_not_fit_stays_on_the_form_on_the_way_to_the_screen_too(fiona: User) -> None:
    data = {"from_on": "2026-10-02", "until_on": "2026-10-01", "show": "1"}

    answer = _sign_in(fiona).post(reverse(ASK_REGISTER[0], args=ASK_REGISTER[1]), data)

    assert "“Until” must not be before “From”." in answer.content.decode()


def test_a_form_with_a_period_has_buttons_for_the_usual_ones(fiona: User) -> None:
    assert "last quarter" in _open(fiona, *ASK_REGISTER)
    assert "last quarter" not in _open(fiona, "admin:reports_reportrun_ask", ("trial-balance",))


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (
            date(2026, 1, 15),
            [
                ("2025-12-01", "2025-12-31"),
                ("2026-01-01", "2026-01-15"),
                ("2025-10-01", "2025-12-31"),
                ("2026-01-01", "2026-01-15"),
                ("2025-01-01", "2025-12-31"),
            ],
        ),
        (
            date(2028, 5, 31),
            [
                ("2028-04-01", "2028-04-30"),
                ("2028-05-01", "2028-05-31"),
                ("2028-01-01", "2028-03-31"),
                ("2028-01-01", "2028-05-31"),
                ("2027-01-01", "2027-12-31"),
            ],
        ),
    ],
)
def test_the_usual_periods_end_where_people_expect(
    today: date, expected: list[tuple[str, str]]
) -> None:
    found = [(str(one.from_on), str(one.until_on)) for one in quick_periods(today)]

    assert found == expected
