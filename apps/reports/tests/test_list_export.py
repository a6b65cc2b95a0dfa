"""Every list of the back office is exported as its reader sees it, and by nobody else."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.models import AuditEvent
from apps.common.admin import ExportField
from apps.common.errors import NotPermitted
from apps.reports import building, services
from apps.reports.catalogue import find
from apps.reports.csv import write
from apps.reports.errors import OnlyForRequester, ParametersRefused, TooWideForPaper
from apps.reports.lists.offering import Forbidden, offered_by
from apps.reports.lists.shown import name_of
from apps.reports.models import ReportRun
from apps.reports.report import Report
from apps.reports.states import Status
from apps.reports.tests.conftest import OCTOBER, move
from apps.wallets import services as wallets
from apps.wallets.models import LedgerEntry, LedgerTransaction, Wallet
from apps.wallets.states import Role
from project.testing import cast
from project.testing.make import Make

PAGES: list[Any] = list(admin.site._registry.values())
LISTS = {name_of(page): page for page in PAGES}


@pytest.fixture
def audrey(db: None) -> User:
    """Auditor with all that the role has."""
    return cast.person("Audrey", "Auditor")


@pytest.fixture
def root(db: None) -> User:
    """Whom no permission stops."""
    return User.objects.create_superuser("root@example.com", "x" * 12, display_name="Root")


def settled(name: str, person: User, query: str = "", *columns: str) -> tuple[Report, Any]:
    every = [one.key for one in offered_by(LISTS[name])]
    report = find("list-export")
    parameters = {"list": name, "filter": query, "columns": columns or every}
    answers = report.answers(parameters)
    return report.settled(answers, person), answers


def rows(name: str, person: User, query: str = "", *columns: str) -> list[dict[str, Any]]:
    report, answers = settled(name, person, query, *columns)
    keys = [column.key for column in report.columns]
    totals = report.totals(answers)
    assert report.frame(answers, totals).is_tied
    return [dict(zip(keys, row, strict=True)) for row in report.query(answers).rows()]


def shown(client: Client, name: str, query: str = "") -> list[int]:
    """Return the numbers of the rows that the page shows."""
    page = client.get(f"{reverse(f'admin:{name}_changelist')}?{query}")
    return [row.pk for row in page.context["cl"].result_list]


def test_every_list_is_exported_with_every_column(root: User) -> None:
    for name in LISTS:
        assert rows(name, root) is not None, name


def test_a_list_has_no_secrets(root: User) -> None:
    offered = {
        f"{page.opts.label}.{one.key}" for page in LISTS.values() for one in offered_by(page)
    }

    for secret in ("password", "attachment", "content", "signature", "lease_holder", "key"):
        assert [key for key in offered if key.endswith(f".{secret}")] == []
    assert "accounts.User.email" in offered
    assert "wallets.Wallet.placed" not in offered
    assert "wallets.Wallet.position" not in offered


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("accounts_user", "password"),
        ("tickets_ticket", "borrower__password"),
        ("notifications_notice", "attachment"),
        ("wallets_hold", "key"),
    ],
)
def test_a_page_cannot_even_name_a_secret(
    monkeypatch: pytest.MonkeyPatch, name: str, path: str
) -> None:
    monkeypatch.setattr(LISTS[name], "export_fields", (ExportField(path),))

    with pytest.raises(Forbidden, match=path):
        offered_by(LISTS[name])


def test_a_column_that_is_not_offered_is_refused(clara: User) -> None:
    with pytest.raises(ParametersRefused, match=r"“borrower__password” is no column"):
        settled("tickets_ticket", clara, "", "pk", "borrower__password")


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"list": "tickets_dragon", "columns": ["pk"]}, "There is no list “tickets_dragon”"),
        ({"list": "nonsense", "columns": ["pk"]}, "There is no list “nonsense”"),
        ({"list": "tickets_ticket", "columns": []}, "This field is required"),
        ({"list": "tickets_ticket", "columns": "pk"}, "This field is required"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(parameters: dict[str, Any], why: str) -> None:
    with pytest.raises(ParametersRefused, match=why):
        find("list-export").answers({"filter": "", **parameters})


def test_a_filter_that_makes_no_sense_is_refused(audrey: User, carol: User) -> None:
    with pytest.raises(ParametersRefused, match="cannot be filtered like that"):
        settled("audit_auditevent", audrey, "actor__id__exact=nonsense")
    with pytest.raises(ParametersRefused, match="cannot be filtered like that"):
        settled("accounts_user", carol, "password__startswith=a")
    with pytest.raises(ParametersRefused):
        settled("wallets_ledgertransaction", carol, "amount=much")


@pytest.mark.parametrize(
    "query", ["tab=all", "tab=all&q=lena", "tab=all&o=-1", "tab=suspended", "is_staff__exact=1"]
)
def test_people_are_exported_as_they_are_filtered_searched_and_ordered(
    client: Client, adam: User, lena: User, boris: User, anna: User, query: str
) -> None:
    client.force_login(adam)
    listed = shown(client, "accounts_user", query)

    exported = rows("accounts_user", adam, f"{query}&p=7&all=1")

    emails = dict(User.objects.values_list("pk", "email"))
    assert [row["email"] for row in exported] == [emails[pk] for pk in listed]


def test_a_keyset_list_gives_the_rows_of_all_pages_in_its_order(
    client: Client, audrey: User, clara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [audit.record("tests.painted", actor=clara, reason="r") for _number in range(5)]
    monkeypatch.setattr(LISTS["audit_auditevent"], "list_per_page", 2)
    client.force_login(audrey)
    query = "action=tests.painted"
    assert shown(client, "audit_auditevent", query) == [events[4].pk, events[3].pk]

    exported = rows("audit_auditevent", audrey, f"{query}&p=before-{events[2].pk}")

    assert [row["id"] for row in exported] == [event.pk for event in reversed(events)]
    assert exported[0]["actor_email"] == "clara@example.com"


def test_everybody_gets_their_own_rows(clara: User, carol: User, fiona: User) -> None:
    for person in (carol, fiona):
        services.run(
            "lending-register",
            parameters=OCTOBER,
            formats=["csv"],
            actor=person,
        )

    assert rows("reports_reportrun", clara, "") == []
    assert [row["requester"] for row in rows("reports_reportrun", fiona)] == ["Fiona"]
    assert len(rows("reports_reportrun", fiona, "tab=all")) == 2


def test_a_wallet_has_what_is_posted_and_not_what_is_stored(
    make: Make, boris: User, carol: User
) -> None:
    move(make.wallet(boris), 12_345, date(2026, 10, 1))
    cash = wallets.system_wallet(Role.CASH, "USD")
    assert LedgerEntry.objects.filter(wallet=cash, position=None).exists()

    (row,) = [row for row in rows("wallets_wallet", carol, "tab=chart") if row["posted"]]

    assert row["number"] == cash.number
    assert (row["posted"], row["available"]) == (-12_345, -12_345)
    assert Wallet.objects.get(pk=cash.pk).placed == 0


def test_the_journal_of_a_wallet_has_the_newest_entries_too(
    make: Make, boris: User, carol: User
) -> None:
    move(make.wallet(boris), 12_345, date(2026, 10, 1))
    cash = wallets.system_wallet(Role.CASH, "USD")
    posted = LedgerTransaction.objects.get()

    (row,) = rows("wallets_ledgertransaction", carol, f"wallet={cash.pk}")

    assert (row["pk"], row["moved"]) == (f"T-{posted.pk}", "USD 123.45")
    assert rows("wallets_ledgertransaction", carol, f"q=T-{posted.pk}") == [row]
    assert rows("wallets_ledgertransaction", carol, "kind=reversal") == []


def test_a_list_says_in_words_what_it_shows(adam: User) -> None:
    report, answers = settled("accounts_user", adam, "tab=all&q=lena&is_staff__exact=0")

    assert report.described(answers) == [
        ("List", "People"),
        ("Search", "lena"),
        ("Tab", "Everybody"),
        ("Staff", "No"),
    ]
    assert report.title == "People (list)"


def test_a_formula_stays_text(adam: User, tmp_path: Path) -> None:
    User.objects.filter(pk=adam.pk).update(display_name="=1+1")
    report, answers = settled("accounts_user", adam, "", "display_name", "is_staff", "email")
    file = tmp_path / "people.csv"

    write(file, report.columns, report.query(answers), progress=lambda _rows: None)

    (row,) = csv.DictReader(file.read_text().splitlines())
    assert row == {"Name": "'=1+1", "E-mail": "adam@example.com", "Back office": "yes"}


def test_nobody_exports_what_they_may_not_see(
    client: Client, request: pytest.FixtureRequest
) -> None:
    """Who sees a list may export it, but for the two that need a permission of their own."""
    own = {"assets_asset": {"clara"}, "audit_auditevent": {"audrey"}}
    for who in ("clara", "anna", "walt", "carol", "fiona", "audrey", "adam"):
        person = request.getfixturevalue(who)
        client.force_login(person)
        for name, page in LISTS.items():
            sees = client.get(reverse(f"admin:{name}_changelist")).status_code == 200
            may = sees and who in own.get(name, {who})
            asked = client.get(reverse(f"admin:{name}_export_list"))
            assert asked.status_code == (200 if may else 403), (who, name)
            if not may:
                with pytest.raises(NotPermitted):
                    settled(name, person, "", offered_by(page)[0].key)


def test_who_may_see_but_not_export_gets_nothing(client: Client, clara: User) -> None:
    role = clara.groups.get()
    role.permissions.remove(*role.permissions.filter(codename="export_list"))
    client.force_login(clara)

    assert client.get(reverse("admin:tickets_ticket_export_list")).status_code == 403
    listed = client.get(reverse("admin:tickets_ticket_changelist")).content.decode()
    assert reverse("admin:tickets_ticket_export_list") not in listed
    with pytest.raises(NotPermitted, match=r"reports.export_list"):
        ask_for(clara)


def ask_for(person: User, **changes: Any) -> ReportRun:
    parameters = {"list": "tickets_ticket", "filter": "tab=mine", "columns": ["pk", "status"]}
    formats = changes.pop("formats", ["csv"])
    return services.run(
        "list-export", parameters={**parameters, **changes}, formats=formats, actor=person
    )


def test_the_request_is_written_down_with_list_and_filter(clara: User) -> None:
    run = ask_for(clara)

    event = AuditEvent.objects.get(action="reports.requested")
    assert event.target_id == str(run.pk)
    assert event.after["parameters"] == {
        "list": "tickets_ticket",
        "filter": "tab=mine",
        "columns": ["pk", "status"],
    }
    assert run.summary == "Tickets · Entered by me"


def test_the_file_is_for_whoever_asked(clara: User, audrey: User) -> None:
    run = ask_for(clara)

    with pytest.raises(OnlyForRequester, match=r"as Clara sees it"):
        services.download(run.pk, "csv", actor=audrey)
    again = services.rerun(run.pk, actor=audrey)
    assert again.requester == audrey


def test_who_lost_the_right_in_between_gets_no_file(
    clara: User, files: Path, transactional_db: None
) -> None:
    run = ask_for(clara)
    role = clara.groups.get()
    names = ("view_ticket", "change_ticket")
    role.permissions.remove(*role.permissions.filter(codename__in=names))

    building.build(run.pk)

    run.refresh_from_db()
    assert run.status == Status.FAILED
    assert "tickets.view_ticket" in run.failure
    assert not run.files.exists()


def test_too_many_columns_have_no_room_on_paper(audrey: User) -> None:
    columns = [one.key for one in offered_by(LISTS["audit_auditevent"])]
    wanted = {"list": "audit_auditevent", "filter": "", "columns": columns}

    with pytest.raises(TooWideForPaper, match="Untick some columns"):
        ask_for(audrey, **wanted, formats=["csv", "pdf"])
    assert ask_for(audrey, **wanted).formats == ["csv"]


@pytest.mark.parametrize(("count", "width"), [(2, 186), (7, 186), (10, 273)])
def test_the_columns_fill_the_sheet(audrey: User, count: int, width: int) -> None:
    columns = [one.key for one in offered_by(LISTS["audit_auditevent"])][:count]

    report, _answers = settled("audit_auditevent", audrey, "", *columns)

    assert sum(column.width for column in report.columns) == width
    assert report.is_landscape == (width == 273)
