"""Lost and found: the value is claimed, the late fee ends, and what was paid goes back."""

from datetime import timedelta
from functools import partial
from unittest import mock

import pytest

from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.approvals.errors import NotWaiting
from apps.approvals.states import Verdict
from apps.assets import services as assets
from apps.assets.states import Condition
from apps.assets.states import Status as AssetStatus
from apps.common.errors import NotPermitted
from apps.tickets import selectors, services
from apps.tickets.claim_states import ClaimKind, ClaimStatus
from apps.tickets.errors import LineNotAllowed
from apps.tickets.errors.claims import (
    AlreadyClaimed,
    ClaimNeedsWords,
    ClosedTicket,
    StillOpenTicket,
)
from apps.tickets.models import Claim, Receivable, Strike, Ticket
from apps.tickets.states import LineStatus, Status
from apps.tickets.tests.conftest import DAY, HOUR, Desk, lines
from apps.tickets.tests.racing import beside
from apps.tickets.tests.test_settle import posted
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import Role, TransactionKind
from project.testing.make import Make


def report(desk: Desk, ticket: Ticket, *, late: timedelta = timedelta(0)) -> Claim:
    """Let Clara report the first line lost, so long after its end."""
    with mock.patch("django.utils.timezone.now", return_value=ticket.ends_at + late):
        return services.declare_lost(
            ticket.pk, line_id=lines(ticket)[0], reason="Left on a train", actor=desk.clara
        )


def lost(desk: Desk, *, late: timedelta = timedelta(0), money: int = 100_000) -> Ticket:
    """Return a closed ticket of which the one asset, worth 200.00, was lost."""
    desk.pay_in(money)
    ticket = desk.on_loan()
    report(desk, ticket, late=late)
    return desk.decide_claims(ticket)


def find(desk: Desk, ticket: Ticket) -> Claim | None:
    """Let Clara find the line again."""
    services.found_again(
        lines(ticket)[0], condition=Condition.WORN, note="Lost property", actor=desk.clara
    )
    return Claim.objects.filter(kind=ClaimKind.CREDIT).first()


def books_balance() -> bool:
    return sum(wallet.posted for wallet in Wallet.objects.with_posted()) == 0


def test_a_loss_costs_the_value_and_the_late_fee_ends_with_the_report(desk: Desk) -> None:
    """Worth 200.00, fee 20.00, 25 hours late: two days at 5.00. The deposit of 50.00 pays first."""
    ticket = lost(desk, late=25 * HOUR)
    line = ticket.lines.get()
    assert (ticket.status, line.status) == (Status.CLOSED, LineStatus.LOST)
    assert (line.damage, line.late_fee) == (20_000, 1_000)
    assert line.asset.status == AssetStatus.LOST
    assert line.reservation is not None
    assert posted(owner=desk.lena) == 1_600 + 20_000
    assert posted(owner=desk.boris) == 100_000 - 2_000 - 20_000 - 1_000
    assert posted(role=Role.ESCROW) == 0
    assert books_balance()
    assert Strike.objects.get().kind == "loss"


