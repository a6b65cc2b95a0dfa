"""Blackouts and maintenance as people click them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.assets import services
from apps.assets.models import Asset, Maintenance, MaintenancePlan
from apps.assets.states import ReservationKind
from apps.assets.tests.conftest import DAY, HOUR, book
from apps.audit.models import AuditEvent
from project.testing.make import Make


@pytest.fixture
def asset(make: Make, lena: User) -> Asset:
    return make.asset(lender=lena, tag="CAM-1", name="Camera")


@pytest.fixture
def clerk(clara: User) -> Client:
    client = Client()
    client.force_login(clara)
    return client


def address(name: str, row: Any) -> str:
    return reverse(f"admin:assets_{name}", args=(row.pk,))


def shown(moment: Any) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


@pytest.fixture
def due(asset: Asset, clara: User) -> Maintenance:
    """Let a safety check follow the loan that came back just now."""
    plan = MaintenancePlan.objects.create(
        title="Safety check", asset=asset, after_each_loan=True, duration=2 * HOUR
    )
    now = timezone.now()
    loan = book(asset, clara, now - DAY, now)
    services.follow_loan(asset.pk, after=loan.pk, at=now, actor=clara)
    return plan.maintenance.get()


def test_a_period_is_blocked_and_lifted(asset: Asset, clerk: Client) -> None:
    start = timezone.now() + DAY
    typed = {"starts_at": shown(start), "ends_at": shown(start + DAY), "reason": "Holidays"}
    typed["_form_submitted"] = "1"
    answer = clerk.post(address("asset_black_out", asset), typed)
    page = address("asset_change", asset)
    assert answer.headers["HX-Redirect"] == page
    blackout = asset.reservations.get()
    assert blackout.kind == ReservationKind.BLACKOUT

    lift = address("reservation_lift", blackout)
    for shown_on in (page, address("reservation_change", blackout)):
        assert lift in clerk.get(shown_on).content.decode()
    clerk.post(lift, {"reason": "Stayed at home", "_form_submitted": "1"})
    blackout.refresh_from_db()
    assert not blackout.is_holding
    assert lift not in clerk.get(page).content.decode()
    assert AuditEvent.objects.get(action="assets.blackout_lifted").reason == "Stayed at home"


def test_what_is_promised_is_listed_in_the_dialog(asset: Asset, clerk: Client, clara: User) -> None:
    start = timezone.now() + DAY
    book(asset, clara, start, start + DAY, reason="TK-1 Boris")
    typed = {"starts_at": shown(start), "ends_at": shown(start + DAY), "reason": "Holidays"}
    answer = clerk.post(address("asset_black_out", asset), {**typed, "_form_submitted": "1"})
    assert "TK-1 Boris" in answer.content.decode()
    assert asset.reservations.count() == 1


def test_a_loan_has_no_button_to_lift_it(asset: Asset, clerk: Client, clara: User) -> None:
    loan = book(asset, clara, timezone.now(), timezone.now() + DAY)
    lift = address("reservation_lift", loan)
    assert lift not in clerk.get(address("reservation_change", loan)).content.decode()
    assert clerk.get(lift).status_code == 403


def test_overdue_maintenance_stands_on_the_page_of_the_asset_and_is_recorded_there(
    asset: Asset, due: Maintenance, clerk: Client
) -> None:
    page, done = address("asset_change", asset), address("maintenance_done_deed", due)
    opened = clerk.get(page).content.decode()
    assert "Safety check" in opened
    assert "overdue" in opened
    assert done in opened
    refused = clerk.post(done, {"note": "", "cost": "-1", "_form_submitted": "1"})
    assert "may not be negative" in refused.content.decode()
    answer = clerk.post(done, {"note": "New fuse", "cost": "12.50", "_form_submitted": "1"})
    assert answer.headers["HX-Redirect"] == page
    due.refresh_from_db()
    assert (due.cost, due.note) == (1250, "New fuse")
    opened = clerk.get(page).content.decode()
    assert done not in opened
    assert "$12.50" in opened


@pytest.mark.parametrize(
    ("tab", "is_shown"), [("undone", True), ("overdue", True), ("done", False), ("all", True)]
)
def test_the_list_of_maintenance_by_tab(
    due: Maintenance, clerk: Client, tab: str, *, is_shown: bool
) -> None:
    listed = clerk.get(reverse("admin:assets_maintenance_changelist"), {"tab": tab})
    assert (address("maintenance_change", due) in listed.content.decode()) == is_shown
    assert "Safety check" in clerk.get(address("maintenance_change", due)).content.decode()


def test_a_plan_is_written_in_the_form(asset: Asset, clerk: Client, clara: User) -> None:
    add = reverse("admin:assets_maintenanceplan_add")
    typed = {"title": "Yearly check", "asset": asset.pk, "every_months": 12, "duration": "2:00"}
    refused = clerk.post(add, typed).content.decode()
    assert "together" in refused
    clerk.post(add, {**typed, "first_due_on": "2030-01-01", "is_active": "on", "blocks": "on"})
    plan = MaintenancePlan.objects.get()
    assert plan.duration == timedelta(hours=2)
    assert plan.history.get().history_user == clara
    assert AuditEvent.objects.filter(action="assets.maintenanceplan_added").exists()
    listed = clerk.get(reverse("admin:assets_maintenanceplan_changelist")).content.decode()
    assert "every 12 months" in listed
    both = {**typed, "category": asset.category_id, "first_due_on": "2030-01-01"}
    assert "not both" in clerk.post(add, both).content.decode()
