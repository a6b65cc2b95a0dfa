"""Promising time: once, with the turnaround, decided by the database, and in words why not."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import override_settings
from django.utils import timezone

from apps.accounts.models import User
from apps.assets import services
from apps.assets.availability import why_not
from apps.assets.errors import AssetTaken, PeriodBackwards
from apps.assets.models import Asset, Reservation
from apps.assets.services import lending
from apps.assets.states import ReservationKind, Status
from apps.assets.tests.conftest import DAY, HOUR, MONDAY, beside, book
from apps.audit.models import AuditEvent
from project.testing.make import Make

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def asset(make: Make, lena: User) -> Asset:
    """Two hours of turnaround."""
    return make.asset(
        lender=lena, tag="CAM-1", name="Camera", category=make.category(turnaround=2 * HOUR)
    )


@pytest.fixture
def quick(make: Make, lena: User) -> Asset:
    """No turnaround."""
    return make.asset(lender=lena, tag="CAM-2", name="Camera")


def row(asset: Asset, start: datetime, end: datetime, *, holds: bool = True) -> Reservation:
    """Write a reservation past every service."""
    return Reservation.objects.create(
        asset=asset,
        period=DateTimeTZRange(start, end),
        turnaround=timedelta(0),
        kind=ReservationKind.LOAN,
        is_holding=holds,
    )


# The database.


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param(MONDAY, MONDAY + DAY, id="the same"),
        pytest.param(MONDAY + HOUR, MONDAY + 2 * HOUR, id="inside"),
        pytest.param(MONDAY - HOUR, MONDAY + 2 * DAY, id="around"),
        pytest.param(MONDAY - HOUR, MONDAY + timedelta(microseconds=1), id="touching the start"),
        pytest.param(MONDAY + DAY - timedelta(minutes=1), MONDAY + 9 * DAY, id="over the end"),
    ],
)
def test_the_database_refuses_every_overlap(quick: Asset, start: datetime, end: datetime) -> None:
    row(quick, MONDAY, MONDAY + DAY)
    with pytest.raises(IntegrityError, match="reservation_asset_is_taken_once"):
        row(quick, start, end)


def test_back_to_back_released_and_other_assets_do_not_overlap(quick: Asset, asset: Asset) -> None:
    row(quick, MONDAY, MONDAY + DAY)
    row(quick, MONDAY + DAY, MONDAY + 2 * DAY)
    row(quick, MONDAY - DAY, MONDAY)
    row(quick, MONDAY, MONDAY + DAY, holds=False)
    row(asset, MONDAY, MONDAY + DAY)


@pytest.mark.parametrize(
    "period",
    [
        DateTimeTZRange(None, MONDAY),
        DateTimeTZRange(MONDAY, None),
        DateTimeTZRange(MONDAY, MONDAY),
        DateTimeTZRange(MONDAY, MONDAY + DAY, "[]"),
    ],
)
def test_the_database_keeps_only_half_open_periods(quick: Asset, period: DateTimeTZRange) -> None:
    with pytest.raises(IntegrityError, match="reservation_period_is_half_open"):
        Reservation.objects.create(
            asset=quick, period=period, turnaround=timedelta(0), kind=ReservationKind.LOAN
        )


# The service.


def test_a_loan_takes_its_turnaround_too(asset: Asset, anna: User) -> None:
    reservation = book(asset, anna, MONDAY, MONDAY + DAY, reason="T-7 Boris")
    reservation.refresh_from_db()
    assert reservation.starts_at == MONDAY
    assert reservation.due_at == MONDAY + DAY
    assert reservation.ends_at == MONDAY + DAY + 2 * HOUR
    event = AuditEvent.objects.get(action="assets.reserved")
    assert event.target_id == str(asset.pk)
    assert event.after["reservation"] == str(reservation)


def test_the_workshop_needs_no_turnaround(asset: Asset, clara: User) -> None:
    kind = ReservationKind.MAINTENANCE
    assert book(asset, clara, MONDAY, MONDAY + DAY, kind=kind).ends_at == MONDAY + DAY


def test_without_turnaround_loans_may_touch(quick: Asset, anna: User) -> None:
    for day in (1, 0, 2):
        book(quick, anna, MONDAY + day * DAY, MONDAY + (day + 1) * DAY)
    assert quick.reservations.count() == 3


def test_a_period_runs_forward(quick: Asset, anna: User) -> None:
    with pytest.raises(PeriodBackwards):
        book(quick, anna, MONDAY, MONDAY)
    (reason,) = why_not(quick, MONDAY, MONDAY - HOUR, now=MONDAY)
    assert "must end after it starts" in str(reason)


def test_the_refusal_names_what_is_in_the_way(asset: Asset, anna: User) -> None:
    other = book(asset, anna, MONDAY, MONDAY + DAY, reason="T-7 Boris")
    with pytest.raises(AssetTaken) as refusal:
        book(asset, anna, MONDAY + HOUR, MONDAY + 2 * HOUR)
    assert refusal.value.message == (
        f"CAM-1 Camera is not free then. {other} (loan: T-7 Boris) takes it "
        "from 1 Mar 2027 09:00 UTC to 2 Mar 2027 09:00 UTC, "
        "with its turnaround until 2 Mar 2027 11:00 UTC."
    )
    assert asset.reservations.count() == 1


def test_every_reason_is_given_in_local_time(asset: Asset, anna: User, clara: User) -> None:
    first = book(asset, anna, MONDAY - DAY, MONDAY - HOUR)
    second = book(asset, clara, MONDAY + 2 * HOUR, MONDAY + 3 * HOUR, kind=ReservationKind.BLACKOUT)
    third = book(asset, anna, MONDAY + DAY, MONDAY + 2 * DAY)
    with override_settings(TIME_ZONE="Europe/Berlin"), timezone.override(BERLIN):
        reasons = why_not(asset, MONDAY, MONDAY + DAY - HOUR, now=MONDAY)
    assert list(map(str, reasons)) == [
        (
            f"It is not ready by then: {first} (loan: T-1) is due back on 1 Mar 2027 09:00 CET, "
            "and the turnaround of 2 hours ends on 1 Mar 2027 11:00 CET."
        ),
        f"{second} (blackout: T-1) takes it from 1 Mar 2027 12:00 CET to 1 Mar 2027 13:00 CET.",
        (
            f"It would not be ready in time: {third} (loan: T-1) begins on 2 Mar 2027 10:00 CET, "
            "within the turnaround of this category."
        ),
    ]


def test_the_own_reservation_does_not_stand_in_its_own_way(asset: Asset, anna: User) -> None:
    own = book(asset, anna, MONDAY, MONDAY + DAY)
    period = (MONDAY, MONDAY + 2 * DAY)
    assert why_not(asset, *period, now=MONDAY)
    assert why_not(asset, *period, now=MONDAY, except_reservation=own.pk) == []


@pytest.mark.parametrize("status", [Status.LOST, Status.RETIRED])
def test_what_is_lost_or_retired_is_never_free(quick: Asset, anna: User, status: Status) -> None:
    quick.status = status
    quick.save()
    with pytest.raises(AssetTaken, match="lost" if status == Status.LOST else "retired"):
        book(quick, anna, MONDAY, MONDAY + DAY)


def test_a_late_asset_is_promised_to_nobody(asset: Asset, anna: User, clara: User) -> None:
    now = timezone.now()
    own = book(asset, anna, now - 2 * DAY, now + HOUR, reason="T-7 Boris")
    services.hand_over(asset.pk, actor=clara, reservation_id=own.pk)
    asset.refresh_from_db()
    period = (now + 30 * DAY, now + 31 * DAY)
    assert why_not(asset, *period, now=now) == []
    late = now + 2 * HOUR
    (reason,) = why_not(asset, *period, now=late)
    assert str(reason).startswith(f"It is late: {own} (loan: T-7 Boris) was due back on")
    # It may stay out longer itself, if nobody else has the time.
    assert why_not(asset, now, now + DAY, now=late, except_reservation=own.pk) == []
    services.take_back(asset.pk, condition="good", actor=clara)
    asset.refresh_from_db()
    assert why_not(asset, *period, now=late) == []


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (datetime(2026, 10, 24, 12, tzinfo=BERLIN), datetime(2026, 10, 25, 12, tzinfo=BERLIN), 25),
        (datetime(2027, 3, 27, 12, tzinfo=BERLIN), datetime(2027, 3, 28, 12, tzinfo=BERLIN), 23),
    ],
)
def test_both_nights_of_the_clock_change_are_taken_whole(
    quick: Asset, anna: User, start: datetime, end: datetime, hours: int
) -> None:
    reservation = book(quick, anna, start, end)
    reservation.refresh_from_db()
    taken = reservation.ends_at.astimezone(UTC) - reservation.starts_at.astimezone(UTC)
    assert taken == hours * HOUR
    assert why_not(quick, end, end + DAY, now=start) == []
    assert why_not(quick, end - timedelta(minutes=1), end + DAY, now=start)


def test_an_hour_that_comes_twice_is_told_apart(quick: Asset, anna: User) -> None:
    first = datetime(2026, 10, 25, 2, 0, tzinfo=BERLIN)
    book(quick, anna, first, first.replace(fold=1))
    with timezone.override(BERLIN):
        reasons = why_not(quick, first, first.replace(minute=30), now=first)
    assert "from 25 Oct 2026 02:00 CEST to 25 Oct 2026 02:00 CET" in str(reasons[0])


# Freeing.


def test_a_cancelled_loan_is_free_again_and_freed_once(asset: Asset, anna: User) -> None:
    reservation = book(asset, anna, MONDAY, MONDAY + DAY)
    for _time in range(2):
        assert not services.free(reservation.pk, actor=anna).is_holding
    assert AuditEvent.objects.filter(action="assets.freed").count() == 1
    book(asset, anna, MONDAY, MONDAY + DAY)


def test_an_early_return_frees_the_rest_after_the_turnaround(asset: Asset, anna: User) -> None:
    reservation = book(asset, anna, MONDAY, MONDAY + 5 * DAY)
    services.free(reservation.pk, actor=anna, until=MONDAY + DAY)
    reservation.refresh_from_db()
    assert reservation.is_holding
    assert (reservation.due_at, reservation.ends_at) == (
        MONDAY + DAY,
        MONDAY + DAY + 2 * HOUR,
    )
    book(asset, anna, MONDAY + DAY + 2 * HOUR, MONDAY + 2 * DAY)


def test_a_late_return_takes_the_time_that_it_took(asset: Asset, anna: User) -> None:
    reservation = book(asset, anna, MONDAY, MONDAY + DAY)
    services.free(reservation.pk, actor=anna, until=MONDAY + 2 * DAY)
    reservation.refresh_from_db()
    assert reservation.ends_at == MONDAY + 2 * DAY + 2 * HOUR
    assert why_not(asset, MONDAY + 2 * DAY, MONDAY + 3 * DAY, now=MONDAY)


@pytest.mark.parametrize(("gap", "turnaround"), [(3 * HOUR, HOUR), (2 * HOUR, 0 * HOUR)])
def test_a_late_return_does_not_take_the_next_loan_s_time(
    asset: Asset, anna: User, gap: timedelta, turnaround: timedelta
) -> None:
    reservation = book(asset, anna, MONDAY, MONDAY + DAY)
    book(asset, anna, MONDAY + DAY + gap, MONDAY + 3 * DAY)
    services.free(reservation.pk, actor=anna, until=MONDAY + DAY + 2 * HOUR)
    reservation.refresh_from_db()
    assert reservation.ends_at == MONDAY + DAY + gap
    assert reservation.turnaround == turnaround


def test_a_return_before_the_start_frees_it_all(asset: Asset, anna: User) -> None:
    reservation = book(asset, anna, MONDAY, MONDAY + DAY)
    assert not services.free(reservation.pk, actor=anna, until=MONDAY).is_holding


# Two at the same moment.


@pytest.mark.django_db(transaction=True)
def test_of_two_requests_at_once_the_second_reads_who_was_first(
    asset: Asset, anna: User, arno: User
) -> None:
    refusal = beside(
        lambda: book(asset, anna, MONDAY, MONDAY + DAY, reason="T-7 Boris"),
        lambda: book(asset, arno, MONDAY + HOUR, MONDAY + 2 * HOUR, reason="T-8 Bella"),
    )
    assert isinstance(refusal, AssetTaken)
    assert "T-7 Boris) takes it from 1 Mar 2027 09:00 UTC" in refusal.message
    assert asset.reservations.get().reason == "T-7 Boris"


@pytest.mark.django_db(transaction=True)
def test_the_database_decides_when_somebody_did_not_lock(quick: Asset, arno: User) -> None:
    refusal = beside(
        lambda: row(quick, MONDAY, MONDAY + DAY),
        lambda: book(quick, arno, MONDAY + HOUR, MONDAY + 2 * HOUR),
    )
    assert isinstance(refusal, AssetTaken)
    assert "takes it from 1 Mar 2027 09:00 UTC" in refusal.message
    assert quick.reservations.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_requests_that_do_not_overlap_both_succeed(
    quick: Asset, anna: User, arno: User
) -> None:
    refusal = beside(
        lambda: book(quick, anna, MONDAY, MONDAY + DAY),
        lambda: book(quick, arno, MONDAY + DAY, MONDAY + 2 * DAY),
    )
    assert refusal is None
    assert quick.reservations.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_reservation_waits_for_the_loss_and_is_refused(
    quick: Asset, clara: User, anna: User
) -> None:
    refusal = beside(
        lambda: services.lose(quick.pk, reason="gone", actor=clara),
        lambda: book(quick, anna, MONDAY, MONDAY + DAY),
    )
    assert isinstance(refusal, AssetTaken)
    assert "reported lost" in refusal.message


def test_a_violation_of_another_rule_is_not_hidden(
    quick: Asset, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing overlaps, so the fault is ours and is raised as it is."""
    monkeypatch.setattr(lending, "why_not", lambda *_args, **_options: [])
    row(quick, MONDAY, MONDAY + DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        book(quick, anna, MONDAY, MONDAY + DAY)
