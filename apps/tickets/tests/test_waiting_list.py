"""The waiting list: first come, offered with a deadline, to one person at a time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.approvals.states import Verdict
from apps.assets import services as assets
from apps.assets.availability import why_not
from apps.assets.models import Asset
from apps.common.errors import NotPermitted
from apps.notifications.models import Notice
from apps.tickets import services
from apps.tickets.errors import BorrowerSuspended, NotABorrower, PurposeMissing
from apps.tickets.errors.waiting import (
    NothingOffered,
    OfferLapsed,
    WaitingAlready,
    WaitingForFree,
    WaitingOver,
    WaitingStartPast,
    WaitingUnclear,
)
from apps.tickets.models import Ticket, WaitingEntry
from apps.tickets.services.waiting import OFFERED_FOR, full_hour
from apps.tickets.states import Status, WaitingStatus
from apps.tickets.tasks import offer_what_is_free
from apps.tickets.tests.conftest import DAY, HOUR, Desk
from apps.tickets.tests.racing import beside

pytestmark = pytest.mark.django_db


@pytest.fixture
def loan(desk: Desk) -> Ticket:
    """Boris has a camera for two days."""
    desk.pay_in()
    return desk.on_loan()


@pytest.fixture
def camera(loan: Ticket) -> Asset:
    return loan.lines.get().asset


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], datetime]:
    """Return a function that sets the clock."""

    def set_clock(moment: datetime) -> datetime:
        monkeypatch.setattr(timezone, "now", lambda: moment)
        return moment

    return set_clock


def join(person: User, camera: Asset | None = None, **fields: Any) -> WaitingEntry:
    fields = {"length": DAY, "purpose": "Film school", "actor": person, **fields}
    return services.join_waiting_list(person=person, asset=camera, **fields)


def sweep(now: datetime | None = None) -> tuple[int, int]:
    now = now or timezone.now()
    return services.offer_what_is_free(now=now, actor=User.objects.system())


def status_of(entry: WaitingEntry) -> str:
    return WaitingEntry.objects.get(pk=entry.pk).status


def test_the_first_in_line_gets_the_offer_and_nobody_else_is_told(
    desk: Desk, loan: Ticket, camera: Asset, bella: User, boris: User
) -> None:
    first, second = join(bella, camera), join(boris, camera)
    assert sweep() == (0, 0), "it is out"
    desk.take_back(loan, at=timezone.now())
    assert sweep() == (1, 0)
    assert sweep() == (0, 0)

    first.refresh_from_db()
    assert (first.status, first.offered_asset) == (WaitingStatus.OFFERED, camera)
    assert status_of(second) == WaitingStatus.WAITING
    told = Notice.objects.filter(kind="tickets.offered")
    assert {notice.recipient for notice in told} == {bella}
    assert f"{camera} is kept for you until" in told[0].subject


def test_what_is_offered_is_promised_to_nobody_else(
    desk: Desk, loan: Ticket, camera: Asset, bella: User
) -> None:
    entry = join(bella, camera)
    desk.take_back(loan, at=timezone.now())
    sweep()
    entry.refresh_from_db()
    now = timezone.now()
    assert str(entry) in str(why_not(camera, now, now + DAY, now=now)[0])
    assert entry.expires_at == entry.offered_at + OFFERED_FOR  # type: ignore[operator]  # it was offered
    assert entry.reservation is not None
    assert entry.reservation.ends_at == full_hour(entry.expires_at) + DAY


def test_accepting_submits_a_ticket_whose_time_stays_reserved(
    desk: Desk, loan: Ticket, camera: Asset, bella: User
) -> None:
    desk.pay_in(owner=bella)
    entry = join(bella, camera)
    desk.take_back(loan, at=timezone.now())
    sweep()
    ticket = services.accept_offer(entry.pk, actor=bella)

    assert (ticket.status, ticket.borrower, ticket.purpose) == (
        Status.SUBMITTED,
        bella,
        "Film school",
    )
    assert ticket.ends_at - ticket.starts_at == DAY
    held = camera.reservations.holding().get(ticket_line__ticket=ticket)
    assert (held.starts_at, held.due_at) == (ticket.starts_at, ticket.ends_at)
    entry.refresh_from_db()
    assert (entry.status, entry.ticket) == (WaitingStatus.TAKEN, ticket)
    assert entry.reservation is not None
    assert not entry.reservation.is_holding

    desk.decide(ticket, Verdict.APPROVE)
    line = ticket.lines.get()
    assert line.reservation is not None
    assert line.reservation.is_holding
    assert line.reservation != held
    desk.hand_over(ticket, at=ticket.starts_at)


@pytest.mark.parametrize("verdict", [Verdict.REJECT, Verdict.RETURN])
def test_a_refused_ticket_gives_the_time_back(
    desk: Desk, loan: Ticket, camera: Asset, bella: User, verdict: Verdict
) -> None:
    entry = join(bella, camera)
    desk.take_back(loan, at=timezone.now())
    sweep()
    ticket = services.accept_offer(entry.pk, actor=bella)
    desk.decide(ticket, verdict, reason="No")
    assert not camera.reservations.holding().unfinished(timezone.now() + HOUR).exists()


@pytest.mark.parametrize("end", [services.decline_offer, services.leave_waiting_list])
def test_what_is_declined_goes_to_the_next(
    desk: Desk,
    loan: Ticket,
    camera: Asset,
    bella: User,
    boris: User,
    end: Callable[..., WaitingEntry],
) -> None:
    first, second = join(bella, camera), join(boris, camera)
    desk.take_back(loan, at=timezone.now())
    sweep()
    end(first.pk, actor=bella)
    assert sweep() == (1, 0)
    assert status_of(second) == WaitingStatus.OFFERED
    with pytest.raises(WaitingOver, match="there is nothing left to do"):
        end(first.pk, actor=bella)
    with pytest.raises(WaitingOver):
        services.accept_offer(first.pk, actor=bella)


def test_an_offer_that_nobody_answers_lapses_and_passes_on(
    desk: Desk,
    loan: Ticket,
    camera: Asset,
    bella: User,
    boris: User,
    at: Callable[[datetime], datetime],
) -> None:
    first, second = join(bella, camera), join(boris, camera)
    desk.take_back(loan, at=timezone.now())
    sweep()
    late = at(timezone.now() + OFFERED_FOR)
    with pytest.raises(OfferLapsed, match="the next in the line gets it"):
        services.accept_offer(first.pk, actor=bella)
    assert sweep(late) == (1, 1)
    assert sweep(late) == (0, 0)
    assert (status_of(first), status_of(second)) == (WaitingStatus.LAPSED, WaitingStatus.OFFERED)


def test_the_first_whom_it_fits_gets_it(
    desk: Desk, loan: Ticket, camera: Asset, bella: User, boris: User
) -> None:
    """Bella wants it when it is promised; Boris, who came later, for a day until then."""
    start = loan.ends_at + 5 * DAY
    desk.approved([camera], starts_at=start)
    first = join(bella, camera, starts_at=start + HOUR)
    second = join(boris, camera, starts_at=loan.ends_at + DAY)
    desk.take_back(loan, at=timezone.now())
    assert sweep() == (1, 0)
    assert (status_of(first), status_of(second)) == (WaitingStatus.WAITING, WaitingStatus.OFFERED)
    second.refresh_from_db()
    assert second.reservation is not None
    assert second.reservation.starts_at == loan.ends_at + DAY


def test_whoever_waits_for_a_category_gets_any_of_it(
    desk: Desk, loan: Ticket, camera: Asset, bella: User, clara: User
) -> None:
    entry = join(bella, category=camera.category)
    assert sweep() == (0, 0)
    other = desk.make.asset(lender=desk.lena, category=camera.category)
    assets.lose(other.pk, reason="Gone", actor=clara)
    assert sweep() == (0, 0)
    assets.find(other.pk, reason="Behind the shelf", actor=clara)
    assert sweep() == (1, 0)
    entry.refresh_from_db()
    assert entry.offered_asset == other


def test_a_suspended_person_keeps_the_place_and_is_passed_over(
    desk: Desk, loan: Ticket, camera: Asset, bella: User, boris: User, system: User
) -> None:
    first, second = join(bella, camera), join(boris, camera)
    until = timezone.now() + DAY
    accounts.suspend(bella.pk, until=until, reason="Debts.", actor=system)
    desk.take_back(loan, at=timezone.now())
    assert sweep() == (1, 0)
    assert (status_of(first), status_of(second)) == (WaitingStatus.WAITING, WaitingStatus.OFFERED)


def test_a_wish_whose_start_has_passed_lapses(
    loan: Ticket, camera: Asset, bella: User, at: Callable[[datetime], datetime]
) -> None:
    entry = join(bella, camera, starts_at=loan.ends_at - HOUR)
    assert sweep(at(loan.ends_at)) == (0, 0)
    assert status_of(entry) == WaitingStatus.LAPSED


def test_an_offer_ends_when_the_wish_begins(
    desk: Desk, loan: Ticket, camera: Asset, bella: User
) -> None:
    start = timezone.now() + 3 * HOUR
    entry = join(bella, camera, starts_at=start)
    desk.take_back(loan, at=timezone.now())
    sweep()
    entry.refresh_from_db()
    assert entry.expires_at == start


def test_the_job_says_what_it_did(desk: Desk, loan: Ticket, camera: Asset, bella: User) -> None:
    join(bella, camera)
    assert offer_what_is_free() == ""
    desk.take_back(loan, at=timezone.now())
    assert offer_what_is_free() == "Waiting list: 1 offered"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE waiting_entries SET expires_at = now() - interval '1 day'")
    assert offer_what_is_free() == "Waiting list: 1 lapsed"


def test_who_may_not_wait_is_told_why(
    desk: Desk, loan: Ticket, camera: Asset, bella: User, clara: User, lena: User, walt: User
) -> None:
    join(bella, camera, actor=clara)
    with pytest.raises(WaitingAlready, match="Bella waits for"):
        join(bella, camera)
    with pytest.raises(NotABorrower):
        join(lena, camera, actor=clara)
    with pytest.raises(NotPermitted):
        join(bella, category=camera.category, actor=walt)
    with pytest.raises(PurposeMissing):
        join(bella, category=camera.category, purpose=" ")
    with pytest.raises(WaitingUnclear):
        join(bella, camera, category=camera.category)
    with pytest.raises(WaitingUnclear):
        join(bella)
    with pytest.raises(WaitingUnclear):
        join(bella, camera, length=timedelta(0))
    with pytest.raises(WaitingStartPast):
        join(bella, camera, starts_at=timezone.now())
    with pytest.raises(WaitingForFree, match="Enter a ticket instead"):
        join(bella, *desk.assets())


def test_only_the_person_or_a_clerk_answers(
    desk: Desk, loan: Ticket, camera: Asset, bella: User, boris: User, clara: User
) -> None:
    entry = join(bella, camera)
    with pytest.raises(NothingOffered):
        services.accept_offer(entry.pk, actor=bella)
    with pytest.raises(NothingOffered):
        services.decline_offer(entry.pk, actor=bella)
    desk.take_back(loan, at=timezone.now())
    sweep()
    for deed in (services.accept_offer, services.decline_offer, services.leave_waiting_list):
        with pytest.raises(NotPermitted):
            deed(entry.pk, actor=boris)
    assert services.accept_offer(entry.pk, actor=clara).entered_by == clara


def test_a_suspended_person_accepts_nothing(
    desk: Desk, loan: Ticket, camera: Asset, bella: User, system: User
) -> None:
    entry = join(bella, camera)
    desk.take_back(loan, at=timezone.now())
    sweep()
    until = timezone.now() + DAY
    accounts.suspend(bella.pk, until=until, reason="Debts.", actor=system)
    with pytest.raises(BorrowerSuspended):
        services.accept_offer(entry.pk, actor=User.objects.get(pk=bella.pk))
    assert status_of(entry) == WaitingStatus.OFFERED


_REFUSED = [
    ("UPDATE waiting_entries SET status = 'lost', ended_at = now()", "waiting_entry_has_status"),
    ("UPDATE waiting_entries SET length = '0'", "waiting_entry_takes_time"),
    ("UPDATE waiting_entries SET status = 'offered'", "waiting_entry_offer_is_whole"),
    ("UPDATE waiting_entries SET status = 'cancelled'", "waiting_entry_ended_has_moment"),
    ("UPDATE waiting_entries SET person_id = entered_by_id", "waiting_entries_place_stays"),
    ("DELETE FROM waiting_entries", "waiting_entries_stay"),
]
_ONE_MORE = """
INSERT INTO waiting_entries (person_id, asset_id, category_id, length, purpose, status,
                             entered_by_id, created_at, ended_at)
