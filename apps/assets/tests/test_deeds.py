"""Maintenance, loss, retirement, and the hand-overs that tickets ask for."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.assets import services
from apps.assets.availability import why_not
from apps.assets.errors import AssetStillPromised, AssetTaken, LoanStillOpen, PeriodBackwards
from apps.assets.models import Asset, Reservation
from apps.assets.states import LIFECYCLE, Action, ReservationKind, Status
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import MoveNotAllowed, NotPermitted
from apps.notifications.models import Notice
from project.testing.make import Make

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def asset(make: Make, lena: User) -> Asset:
    return make.asset(
        lender=lena, tag="CAM-1", name="Camera", category=make.category(turnaround=2 * HOUR)
    )


def loan(
    asset: Asset, actor: User, start: datetime, end: datetime, why: str = "T-1"
) -> Reservation:
    return services.reserve(
        asset.pk, start, end, kind=ReservationKind.LOAN, reason=why, actor=actor
    )


DEEDS: dict[Action, Callable[[Asset, User], Asset]] = {
    Action.HAND_OVER: lambda asset, actor: services.hand_over(asset.pk, actor=actor),
    Action.TAKE_BACK: lambda asset, actor: services.take_back(
        asset.pk, condition="worn", actor=actor
    ),
    Action.SEND_TO_MAINTENANCE: lambda asset, actor: services.send_to_maintenance(
        asset.pk, reason="lens", actor=actor
    ),
    Action.RETURN_TO_SERVICE: lambda asset, actor: services.return_to_service(
        asset.pk, actor=actor
    ),
    Action.LOSE: lambda asset, actor: services.lose(asset.pk, reason="gone", actor=actor),
    Action.FIND: lambda asset, actor: services.find(asset.pk, reason="there", actor=actor),
    Action.RETIRE: lambda asset, actor: services.retire(asset.pk, reason="old", actor=actor),
}
EVENTS = {
    Action.HAND_OVER: "assets.handed_over",
    Action.TAKE_BACK: "assets.taken_back",
    Action.SEND_TO_MAINTENANCE: "assets.sent_to_maintenance",
    Action.RETURN_TO_SERVICE: "assets.returned_to_service",
    Action.LOSE: "assets.lost",
    Action.FIND: "assets.found",
    Action.RETIRE: "assets.retired",
}


@pytest.mark.parametrize(("action", "status"), list(product(Action, Status)))
def test_every_deed_moves_or_refuses_and_leaves_its_trace(
    asset: Asset, clara: User, action: Action, status: Status
) -> None:
    asset.status = status
    asset.save()
    if not LIFECYCLE.allows(action, status):
        with pytest.raises(MoveNotAllowed, match=str(action.label)):
            DEEDS[action](asset, clara)
        asset.refresh_from_db()
        assert asset.status == status
        assert not AuditEvent.objects.filter(action=EVENTS[action]).exists()
        return
    moved = DEEDS[action](asset, clara)
    assert moved.status == LIFECYCLE.after(action, status)
    event = AuditEvent.objects.get(action=EVENTS[action])
    assert (event.before["status"], event.after["status"]) == (status, moved.status)
    version = moved.history.first()
    assert (version.status, version.history_user) == (moved.status, clara)
    assert (version.history_change_reason or "") == event.reason


@pytest.mark.parametrize(
    "action", [one for one in Action if one not in {Action.HAND_OVER, Action.TAKE_BACK}]
)
def test_who_may_not_change_assets_does_no_deed(asset: Asset, anna: User, action: Action) -> None:
    with pytest.raises(NotPermitted, match=r"assets\.change_asset"):
        DEEDS[action](asset, anna)
    assert AuditEvent.objects.get(outcome=Outcome.DENIED).actor == anna


def test_maintenance_until_then_is_a_reservation(asset: Asset, clara: User, now: datetime) -> None:
    services.send_to_maintenance(asset.pk, reason="lens", actor=clara, until=now + DAY)
    reservation = asset.reservations.get()
    assert (reservation.kind, reservation.reason) == ("maintenance", "lens")
    assert reservation.ends_at == reservation.due_at == now + DAY
    asset.refresh_from_db()
    assert why_not(asset, now + DAY, now + 2 * DAY, now=now + HOUR) == []
    (reason,) = why_not(asset, now + HOUR, now + 2 * HOUR, now=now + HOUR)
    assert str(reason).startswith(f"{reservation} (maintenance: lens) takes it from")


def test_maintenance_that_overruns_promises_nothing(
    asset: Asset, clara: User, now: datetime
) -> None:
    services.send_to_maintenance(asset.pk, reason="lens", actor=clara, until=now + DAY)
    asset.refresh_from_db()
    later = now + 3 * DAY
    (reason,) = why_not(asset, later, later + DAY, now=later)
    assert "nobody knows until when" in str(reason)


def test_maintenance_until_the_past_is_refused(asset: Asset, clara: User, now: datetime) -> None:
    with pytest.raises(PeriodBackwards):
        services.send_to_maintenance(asset.pk, reason="x", actor=clara, until=now - HOUR)
    asset.refresh_from_db()
    assert asset.status == Status.AVAILABLE


def test_maintenance_does_not_take_promised_time(asset: Asset, clara: User, now: datetime) -> None:
    loan(asset, clara, now + HOUR, now + 2 * HOUR, "T-7 Boris")
    with pytest.raises(AssetTaken, match="T-7 Boris"):
        services.send_to_maintenance(asset.pk, reason="x", actor=clara, until=now + DAY)
    asset.refresh_from_db()
    assert asset.status == Status.AVAILABLE
    # With an open end it goes anyway: it is broken, whoever has reserved it.
    assert (
        services.send_to_maintenance(asset.pk, reason="x", actor=clara).status == "in_maintenance"
    )


def test_the_workshop_need_not_wait_for_the_turnaround(
    asset: Asset, clara: User, now: datetime
) -> None:
    reservation = loan(asset, clara, now - DAY, now + DAY)
    services.hand_over(asset.pk, actor=clara, reservation_id=reservation.pk)
    services.take_back(asset.pk, condition="damaged", actor=clara)
    services.free(reservation.pk, actor=clara, until=now)
    services.send_to_maintenance(asset.pk, reason="lens", actor=clara, until=now + HOUR)
    reservation.refresh_from_db()
    assert reservation.due_at == now
    assert reservation.ends_at < now + HOUR
    assert asset.reservations.holding().count() == 2


def test_an_uncollected_loan_is_not_cut_for_the_workshop(
    asset: Asset, clara: User, now: datetime
) -> None:
    loan(asset, clara, now - HOUR, now + HOUR)
    with pytest.raises(AssetTaken):
        services.send_to_maintenance(asset.pk, reason="x", actor=clara, until=now + DAY)


def test_return_to_service_frees_the_rest(asset: Asset, clara: User, now: datetime) -> None:
    services.send_to_maintenance(asset.pk, reason="lens", actor=clara, until=now + 5 * DAY)
    services.return_to_service(asset.pk, actor=clara, reason="repaired")
    asset.refresh_from_db()
    assert asset.reservations.get().ends_at < now + HOUR
    assert why_not(asset, now + HOUR, now + DAY, now=now + HOUR) == []


def test_what_is_promised_is_not_retired(asset: Asset, clara: User, now: datetime) -> None:
    reservation = loan(asset, clara, now + DAY, now + 2 * DAY, "T-7 Boris")
    with pytest.raises(AssetStillPromised, match="T-7 Boris"):
        services.retire(asset.pk, reason="old", actor=clara)
    services.free(reservation.pk, actor=clara)
    assert services.retire(asset.pk, reason="old", actor=clara).status == Status.RETIRED


def test_what_was_lost_on_a_loan_comes_back_through_its_ticket(
    asset: Asset, clara: User, now: datetime
) -> None:
    reservation = loan(asset, clara, now - HOUR, now + DAY, "T-7 Boris")
    services.hand_over(asset.pk, actor=clara, reservation_id=reservation.pk)
    services.lose(asset.pk, reason="stolen", actor=clara)
    for deed in (services.find, services.retire):
        with pytest.raises(LoanStillOpen, match="T-7 Boris"):
            deed(asset.pk, reason="there", actor=clara)
    back = services.take_back(asset.pk, condition="worn", actor=clara)
    assert (back.status, back.loan, back.condition) == (Status.AVAILABLE, None, "worn")


def test_a_hand_over_knows_its_loan(asset: Asset, clara: User, now: datetime) -> None:
    loan(asset, clara, now + DAY, now + 2 * DAY)
    current = loan(asset, clara, now - HOUR, now + HOUR, "T-7")
    assert services.hand_over(asset.pk, actor=clara).loan == current
    event = AuditEvent.objects.get(action="assets.handed_over")
    assert event.after["reservation"] == current.in_words


def test_a_hand_over_without_reservation_has_no_end(
    asset: Asset, clara: User, now: datetime
) -> None:
    services.hand_over(asset.pk, actor=clara)
    asset.refresh_from_db()
    (reason,) = why_not(asset, now + DAY, now + 2 * DAY, now=now)
    assert "no reservation says until when" in str(reason)


def test_the_database_keeps_a_loan_only_of_what_is_out(
    asset: Asset, clara: User, now: datetime
) -> None:
    asset.loan = loan(asset, clara, now, now + DAY)
    with pytest.raises(IntegrityError, match="asset_loan_is_out"), transaction.atomic():
        asset.save()


@pytest.mark.parametrize("action", [Action.LOSE, Action.FIND, Action.RETIRE])
def test_the_lender_is_told(asset: Asset, clara: User, lena: User, action: Action) -> None:
    if action is Action.FIND:
        services.lose(asset.pk, reason="gone", actor=clara)
    DEEDS[action](asset, clara)
    notices = Notice.objects.filter(kind=EVENTS[action])
    assert {notice.recipient for notice in notices} == {lena}
    assert notices.count() == 2


def test_each_loss_is_told_again_but_not_to_who_reported_it(
    asset: Asset, clara: User, lena: User
) -> None:
    for _time in range(2):
        services.lose(asset.pk, reason="gone", actor=clara)
        services.find(asset.pk, reason="there", actor=clara)
    assert Notice.objects.filter(kind="assets.lost", channel="admin").count() == 2
    Notice.objects.all().delete()
    asset.lender = clara
    asset.save()
    services.lose(asset.pk, reason="gone", actor=clara)
    assert not Notice.objects.exists()
