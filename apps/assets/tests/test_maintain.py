"""Maintenance by plan: due, given its time between promises, done, and never in the way of one."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.assets import services
from apps.assets.errors import MaintenanceOver, MaintenanceOverdue
from apps.assets.gaps import best_start
from apps.assets.models import Asset, Maintenance, MaintenancePlan
from apps.assets.services.maintaining import due_on, months_after
from apps.assets.states import ReservationKind
from apps.assets.tasks import plan_maintenance
from apps.assets.tests.conftest import DAY, HOUR, MONDAY, beside, book
from apps.audit.models import AuditEvent
from apps.common.errors import NotPermitted
from project.testing.make import Make

NOW = MONDAY


@pytest.fixture(autouse=True)
def _monday(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be Monday morning."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def asset(make: Make, lena: User) -> Asset:
    return make.asset(lender=lena, tag="CAM-1", name="Camera")


def plan_of(asset: Asset, /, **fields: Any) -> MaintenancePlan:
    """Make a safety check of two hours, every six months from Friday on."""
    fields = {"every_months": 6, "first_due_on": date(2027, 3, 5), **fields}
    return MaintenancePlan.objects.create(
        **{"title": "Safety check", "duration": 2 * HOUR, "asset": asset, **fields}
    )


def after_loans(asset: Asset, /, **fields: Any) -> MaintenancePlan:
    rhythm = {"every_months": None, "first_due_on": None, "after_each_loan": True}
    return plan_of(asset, **{**rhythm, **fields})


def run(system: User, now: datetime = NOW) -> tuple[int, int]:
    return services.plan_maintenance(now=now, actor=system)


FRIDAY = datetime(2027, 3, 5, tzinfo=UTC)


# Where it fits.


@pytest.mark.parametrize(
    ("taken", "start"),
    [
        pytest.param([], 8, id="free: so that it ends when it is due"),
        pytest.param([(9, 12)], 7, id="before what is promised at the end"),
        pytest.param([(0, 5), (6, 12)], 12, id="no gap before it: the first one after"),
        pytest.param([(0, 7), (9, 20)], 7, id="a gap that just fits"),
        pytest.param([(0, 7), (8, 12), (13, 20)], 20, id="small gaps do not count"),
        pytest.param([(-5, 30)], 30, id="inside a long promise"),
        pytest.param([(0, 9)], 9, id="a gap around the due moment"),
        pytest.param([(3, 4), (0, 20)], 20, id="one promise inside another"),
    ],
)
def test_work_of_two_hours_that_is_due_at_ten(taken: list[tuple[int, int]], start: int) -> None:
    stretches = [(NOW + a * HOUR, NOW + b * HOUR) for a, b in taken]
    found = best_start(stretches, 2 * HOUR, not_before=NOW, due_at=NOW + 10 * HOUR)
    assert found == NOW + start * HOUR


def test_work_that_is_overdue_begins_as_soon_as_it_can() -> None:
    assert best_start([], HOUR, not_before=NOW, due_at=NOW - DAY) == NOW


@pytest.mark.parametrize(
    ("day", "count", "later"),
    [
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2027, 8, 15), 6, date(2028, 2, 15)),
        (date(2027, 12, 1), 12, date(2028, 12, 1)),
    ],
)
def test_months_are_those_of_the_calendar(day: date, count: int, later: date) -> None:
    assert months_after(day, count) == later


# By months.


def test_it_gets_its_time_before_it_is_due_and_only_once(asset: Asset, system: User) -> None:
    plan = plan_of(asset)
    assert run(system) == (1, 0)
    assert run(system) == (0, 0)
    due = plan.maintenance.get()
    assert due.due_at == due_on(date(2027, 3, 5)) == FRIDAY
    assert due.reservation is not None
    assert due.reservation.kind == ReservationKind.MAINTENANCE
    assert due.reservation.ends_at == FRIDAY
    assert due.reservation.starts_at == FRIDAY - 2 * HOUR


def test_no_promise_is_broken_for_it(asset: Asset, clara: User, system: User) -> None:
    loan = book(asset, clara, NOW + HOUR, FRIDAY + DAY)
    plan = plan_of(asset)
    run(system)
    due = plan.maintenance.get()
    assert due.reservation is not None
    assert due.reservation.starts_at == loan.ends_at


def test_what_is_due_far_ahead_waits(asset: Asset, system: User) -> None:
    plan_of(asset, first_due_on=date(2027, 4, 15))
    assert run(system) == (0, 0)
    assert run(system, NOW + 20 * DAY) == (1, 0)


def test_the_next_one_is_so_many_months_after_it_was_done(
    asset: Asset, clara: User, system: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(asset)
    run(system)
    done = services.maintenance_done(
        plan.maintenance.get().pk, actor=clara, note=" New fuse ", cost=1_250
    )
    assert (done.note, done.cost, done.done_by) == ("New fuse", 1_250, clara)
    assert done.reservation is not None
    assert not asset.reservations.get(pk=done.reservation.pk).is_holding
    assert run(system) == (0, 0)
    later = NOW + 170 * DAY
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert run(system, later) == (1, 0)
    assert plan.maintenance.latest("due_at").due_at == due_on(date(2027, 9, 1))
    event = AuditEvent.objects.get(action="assets.maintained")
    assert (event.after["cost"], event.reason) == ("$12.50", "New fuse")


def test_a_plan_of_a_category_is_for_each_of_its_assets(
    make: Make, asset: Asset, lena: User, system: User
) -> None:
    make.asset(lender=lena, category=asset.category)
    make.asset(lender=lena)
    plan_of(asset, asset=None, category=asset.category)
    assert run(system) == (2, 0)


def test_what_is_late_or_lost_waits_until_it_is_back(
    asset: Asset, clara: User, system: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(asset, first_due_on=date(2027, 3, 8))
    loan = book(asset, clara, NOW, NOW + DAY)
    services.hand_over(asset.pk, actor=clara, reservation_id=loan.pk)
    late = NOW + 2 * DAY
    monkeypatch.setattr(timezone, "now", lambda: late)
    run(system, late)
    assert plan.maintenance.get().reservation is None
    assert run(system, late) == (0, 0)

    services.take_back(asset.pk, condition="good", actor=clara)
    services.free(loan.pk, actor=clara, until=late)
    assert run(system, late) == (1, 0)
    assert plan.maintenance.get().reservation is not None


def test_a_lost_asset_is_left_alone(asset: Asset, clara: User, system: User) -> None:
    plan_of(asset)
    services.lose(asset.pk, reason="Gone", actor=clara)
    assert run(system) == (0, 0)


def test_when_the_plan_stops_its_time_is_free_again(asset: Asset, system: User) -> None:
    plan = plan_of(asset)
    run(system)
    plan.is_active = False
    plan.save()
    assert run(system) == (0, 1)
    assert run(system) == (0, 0)
    assert not asset.reservations.holding().exists()


def test_the_job_says_what_it_did(asset: Asset, system: User) -> None:
    assert plan_maintenance() == ""
    plan_of(asset)
    assert plan_maintenance() == "Maintenance: 1 planned"
    MaintenancePlan.objects.update(is_active=False)
    assert plan_maintenance() == "Maintenance: 1 dropped"
    assert Maintenance.objects.get().history.first().history_user == system


# After each loan.


def test_it_follows_the_loan_at_once_after_the_turnaround(
    make: Make, lena: User, clara: User
) -> None:
    asset = make.asset(lender=lena, category=make.category(turnaround=HOUR))
    plan = after_loans(asset)
    loan = book(asset, clara, NOW, NOW + DAY)
    services.free(loan.pk, actor=clara, until=NOW + 3 * HOUR)
    for _twice in range(2):
        services.follow_loan(asset.pk, after=loan.pk, at=NOW + 3 * HOUR, actor=clara)
    due = plan.maintenance.get()
    assert due.due_at == NOW + 3 * HOUR
    assert due.reservation is not None
    assert due.reservation.starts_at == NOW + 4 * HOUR


def test_it_waits_for_the_first_gap_when_the_next_loan_is_close(asset: Asset, clara: User) -> None:
    plan = after_loans(asset)
    loan = book(asset, clara, NOW, NOW + HOUR)
    following = book(asset, clara, NOW + 2 * HOUR, NOW + DAY)
    services.follow_loan(asset.pk, after=loan.pk, at=NOW + HOUR, actor=clara)
    due = plan.maintenance.get()
    assert due.reservation is not None
    assert due.reservation.starts_at == following.ends_at


@pytest.mark.parametrize("blocks", [True, False])
def test_overdue_maintenance_keeps_an_asset_in_when_its_plan_blocks(
    asset: Asset, clara: User, *, blocks: bool
) -> None:
    plan = after_loans(asset, blocks=blocks)
    loan = book(asset, clara, NOW - HOUR, NOW)
    services.follow_loan(asset.pk, after=loan.pk, at=NOW, actor=clara)
    if blocks:
        with pytest.raises(MaintenanceOverdue, match="“Safety check” was due on 1 Mar 2027"):
            services.hand_over(asset.pk, actor=clara)
        services.maintenance_done(plan.maintenance.get().pk, actor=clara)
    assert services.hand_over(asset.pk, actor=clara).status == "on_loan"


# Done.


def test_it_is_done_once_and_by_those_who_may(asset: Asset, clara: User, anna: User) -> None:
    plan = after_loans(asset)
    loan = book(asset, clara, NOW - HOUR, NOW)
    services.follow_loan(asset.pk, after=loan.pk, at=NOW, actor=clara)
    due = plan.maintenance.get()
    with pytest.raises(NotPermitted):
        services.maintenance_done(due.pk, actor=anna)
    services.maintenance_done(due.pk, actor=clara)
    with pytest.raises(MaintenanceOver, match="is over since"):
        services.maintenance_done(due.pk, actor=clara)


# The database.

_AGAIN = """
INSERT INTO asset_maintenance (plan_id, asset_id, due_at, note)
SELECT plan_id, asset_id, due_at, '' FROM asset_maintenance
"""


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"asset": None}, "maintenance_plan_of_asset_or_category"),
        ({"every_months": None, "first_due_on": None}, "maintenance_plan_has_rhythm"),
        ({"first_due_on": None}, "maintenance_plan_months_have_start"),
        ({"every_months": 0}, "maintenance_plan_months_have_start"),
        ({"duration": timedelta(0)}, "maintenance_plan_takes_time"),
    ],
)
def test_the_database_refuses_a_plan(asset: Asset, fields: dict[str, Any], name: str) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        plan_of(asset, **fields)


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("UPDATE asset_maintenance SET done_at = now()", "maintenance_done_has_person"),
        (
            "UPDATE asset_maintenance SET done_at = now(), done_by_id = {user}, cost = -1",
            "maintenance_cost_is_positive",
        ),
        ("DELETE FROM asset_maintenance", "asset_maintenance_stays"),
        (_AGAIN, "maintenance_is_planned_once"),
    ],
)
def test_the_database_refuses(
    asset: Asset, system: User, clara: User, statement: str, name: str
) -> None:
    plan_of(asset)
    run(system)
    refuse(statement.format(user=clara.pk), name)


def test_a_loan_is_followed_once_and_what_is_done_stays(asset: Asset, clara: User) -> None:
    plan = after_loans(asset)
    loan = book(asset, clara, NOW - HOUR, NOW)
    services.follow_loan(asset.pk, after=loan.pk, at=NOW, actor=clara)
    refuse(
        "INSERT INTO asset_maintenance (plan_id, asset_id, due_at, after_id, note)"
        " SELECT plan_id, asset_id, now(), after_id, '' FROM asset_maintenance",
        "maintenance_follows_a_loan_once",
    )
    services.maintenance_done(plan.maintenance.get().pk, actor=clara)
    refuse("UPDATE asset_maintenance SET note = 'x'", "asset_maintenance_done_stays")


def refuse(statement: str, name: str) -> None:
    with (
        pytest.raises(IntegrityError) as refusal,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert refusal.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_plan_it_once(asset: Asset, system: User) -> None:
    plan_of(asset)
    counts: list[tuple[int, int]] = []
    refusal = beside(lambda: counts.append(run(system)), lambda: counts.append(run(system)))
    assert refusal is None
    assert counts == [(1, 0), (0, 0)]
    assert asset.reservations.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_promise_that_is_being_made_is_respected(asset: Asset, clara: User, system: User) -> None:
    plan = plan_of(asset)
    take = partial(book, asset, clara, FRIDAY - 3 * HOUR, FRIDAY)
    assert beside(take, partial(run, system)) is None
    due = plan.maintenance.get()
    assert due.reservation is not None
    assert due.reservation.ends_at == FRIDAY - 3 * HOUR