SELECT person_id, {}, {}, length, purpose, {}, entered_by_id, created_at, {} FROM waiting_entries
"""
_REFUSED += [
    (_ONE_MORE.format("asset_id", "NULL", "'waiting'", "NULL"), "waiting_entry_once_for_asset"),
    (
        _ONE_MORE.format("NULL", "NULL", "'waiting'", "NULL"),
        "waiting_entry_of_asset_or_category",
    ),
    (
        _ONE_MORE.format("asset_id", "NULL", "'lapsed'", "NULL"),
        "waiting_entry_ended_has_moment",
    ),
]


@pytest.mark.parametrize(("statement", "name"), _REFUSED)
def test_the_database_refuses(
    loan: Ticket, camera: Asset, bella: User, clara: User, statement: str, name: str
) -> None:
    join(bella, camera, actor=clara)
    refuse(statement, name)


def test_the_database_refuses_a_second_place_for_a_category_and_one_that_was_taken(
    loan: Ticket, camera: Asset, bella: User
) -> None:
    entry = join(bella, category=camera.category)
    refuse(
        _ONE_MORE.format("NULL", "category_id", "'waiting'", "NULL"),
        "waiting_entry_once_for_category",
    )
    services.leave_waiting_list(entry.pk, actor=bella)
    refuse("UPDATE waiting_entries SET purpose = 'x'", "waiting_entries_ended_stay")


def refuse(statement: str, name: str) -> None:
    with (
        pytest.raises(IntegrityError) as refusal,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert refusal.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_make_one_offer(
    desk: Desk, loan: Ticket, camera: Asset, bella: User, boris: User, system: User
) -> None:
    first, second = join(bella, camera), join(boris, camera)
    desk.take_back(loan, at=timezone.now())
    counts: list[tuple[int, int]] = []
    sweeps = partial(sweep, timezone.now())
    assert beside(lambda: counts.append(sweeps()), lambda: counts.append(sweeps())) is None
    assert counts == [(1, 0), (0, 0)]
    assert (status_of(first), status_of(second)) == (WaitingStatus.OFFERED, WaitingStatus.WAITING)
    assert Notice.objects.filter(kind="tickets.offered", channel="admin").count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_acceptance_waits_for_the_lapse(
    desk: Desk, loan: Ticket, camera: Asset, bella: User, system: User
) -> None:
    entry = join(bella, camera)
    desk.take_back(loan, at=timezone.now())
    sweep()
    late = timezone.now() + 2 * OFFERED_FOR
    refusal = beside(partial(sweep, late), partial(services.accept_offer, entry.pk, actor=bella))
    assert isinstance(refusal, WaitingOver)
    assert not Ticket.objects.filter(borrower=bella).exists()
    assert not camera.reservations.holding().filter(waiting_entry=entry).exists()


@pytest.mark.django_db(transaction=True)
def test_a_lapse_waits_for_the_acceptance(
    desk: Desk, loan: Ticket, camera: Asset, bella: User, system: User
) -> None:
    entry = join(bella, camera)
    desk.take_back(loan, at=timezone.now())
    sweep()
    late = timezone.now() + 2 * OFFERED_FOR
    counts: list[tuple[int, int]] = []
    accept = partial(services.accept_offer, entry.pk, actor=bella)
    assert beside(accept, lambda: counts.append(sweep(late))) is None
    assert counts == [(0, 0)]
    assert status_of(entry) == WaitingStatus.TAKEN
