"""The dialog over every list: it says what it will be, and asks for the run."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.reports import pdf
from apps.reports.models import ReportRun
from project.testing import cast
from project.testing.make import Make

PEOPLE = reverse("admin:accounts_user_export_list")
TICKETS = reverse("admin:tickets_ticket_export_list")


def under(query: str, name: str = "accounts_user") -> dict[str, Any]:
    """Return the header by which a dialog knows the page under it."""
    page = reverse(f"admin:{name}_changelist")
    return {"HX-Current-URL": f"http://testserver{page}?{query}"}


def asked(client: Client, url: str = PEOPLE, query: str = "", **typed: Any) -> Any:
    wanted = {"_form_submitted": "True", "formats": ["csv"], "columns": ["email"], **typed}
    return client.post(url, wanted, headers=under(query))


@pytest.fixture
def audrey(db: None) -> User:
    """Auditor with all that the role has."""
    return cast.person("Audrey", "Auditor")


@pytest.fixture
def desk(client: Client, adam: User) -> Client:
    """Adam's browser."""
    client.force_login(adam)
    return client


def test_it_says_how_many_rows_and_which(desk: Client, lena: User, boris: User) -> None:
    page = desk.get(PEOPLE, headers=under("tab=all&q=lena")).content.decode()

    assert "1 row." in page
    assert "Search: lena · Tab: Everybody" in page


def test_a_list_that_counts_nothing_is_not_counted_here(client: Client, clara: User) -> None:
    client.force_login(clara)

    assert "All rows of this list as it is filtered." in client.get(TICKETS).content.decode()


def test_the_columns_of_the_list_are_ticked(client: Client, clara: User) -> None:
    client.force_login(clara)

    form = client.get(TICKETS).context["form"]

    offered = dict(form.fields["columns"].choices)
    assert {"borrower_display_name", "assets", "fee"} <= set(form.fields["columns"].initial)
    assert "borrower_email" in offered.keys() - set(form.fields["columns"].initial)
    assert form.fields["formats"].initial == ["csv"]


def test_it_leads_to_the_run(desk: Client, adam: User) -> None:
    answer = asked(desk, query="tab=all&p=3")

    run = ReportRun.objects.get()
    assert answer["HX-Redirect"] == reverse("admin:reports_reportrun_change", args=(run.pk,))
    assert (run.report, run.requester, run.formats) == ("list-export", adam, ["csv"])
    assert run.parameters == {"list": "accounts_user", "filter": "tab=all", "columns": ["email"]}
    page = desk.get(answer["HX-Redirect"]).content.decode()
    assert "People (list)" in page


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"columns": []}, "This field is required"),
        ({"columns": ["password"]}, "password is not one of the available choices"),
        ({"formats": []}, "This field is required"),
    ],
)
def test_what_cannot_be_is_said_in_the_dialog(
    desk: Client, typed: dict[str, Any], why: str
) -> None:
    assert why in asked(desk, **typed).content.decode()
    assert not ReportRun.objects.exists()


def test_too_many_columns_for_paper_are_refused_in_the_dialog(
    client: Client, audrey: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "is_possible", lambda: True)
    client.force_login(audrey)
    url = reverse("admin:audit_auditevent_export_list")
    every = [key for key, _title in client.get(url).context["form"].fields["columns"].choices]

    answer = asked(client, url, formats=["pdf"], columns=every)

    assert "have no room on paper" in answer.content.decode()
    assert not ReportRun.objects.exists()


def test_a_filter_that_makes_no_sense_is_said_in_the_dialog(desk: Client) -> None:
    query = "password__startswith=a"

    assert "cannot be filtered like that" in desk.get(PEOPLE, headers=under(query)).content.decode()
    assert "cannot be filtered like that" in asked(desk, query=query).content.decode()


def test_the_button_stands_over_lists_with_a_bar_too(
    client: Client, anna: User, make: Make
) -> None:
    client.force_login(anna)

    page = client.get(reverse("admin:approvals_approvalrequest_changelist")).context

    assert [one["title"] for one in page["actions_list"]] == ["Export"]
    assert all("export" not in one["url"] for one in page["bulk_dialogs"])
