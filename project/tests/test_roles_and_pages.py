"""Which role opens which page: the table, written by hand."""

from contextlib import nullcontext

import pytest
from django.contrib.admin import site
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User

# c clerk, a approver, w wallet clerk, f finance controller, n analyst, u auditor, d administrator
WHO = {
    "c": "clara",
    "a": "anna",
    "w": "walt",
    "f": "carol",
    "n": "fiona",
    "u": "audrey",
    "d": "adam",
}
PAGES = {
    "tickets_ticket": "cafnu",
    "tickets_claim": "cafnu",
    "tickets_receivable": "cawfnu",
    "tickets_strike": "cafud",
    "tickets_strikepolicy": "aud",
    "tickets_extension": "cafu",
    "tickets_waitingentry": "cau",
    "tickets_loanimport": "fu",
    "assets_asset": "cafnu",
    "assets_reservation": "cau",
    "assets_maintenance": "cau",
    "assets_maintenanceplan": "cau",
    "assets_category": "caud",
    "assets_openinghours": "caud",
    "assets_specialdays": "caud",
    "assets_tariff": "caud",
    "assets_discount": "cafud",
    "assets_commissionrate": "cafud",
    "wallets_wallet": "cawfnu",
    "wallets_adjustment": "wfnu",
    "wallets_adjustmentbatch": "wfnu",
    "wallets_hold": "cawfnu",
    "wallets_ledgertransaction": "wfnu",
    "wallets_period": "wfnu",
    "wallets_reasoncode": "wfnu",
    "wallets_businesslimit": "wfud",
    "wallets_journalimport": "fnu",
    "wallets_bookscheck": "fu",
    "wallets_ledgerseal": "fu",
    "approvals_approvalrequest": "cawfu",
    "approvals_cannedreason": "ud",
    "approvals_policy": "ud",
    "approvals_substitution": "afud",
    "approvals_trustedperson": "fud",
    "reports_reportrun": "cawfnud",
    "reports_reportretention": "fud",
    "reports_reportschedule": "fnud",
    "audit_auditevent": "u",
    "audit_auditblock": "u",
    "webhooks_subscription": "ud",
    "audit_jobrun": "ud",
    "accounts_factorreset": "ud",
    "accounts_user": "cawfnud",
    "auth_group": "ud",
    "notifications_notice": "cawfnud",
    "programs_program": "ud",
    "programs_signingkey": "ud",
}
ADDING = {
    "tickets_ticket": "c",
    "tickets_waitingentry": "c",
    "assets_asset": "c",
    "assets_maintenanceplan": "c",
    "assets_category": "d",
    "assets_openinghours": "d",
    "assets_specialdays": "d",
    "assets_tariff": "d",
    "assets_discount": "d",
    "assets_commissionrate": "d",
    "wallets_adjustment": "w",
    "wallets_adjustmentbatch": "w",
    "wallets_reasoncode": "f",
    "wallets_businesslimit": "d",
    "approvals_cannedreason": "d",
    "approvals_policy": "d",
    "tickets_strikepolicy": "d",
    "reports_reportretention": "d",
    "accounts_user": "d",
    "auth_group": "d",
    "programs_program": "d",
}


def page_names() -> list[str]:
    return sorted(f"{model._meta.app_label}_{model._meta.model_name}" for model in site._registry)


@pytest.fixture
def people(request: pytest.FixtureRequest) -> dict[str, User]:
    return {letter: request.getfixturevalue(name) for letter, name in WHO.items()}


def opened_by(people: dict[str, User], page: str) -> str:
    found = ""
    for letter, user in people.items():
        client = Client()
        client.force_login(user)
        status = client.get(page).status_code
        assert status in {200, 403}, (page, letter, status)
        found += letter if status == 200 else ""
    return found


def test_every_page_is_in_the_table(db: None) -> None:
    assert page_names() == sorted(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_the_roles_of_the_table_open_the_list(people: dict[str, User], page: str) -> None:
    assert opened_by(people, reverse(f"admin:{page}_changelist")) == PAGES[page]


@pytest.mark.parametrize("page", PAGES)
def test_the_roles_of_the_table_add(people: dict[str, User], page: str) -> None:
    assert opened_by(people, reverse(f"admin:{page}_add")) == ADDING.get(page, "")


@pytest.mark.parametrize("page", PAGES)
def test_who_is_not_staff_is_sent_to_the_sign_in(boris: User, client: Client, page: str) -> None:
    client.force_login(boris)
    response = client.get(reverse(f"admin:{page}_changelist"))
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("admin:login"))


def test_every_role_opens_the_first_page(people: dict[str, User]) -> None:
    assert opened_by(people, reverse("admin:index")) == "".join(WHO)


def test_who_reads_the_ledger_opens_the_finance_page(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The test's own transaction has begun without a snapshot.
    monkeypatch.setattr("apps.reports.admin.finance.still", nullcontext)
    assert opened_by(people, reverse("admin:reports_reportrun_finance")) == "wfnu"


def test_the_sidebar_leads_only_where_the_role_may_go(people: dict[str, User]) -> None:
    for letter, user in people.items():
        client = Client()
        client.force_login(user)
        first = client.get(reverse("admin:index")).content.decode()
        for page, who in PAGES.items():
            assert (f'href="{reverse(f"admin:{page}_changelist")}"' in first) == (letter in who), (
                letter,
                page,
            )
