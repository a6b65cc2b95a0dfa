"""Which of many are free: the same answer as for each alone, in a constant number of queries."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.assets import services
from apps.assets.availability import Reason, free_assets, why_not, why_not_each
from apps.assets.models import Asset, Category, Reservation, SpecialDays
from apps.assets.states import ReasonKind, ReservationKind
from apps.assets.tests.conftest import DAY, HOUR, book
from project.testing.make import Make

NOW = timezone.now().replace(minute=0, second=0, microsecond=0) + 2 * HOUR


@pytest.fixture
def category(make: Make) -> Category:
    """Two hours of turnaround."""
    return make.category(turnaround=2 * HOUR)


@pytest.fixture
def store(make: Make, category: Category, lena: User, clara: User, anna: User) -> list[Asset]:
    """One asset in each state that matters, and another category with another turnaround."""

    def asset(name: str, **fields: Any) -> Asset:
        return make.asset(
            lender=lena, **{"name": name, "category": category, "tag": name, **fields}
        )

    def out(name: str, until: timedelta) -> Asset:
        one = asset(name)
        loan = book(one, anna, NOW - 2 * DAY, NOW + until)
        services.hand_over(one.pk, actor=clara, reservation_id=loan.pk)
        return one

    idle, booked, quick = asset("idle"), asset("booked"), asset("quick", category=make.category())
    for one in (booked, quick):
        book(one, anna, NOW + 2 * DAY, NOW + 3 * DAY)
    blocked = asset("blocked")
    book(blocked, clara, NOW + DAY, NOW + 2 * DAY, kind=ReservationKind.BLACKOUT)
    cancelled = asset("cancelled")
    services.free(book(cancelled, anna, NOW, NOW + 9 * DAY).pk, actor=anna)
    repaired, broken = asset("repaired"), asset("broken")
    services.send_to_maintenance(repaired.pk, reason="x", actor=clara, until=NOW + DAY)
    services.send_to_maintenance(broken.pk, reason="x", actor=clara)
    lost, retired, unknown = asset("lost"), asset("retired"), asset("unknown")
    services.lose(lost.pk, reason="x", actor=clara)
    services.retire(retired.pk, reason="x", actor=clara)
    services.hand_over(unknown.pk, actor=clara)
    return [
        *(idle, booked, quick, blocked, cancelled, repaired, broken, lost, retired, unknown),
        *(out("out", DAY), out("late", -HOUR)),
    ]


HOURS = (-1, 1, 22, 24, 26, 46, 48, 50, 70, 72, 74, 96)


@pytest.mark.usefixtures("store")
def test_free_is_what_nothing_speaks_against() -> None:
    everything = Asset.objects.select_related("category")
    for first, last in product(HOURS, HOURS):
        start, end = NOW + first * HOUR, NOW + last * HOUR
        for now in (NOW, NOW + 3 * DAY):
            answers = why_not_each(everything, start, end, now=now)
            free = {pk for pk, why in answers.items() if not why}
            found = free_assets(Asset.objects.all(), start, end, now=now)
            assert free == set(found.values_list("pk", flat=True)), (first, last)


def test_what_is_free_of_a_category(store: list[Asset], category: Category) -> None:
    found = free_assets(category, NOW + 4 * DAY, NOW + 5 * DAY, now=NOW)
    assert sorted(asset.name for asset in found) == [
        *("blocked", "booked", "cancelled", "idle", "out", "repaired")
    ]
    day = timezone.localdate(NOW + 4 * DAY)
    SpecialDays.objects.create(first_on=day, last_on=day, reason="Stocktaking")
    assert not free_assets(category, NOW + 4 * DAY, NOW + 5 * DAY, now=NOW).exists()
    assert len(store) == 12


def test_each_reason_has_its_kind(store: list[Asset]) -> None:
    def kinds(first: float, last: float) -> dict[str, set[str]]:
        start, end = NOW + first * DAY, NOW + last * DAY
        answers = why_not_each(Asset.objects.select_related("category"), start, end, now=NOW)
        return {asset.name: {str(reason.kind) for reason in answers[asset.pk]} for asset in store}

    assert kinds(0.5, 2.5) == {
        "idle": set(),
        "booked": {ReasonKind.RESERVATION},
        "quick": {ReasonKind.RESERVATION},
        "blocked": {ReasonKind.BLACKOUT},
        "cancelled": set(),
        "repaired": {ReasonKind.MAINTENANCE},
        "broken": {ReasonKind.MAINTENANCE},
        "lost": {ReasonKind.LOST},
        "retired": {ReasonKind.RETIRED},
        "unknown": {ReasonKind.OUT},
        "out": {ReasonKind.RESERVATION},
        "late": {ReasonKind.LATE},
    }
    buffers = kinds(3, 4)
    assert (buffers["booked"], buffers["quick"]) == ({ReasonKind.BUFFER}, set())
    assert kinds(2, 1)["idle"] == {ReasonKind.PERIOD}
    (reason,) = why_not(store[1], NOW + DAY, NOW + 5 * DAY, now=NOW)
    assert isinstance(reason, Reason)
    assert reason.reservation_id == store[1].reservations.get().pk


def test_many_are_asked_in_as_few_queries_as_one(
    make: Make, store: list[Asset], category: Category, lena: User
) -> None:
    def count() -> int:
        assets = list(Asset.objects.select_related("category"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            why_not_each(assets, NOW + DAY, NOW + 2 * DAY, now=NOW)
        return len(queries)

    few = count()
    for number in range(20):
        make.asset(lender=lena, category=category, tag=f"more-{number}")
    assert count() == few <= 5
    assert len(store) == 12


@pytest.mark.django_db
def test_one_asset_is_found_by_the_index_that_keeps_it_from_being_taken_twice() -> None:
    question = Reservation.objects.of_asset(1).holding().overlapping(NOW, NOW + DAY)
    with connection.cursor() as cursor:
        # A table without rows is read whole unless that is forbidden.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        plan = question.explain()
    assert "reservation_asset_is_taken_once" in plan
    assert plan.count("&&") == 2
    assert "Filter" not in plan
