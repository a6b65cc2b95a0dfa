"""Two people at the same moment: exactly one of them gets it, and the other is told why."""

from functools import partial

import pytest

from apps.accounts.models import User
from apps.approvals.errors import AlreadyDecided, NotWaiting
from apps.approvals.states import Verdict
from apps.assets.errors import AssetTaken
from apps.assets.models import Reservation
from apps.common.errors import MoveNotAllowed
from apps.tickets import selectors, services
from apps.tickets.errors import LineNotAllowed, TooLittleMoney
from apps.tickets.states import Status
from apps.tickets.tests.conftest import DAY, Desk, lines
from apps.tickets.tests.racing import beside
from apps.wallets.models import Hold, LedgerTransaction
from apps.wallets.states import TransactionKind

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_approvers_the_second_is_told_who_was_first(
    desk: Desk, anna: User, arno: User
) -> None:
    desk.pay_in()
    ticket = desk.submitted()
    refusal = beside(
        partial(desk.decide, ticket, Verdict.APPROVE),
        partial(desk.decide, ticket, Verdict.REJECT, reason="No", actor=arno),
    )
    assert isinstance(refusal, AlreadyDecided)
    assert "Anna" in refusal.message
    assert desk.again(ticket).status == Status.APPROVED
    assert Hold.objects.count() == 1


def test_one_asset_is_not_promised_to_two(desk: Desk, arno: User, bella: User) -> None:
    desk.pay_in()
    desk.pay_in(owner=bella)
    wanted = desk.assets()
    first = desk.submitted(wanted)
    second = desk.submitted(wanted, borrower=bella, starts_at=desk.start + DAY)
    refusal = beside(
        partial(desk.decide, first, Verdict.APPROVE),
        partial(desk.decide, second, Verdict.APPROVE, actor=arno),
    )
    assert isinstance(refusal, AssetTaken)
    assert str(first) in refusal.message
    assert Reservation.objects.get().ticket_line.ticket == first
    assert desk.again(second).status == Status.SUBMITTED
    assert selectors.money_of(second).held == 0


def test_money_is_not_held_twice(desk: Desk, arno: User) -> None:
    desk.pay_in(10_000)
    first, second = desk.submitted(), desk.submitted()
    refusal = beside(
        partial(desk.decide, first, Verdict.APPROVE),
        partial(desk.decide, second, Verdict.APPROVE, actor=arno),
    )
    assert isinstance(refusal, TooLittleMoney)
    assert "$30.00 available" in refusal.message
    assert desk.again(second).status == Status.SUBMITTED


def test_an_approval_waits_for_the_cancellation(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.submitted()
    refusal = beside(
        partial(services.cancel, ticket.pk, reason="Rain", actor=clara),
        partial(desk.decide, ticket, Verdict.APPROVE),
    )
    # The rival looks for the open request while it still is one, and finds it withdrawn.
    assert isinstance(refusal, NotWaiting)
    assert desk.again(ticket).status == Status.CANCELLED


def test_a_cancellation_waits_for_the_hand_over(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.approved()
    refusal = beside(
        partial(desk.hand_over, ticket),
        partial(services.cancel, ticket.pk, reason="Rain", actor=clara),
    )
    assert isinstance(refusal, MoveNotAllowed)
    assert selectors.money_of(ticket).in_escrow == 7_000


def test_a_line_is_taken_back_once(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.on_loan()
    back = [services.LineIn(lines(ticket)[0], "good")]
    take = partial(services.take_back, ticket.pk, lines=back, actor=clara)
    refusal = beside(partial(take, at=ticket.ends_at), partial(take, at=ticket.ends_at + DAY))
    assert isinstance(refusal, LineNotAllowed)
    assert ticket.lines.get().late_fee == 0


def test_a_ticket_is_settled_once(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.returned()
    found = [services.Finding(lines(ticket)[0])]
    settle = partial(services.inspect, ticket.pk, findings=found, actor=desk.clara)
    refusal = beside(settle, settle)
    assert isinstance(refusal, LineNotAllowed)
    assert LedgerTransaction.objects.filter(kind=TransactionKind.SETTLEMENT).count() == 1


def test_the_expiry_finds_what_was_just_handed_over(desk: Desk, system: User) -> None:
    desk.pay_in()
    ticket = desk.approved()
    late = ticket.starts_at + 30 * DAY / 24
    counted: list[int] = []

    def expire() -> None:
        counted.append(services.expire_uncollected(now=late, actor=system))

    assert beside(partial(desk.hand_over, ticket), expire) is None
    assert counted == [0]
    assert desk.again(ticket).status == Status.ON_LOAN