def test_until_it_is_decided_it_stays_on_loan(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.on_loan()
    claim = report(desk, ticket)
    assert ticket.lines.get().status == LineStatus.ON_LOAN
    with pytest.raises(AlreadyClaimed, match=str(claim)):
        report(desk, ticket)
    desk.decide_claims(ticket, Verdict.REJECT, reason="Look again")
    assert ticket.lines.get().status == LineStatus.ON_LOAN
    assert desk.again(ticket).status == Status.ON_LOAN
    # Refused, it may be reported once more.
    report(desk, ticket)


def test_only_what_is_out_is_lost_and_somebody_says_how(desk: Desk, anna: User) -> None:
    desk.pay_in()
    ticket = desk.on_loan()
    lose = partial(services.declare_lost, ticket.pk, line_id=lines(ticket)[0])
    with pytest.raises(ClaimNeedsWords):
        lose(reason=" ", actor=desk.clara)
    with pytest.raises(NotPermitted):
        lose(reason="Gone", actor=anna)
    desk.take_back(ticket)
    with pytest.raises(LineNotAllowed):
        lose(reason="Gone", actor=desk.clara)


def test_the_rest_of_the_ticket_goes_on(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.on_loan(desk.assets(2))
    report(desk, ticket)
    assert desk.decide_claims(ticket).status == Status.ON_LOAN
    desk.take_back(ticket)
    ticket = desk.inspect(ticket)
    assert ticket.status == Status.CLOSED
    assert posted(owner=desk.lena) == 2 * 1_600 + 20_000
    assert books_balance()


def test_what_comes_back_before_the_decision_was_only_late(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.on_loan()
    claim = report(desk, ticket)
    desk.take_back(ticket, at=ticket.ends_at + DAY)
    claim.refresh_from_db()
    assert claim.status == ClaimStatus.WITHDRAWN
    assert approval_questions.open_request_of(claim) is None
    assert desk.inspect(ticket).status == Status.CLOSED
    assert posted(owner=desk.lena) == 1_600


def test_what_comes_back_before_it_is_paid_costs_no_value(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.on_loan(desk.assets(2))
    claim = report(desk, ticket)
    desk.decide_claims(ticket)
    first, second = lines(ticket)
    for line_id in (second, first):
        services.take_back(
            ticket.pk,
            lines=[services.LineIn(line_id, Condition.GOOD)],
            actor=desk.clara,
            at=ticket.ends_at,
        )
    claim.refresh_from_db()
    line = ticket.lines.get(pk=first)
    assert (claim.status, line.status, line.damage) == ("withdrawn", LineStatus.RETURNED, 0)
    assert line.asset.status == AssetStatus.AVAILABLE
    assert desk.inspect(ticket).status == Status.CLOSED
    assert posted(owner=desk.lena) == 2 * 1_600


def test_a_find_is_credited_by_the_lender(desk: Desk) -> None:
    ticket = lost(desk)
    before = posted(owner=desk.boris)
    claim = find(desk, ticket)
    line = ticket.lines.get()
    assert (line.status, line.asset.status) == (LineStatus.FOUND, AssetStatus.AVAILABLE)
    assert claim is not None
    assert (claim.estimate, posted(owner=desk.boris)) == (20_000, before)
    desk.decide_claims(ticket)
    assert posted(owner=desk.boris) == before + 20_000
    assert posted(owner=desk.lena) == 1_600
    assert posted(role=Role.GOODWILL) == 0
    claim.refresh_from_db()
    assert claim.posting is not None
    assert books_balance()
    with pytest.raises(LineNotAllowed):
        find(desk, ticket)


def test_goodwill_pays_what_the_lender_has_spent(desk: Desk) -> None:
    ticket = lost(desk)
    wallet = Wallet.objects.get(owner=desk.lena)
    _spend(desk, wallet, 11_600)
    find(desk, ticket)
    desk.decide_claims(ticket, amount=15_000, reason="The bag is torn")
    assert posted(owner=desk.lena) == 0
    assert posted(role=Role.GOODWILL) == -5_000
    assert books_balance()


def test_a_credit_pays_what_is_still_owed_first(desk: Desk) -> None:
    """Deposit 50.00 and a wallet of 30.00 pay for 200.00: 120.00 are owed, and then credited."""
    ticket = lost(desk, money=10_000)
    debt = Receivable.objects.get()
    assert (debt.amount, posted(role=Role.RECEIVABLES)) == (12_000, -12_000)
    find(desk, ticket)
    desk.decide_claims(ticket)
    debt.refresh_from_db()
    assert (debt.status, debt.paid) == ("paid", 12_000)
    assert posted(owner=desk.boris) == 8_000
    assert posted(role=Role.RECEIVABLES) == 0
    assert books_balance()


def test_what_was_written_off_is_not_credited(desk: Desk, walt: User) -> None:
    ticket = lost(desk, money=10_000)
    debt = services.request_write_off(Receivable.objects.get().pk, reason="Moved", actor=walt)
    request = approval_questions.open_request_of(debt)
    assert request is not None
    approvals.decide(request.pk, verdict=Verdict.APPROVE, actor=desk.carol)
    claim = find(desk, ticket)
    assert claim is not None
    assert claim.estimate == 20_000 - 12_000


def test_a_find_of_what_was_written_off_whole_asks_for_no_credit(desk: Desk) -> None:
    """Nothing but a deposit of 50.00 was paid, and 150.00 of 200.00 are given up."""
    ticket = lost(desk, money=7_000)
    debt = Receivable.objects.get()
    Receivable.objects.filter(pk=debt.pk).update(
        status="written_off", ended_at=debt.due_at, amount=20_000
    )
    assert find(desk, ticket) is None
    assert ticket.lines.get().status == LineStatus.FOUND


def test_who_lost_their_own_gives_themselves_nothing(desk: Desk, make: Make) -> None:
    desk.pay_in()
    ticket = desk.on_loan([make.asset(lender=desk.boris)])
    report(desk, ticket)
    ticket = desk.decide_claims(ticket)
    before = posted(owner=desk.boris)
    find(desk, ticket)
    desk.decide_claims(ticket)
    assert posted(owner=desk.boris) == before
    assert books_balance()


def test_open_and_closed_tickets_take_their_own_way_back(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.on_loan(desk.assets(2))
    report(desk, ticket)
    desk.decide_claims(ticket)
    with pytest.raises(StillOpenTicket, match="Take back"):
        find(desk, ticket)
    closed = lost(desk)
    with pytest.raises(ClosedTicket, match="Found again"):
        desk_take_back(desk, closed)


def test_what_was_reported_lost_in_the_register_is_lost_on_its_loan(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.on_loan()
    assets.lose(ticket.lines.get().asset_id, reason="Stolen", actor=desk.clara)
    report(desk, ticket)
    assert desk.decide_claims(ticket).status == Status.CLOSED


def desk_take_back(desk: Desk, ticket: Ticket) -> None:
    """Let Clara take the first line back."""
    back = [services.LineIn(lines(ticket)[0], Condition.GOOD)]
    services.take_back(ticket.pk, lines=back, actor=desk.clara, at=ticket.ends_at)


def _spend(desk: Desk, wallet: Wallet, amount: int) -> None:

    cash = wallets.system_wallet(Role.CASH, "USD")
    wallets.post(
        TransactionKind.TRANSFER,
        [wallets.Entry(wallet.pk, -amount), wallets.Entry(cash.pk, amount)],
        actor=desk.clara,
        key="spent",
    )


@pytest.mark.django_db(transaction=True)
def test_a_loss_is_not_granted_beside_the_return(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.on_loan()
    claim = report(desk, ticket)
    request = approval_questions.open_request_of(claim)
    assert request is not None
    carol = desk.carol
    refusal = beside(
        partial(desk.take_back, ticket),
        partial(approvals.decide, request.pk, verdict=Verdict.APPROVE, actor=carol),
    )
    assert isinstance(refusal, NotWaiting)
    assert ticket.lines.get().status == LineStatus.RETURNED


@pytest.mark.django_db(transaction=True)
def test_a_return_is_not_taken_beside_the_loss(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.on_loan()
    claim = report(desk, ticket)
    carol = desk.carol
    refusal = beside(
        partial(services.decide_claim, claim.pk, verdict=Verdict.APPROVE, actor=carol),
        partial(desk_take_back, desk, ticket),
    )
    assert isinstance(refusal, ClosedTicket)
    assert ticket.lines.get().status == LineStatus.LOST
    assert selectors.money_of(desk.again(ticket)).in_escrow == 0


@pytest.mark.django_db(transaction=True)
def test_a_find_is_credited_once(desk: Desk) -> None:
    ticket = lost(desk)
    refusal = beside(partial(find, desk, ticket), partial(find, desk, ticket))
    assert isinstance(refusal, LineNotAllowed)
    assert Claim.objects.filter(kind=ClaimKind.CREDIT).count() == 1
