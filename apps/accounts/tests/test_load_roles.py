"""The roles of the product are what their file says, however often it is loaded."""

import json
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission

from apps.accounts import services as accounts
from apps.accounts.errors import UnknownPermission
from apps.accounts.models import SYSTEM_EMAIL, User
from apps.accounts.roles import Role
from apps.accounts.selectors import people_with_role, permissions_of
from apps.audit.models import AuditEvent

FILE = Path(__file__).resolve().parents[3] / "fixtures" / "reference" / "roles.json"
ROWS = json.loads(FILE.read_text(encoding="utf-8"))
OURS = {
    "accounts", "approvals", "assets", "audit", "notifications", "programs", "reports", "tickets",
    "wallets", "webhooks",
}  # fmt: skip
MONEY = {
    "wallets.open_wallet",
    "wallets.freeze_wallet",
    "wallets.request_adjustment",
    "wallets.decide_adjustment",
    "wallets.place_hold",
    "wallets.capture_hold",
    "wallets.reverse_ledgertransaction",
}


def held(role: str) -> set[str]:
    return set(permissions_of(Group.objects.get(name=role)))


def test_the_file_has_the_roles_that_code_relies_on() -> None:
    assert [row["name"] for row in ROWS] == Role.values


def test_each_role_holds_exactly_what_the_file_says(db: None) -> None:
    for row in ROWS:
        assert held(row["name"]) == set(row["permissions"])
        assert row["permissions"] == sorted(set(row["permissions"]))


def test_loading_again_changes_nothing_and_records_nothing(db: None) -> None:
    events = AuditEvent.objects.count()

    assert accounts.load_roles(ROWS) == len(ROWS)

    assert AuditEvent.objects.count() == events
    assert User.objects.filter(is_system=True).count() == 1


def test_loading_puts_back_what_was_changed(db: None) -> None:
    role = Group.objects.get(name=Role.WALLET_CLERK)
    role.permissions.set(Permission.objects.filter(codename="decide_adjustment"))

    accounts.load_roles(ROWS)

    assert "wallets.decide_adjustment" not in held(role.name)
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.actor.email) == ("accounts.role_changed", SYSTEM_EMAIL)
    assert event.before == {"permissions": ["wallets.decide_adjustment"]}
    assert event.after == {"permissions": sorted(held(role.name))}


def test_an_unknown_permission_is_named(db: None) -> None:
    rows = [{"name": "Painter", "permissions": ["assets.paint_asset"]}]

    with pytest.raises(UnknownPermission, match=r"“Painter” .* “assets\.paint_asset”"):
        accounts.load_roles(rows)


def test_the_system_cannot_sign_in(system: User) -> None:
    assert system.email == SYSTEM_EMAIL
    assert not system.has_usable_password()
    assert not system.is_staff


def test_an_auditor_reads_everything_and_changes_nothing(db: None) -> None:
    views = {
        f"{permission.content_type.app_label}.{permission.codename}"
        for permission in Permission.objects.filter(
            codename__startswith="view_", content_type__app_label__in=OURS
        ).select_related("content_type")
    }

    assert held(Role.AUDITOR) == views | {
        "auth.view_group",
        "auth.view_permission",
        "audit.export_auditevent",
        # Reads, into a file.
        "reports.download_report",
        "reports.export_list",
        "reports.run_report",
        # Computes, and writes nothing but the verdict.
        "wallets.check_books",
        "wallets.export_journal",
    }


def test_an_administrator_has_no_right_over_money(db: None) -> None:
    assert not held(Role.ADMINISTRATOR) & (MONEY | {"tickets.approve_ticket"})


def test_nobody_may_both_ask_and_decide_on_money(db: None) -> None:
    for role in Role.values:
        assert not {"wallets.request_adjustment", "wallets.decide_adjustment"} <= held(role)
        assert not {"wallets.place_hold", "wallets.capture_hold"} <= held(role)


def test_borrowers_and_lenders_have_no_right_in_the_back_office(db: None) -> None:
    assert not held(Role.BORROWER)
    assert not held(Role.LENDER)


def test_people_with_a_role_are_active(anna: User, arno: User, clara: User) -> None:
    arno.is_active = False
    arno.save()

    assert list(people_with_role(Role.LENDING_APPROVER)) == [anna]
