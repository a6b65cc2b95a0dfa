"""Holes that lending systems are known for, each closed here by name.

That nothing stays written when a later step fails, that approval and editing agree, and that many
lines are checked when they are handed over at once, is in `apps/tickets/tests/test_known_holes.py`.
"""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from apps.accounts.models import User
from apps.assets import services
from apps.assets.availability import free_assets, why_not
from apps.assets.errors import AssetTaken
from apps.assets.models import Asset, Reservation
from apps.assets.states import ReasonKind, ReservationKind
from apps.assets.tests.conftest import DAY, HOUR, MONDAY, beside, book
from project.testing.make import Make

LONG_AGO = MONDAY - 30 * DAY


@pytest.fixture
def asset(make: Make, lena: User) -> Asset:
    """No turnaround."""
    return make.asset(lender=lena, tag="CAM-1", name="Camera")


def is_free(asset: Asset, start: object, end: object) -> bool:
    """Ask in both ways, which agree."""
    asset.refresh_from_db()
    alone = not why_not(asset, start, end, now=LONG_AGO)  # type: ignore[arg-type]
    among = free_assets(asset.category, start, end, now=LONG_AGO)  # type: ignore[arg-type]
    assert alone == among.contains(asset)
    return alone


def test_a_booking_wholly_inside_another_is_refused(asset: Asset, anna: User) -> None:
    """OCA rental looks only whether the new start or end lies inside another booking."""
    book(asset, anna, MONDAY, MONDAY + 5 * DAY)
    assert not is_free(asset, MONDAY + DAY, MONDAY + 2 * DAY)
    with pytest.raises(AssetTaken):
        book(asset, anna, MONDAY + DAY, MONDAY + 2 * DAY)


def test_a_booking_around_another_is_refused(asset: Asset, anna: User) -> None:
    """Nor is one missed that has the other wholly inside itself."""
    book(asset, anna, MONDAY + DAY, MONDAY + 2 * DAY)
    assert not is_free(asset, MONDAY, MONDAY + 5 * DAY)
    with pytest.raises(AssetTaken):
        book(asset, anna, MONDAY, MONDAY + 5 * DAY)


def test_a_cancelled_booking_blocks_nothing(asset: Asset, anna: User) -> None:
    """Circulate sums up reservations whatever became of them."""
    services.free(book(asset, anna, MONDAY, MONDAY + 5 * DAY).pk, actor=anna)
    assert is_free(asset, MONDAY + DAY, MONDAY + 2 * DAY)
    book(asset, anna, MONDAY + DAY, MONDAY + 2 * DAY)


def test_an_extension_is_checked_on_the_server(asset: Asset, anna: User) -> None:
    """Lend Engine checks extensions in the browser only."""
    own = book(asset, anna, MONDAY, MONDAY + DAY, reason="T-7 Boris")
    other = book(asset, anna, MONDAY + 2 * DAY, MONDAY + 3 * DAY, reason="T-8 Bella")

    def longer(end: object) -> list[int | None]:
        why = why_not(asset, MONDAY, end, now=LONG_AGO, except_reservation=own.pk)  # type: ignore[arg-type]
        return [reason.reservation_id for reason in why]

    assert longer(MONDAY + 2 * DAY) == []
    assert longer(MONDAY + 2 * DAY + timedelta(minutes=1)) == [other.pk]
    # Whatever a service forgets, the database does not.
    own.end(due_at=MONDAY + 4 * DAY, ends_at=MONDAY + 4 * DAY)
    rule = "reservation_asset_is_taken_once"
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        own.save()


@pytest.mark.django_db(transaction=True)
def test_the_check_is_made_inside_the_transaction(asset: Asset, anna: User, arno: User) -> None:
    """Shelf checks single assets before the transaction and takes no lock."""
    refusal = beside(
        lambda: book(asset, anna, MONDAY, MONDAY + DAY, reason="T-7 Boris"),
        lambda: book(asset, arno, MONDAY + HOUR, MONDAY + 2 * HOUR, reason="T-8 Bella"),
    )
    assert isinstance(refusal, AssetTaken)
    assert asset.reservations.get().reason == "T-7 Boris"


@pytest.mark.django_db(transaction=True)
def test_the_database_decides_the_race_against_who_takes_no_lock(asset: Asset, anna: User) -> None:
    """Even one who asks nobody and locks nothing cannot promise twice."""

    def careless() -> Reservation:
        return Reservation.objects.create(
            asset=asset,
            period=DateTimeTZRange(MONDAY, MONDAY + DAY),
            turnaround=timedelta(0),
            kind=ReservationKind.LOAN,
        )

    refusal = beside(careless, lambda: book(asset, anna, MONDAY, MONDAY + DAY))
    assert isinstance(refusal, AssetTaken)
    assert asset.reservations.count() == 1


def test_a_late_asset_that_is_out_is_not_promised_again(
    asset: Asset, anna: User, clara: User
) -> None:
    """Shelf lets an overdue booking block only the window that it was booked for."""
    now = timezone.now()
    own = book(asset, anna, now - 2 * DAY, now + HOUR)
    services.hand_over(asset.pk, actor=clara, reservation_id=own.pk)
    asset.refresh_from_db()
    late = now + 2 * HOUR
    (reason,) = why_not(asset, late + DAY, late + 2 * DAY, now=late)
    assert (reason.kind, reason.reservation_id) == (ReasonKind.LATE, own.pk)
    assert not free_assets(asset.category, late + DAY, late + 2 * DAY, now=late).exists()


def test_bookings_may_touch_where_there_is_no_turnaround(
    asset: Asset, make: Make, lena: User, anna: User
) -> None:
    """Shelf and GLPI take adjacent for busy; where cleaning takes time, it is busy."""
    book(asset, anna, MONDAY, MONDAY + DAY)
    assert is_free(asset, MONDAY + DAY, MONDAY + 2 * DAY)
    assert is_free(asset, MONDAY - DAY, MONDAY)
    cleaned = make.asset(lender=lena, category=make.category(turnaround=HOUR))
    book(cleaned, anna, MONDAY, MONDAY + DAY)
    assert not is_free(cleaned, MONDAY + DAY, MONDAY + 2 * DAY)
    assert not is_free(cleaned, MONDAY - DAY, MONDAY)
    assert is_free(cleaned, MONDAY + DAY + HOUR, MONDAY + 2 * DAY)
