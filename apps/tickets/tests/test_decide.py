"""What a decision does: all of it, or nothing."""

import pytest
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.approvals.models import Decision
from apps.approvals.states import Verdict
from apps.assets.errors import AssetTaken
from apps.assets.models import Reservation
from apps.assets.states import DepositKind
from apps.audit.models import AuditEvent
from apps.common.errors import OwnMatter
from apps.notifications.models import Notice
from apps.tickets import services
from apps.tickets.errors import BorrowerSuspended, NoWallet, PeriodIsOver, TooLittleMoney
from apps.tickets.models import Ticket
from apps.tickets.states import LineStatus, Status
from apps.tickets.tests.conftest import DAY, Desk
from apps.wallets import services as wallets
from apps.wallets.errors import WalletNotActive
from apps.wallets.models import Hold
from project.testing.make import Make


def unchanged(ticket: Ticket) -> bool:
    """Tell whether nothing of an approval has happened."""
    ticket.refresh_from_db()
    return (
        ticket.status == Status.SUBMITTED
        and set(ticket.lines.values_list("status", flat=True)) == {LineStatus.REQUESTED}
        and not Decision.objects.filter(request__subject_id=ticket.pk).exists()
        and not Hold.objects.filter(about_id=ticket.pk).exists()
        and not Reservation.objects.filter(ticket_line__ticket=ticket).exists()
    )


def test_approval_reserves_each_line_and_holds_its_money(desk: Desk, anna: User) -> None:
    desk.pay_in(20_000)
    ticket = desk.approved(desk.assets(2))
    assert ticket.status == Status.APPROVED
    for line in ticket.lines.all():
        assert line.status == LineStatus.RESERVED
        assert line.reservation is not None
        assert (line.reservation.starts_at, line.reservation.due_at) == (
            ticket.starts_at,
            ticket.ends_at,
        )
        assert line.hold is not None
        assert (line.hold.amount, line.hold.placed_by) == (7_000, anna)
        assert line.hold.key == f"ticket:{ticket.pk}:line:{line.pk}:hold"
    event = AuditEvent.objects.get(action="tickets.approved")
    assert (event.before, event.after) == (
        {"status": "submitted"},
        {"status": "approved", "held": "$140.00"},
    )
    told = Notice.objects.filter(kind="tickets.approved").values_list("recipient", flat=True)
    assert set(told) == {desk.boris.pk, desk.clara.pk}


def test_borrower_lender_and_clerk_do_not_decide(
    desk: Desk, anna: User, arno: User, make: Make
) -> None:
    make.wallet(anna, balance=10_000)
    accounts.change_roles(
        anna.pk,
        roles=["Lending approver", "Borrower", "Lending clerk"],
        actor=User.objects.system(),
    )
    anna = User.objects.get(pk=anna.pk)
    of_hers = desk.submitted([make.asset(lender=anna)])
    for_her = desk.submitted(borrower=anna)
    by_her = desk.submitted(actor=anna)
    for ticket, part in ((of_hers, "lender"), (for_her, "borrower"), (by_her, "entered")):
        with pytest.raises(OwnMatter, match=part):
            desk.decide(ticket, Verdict.APPROVE, actor=anna)
        assert unchanged(ticket)


def test_a_borrower_without_a_wallet_is_told_what_to_do(desk: Desk) -> None:
    ticket = desk.submitted()
    with pytest.raises(NoWallet, match="Boris has no wallet in USD"):
        desk.decide(ticket, Verdict.APPROVE)
    assert unchanged(ticket)


def test_a_wallet_in_another_currency_does_not_help(desk: Desk, make: Make) -> None:
    make.wallet(desk.boris, currency="EUR", balance=100_000)
    ticket = desk.submitted()
    with pytest.raises(NoWallet):
        desk.decide(ticket, Verdict.APPROVE)
    assert unchanged(ticket)


def test_too_little_money_names_what_is_there_needed_and_missing(desk: Desk) -> None:
    desk.pay_in(10_000)
    ticket = desk.submitted(desk.assets(2))
    with pytest.raises(TooLittleMoney) as refusal:
        desk.decide(ticket, Verdict.APPROVE)
    assert "$100.00 available" in refusal.value.message
    assert "need $140.00: $40.00 are missing" in refusal.value.message
    assert unchanged(ticket)


def test_a_frozen_wallet_says_so(desk: Desk, carol: User) -> None:
    desk.pay_in(10_000)
    wallet = desk.boris.wallets.get()
    wallets.freeze(wallet.pk, actor=carol, reason="Dispute")
    ticket = desk.submitted()
    with pytest.raises(WalletNotActive, match="frozen"):
        desk.decide(ticket, Verdict.APPROVE)


def test_an_asset_taken_meanwhile_is_named_and_undoes_the_decision(desk: Desk, bella: User) -> None:
    desk.pay_in()
    desk.pay_in(owner=bella)
    free, wanted = desk.assets(2)
    later = desk.submitted([free, wanted], borrower=bella)
    first = desk.approved([wanted])
    with pytest.raises(AssetTaken, match=wanted.tag) as refusal:
        desk.decide(later, Verdict.APPROVE)
    assert str(first) in refusal.value.message
    assert unchanged(later)


def test_a_borrower_suspended_meanwhile_gets_nothing(desk: Desk, boris: User, system: User) -> None:
    desk.pay_in()
    ticket = desk.submitted()
    accounts.suspend(boris.pk, until=timezone.now() + DAY, reason="Debts.", actor=system)
    with pytest.raises(BorrowerSuspended):
        desk.decide(ticket, Verdict.APPROVE)
    assert unchanged(ticket)


def test_a_period_that_is_over_is_not_approved(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.submitted()
    Ticket.objects.filter(pk=ticket.pk).update(
        starts_at=timezone.now() - 2 * DAY, ends_at=timezone.now() - DAY
    )
    with pytest.raises(PeriodIsOver):
        desk.decide(ticket, Verdict.APPROVE)


def test_what_costs_nothing_needs_no_wallet(desk: Desk, make: Make, lena: User) -> None:
    free = make.tariff(day_price=0, deposit_kind=DepositKind.NONE, deposit_amount=0)
    ticket = desk.approved([make.asset(lender=lena, tariff=free)])
    assert ticket.lines.get().hold is None
    desk.hand_over(ticket)


def test_a_free_line_beside_one_that_costs_is_not_held_for(
    desk: Desk, make: Make, lena: User
) -> None:
    desk.pay_in()
    free = make.tariff(day_price=0, deposit_kind=DepositKind.NONE, deposit_amount=0)
    ticket = desk.approved([make.asset(lender=lena, tariff=free), make.asset(lender=lena)])
    assert Hold.objects.filter(about_id=ticket.pk).count() == 1
    services.cancel(ticket.pk, reason="Rain", actor=desk.clara)
    assert set(ticket.lines.values_list("status", flat=True)) == {LineStatus.RELEASED}


def test_a_rejection_keeps_its_reason_and_tells_the_borrower(desk: Desk) -> None:
    ticket = desk.submitted()
    desk.decide(ticket, Verdict.REJECT, reason="Too risky")
    ticket = desk.again(ticket)
    assert (ticket.status, ticket.ending_reason) == (Status.REJECTED, "Too risky")
    assert ticket.lines.get().status == LineStatus.RELEASED
    notice = Notice.objects.filter(kind="tickets.rejected", recipient=desk.boris).first()
    assert notice is not None
    assert (notice.subject, notice.body) == (f"{ticket} is rejected", "Too risky")


def test_changes_are_requested_made_and_submitted_again(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.submitted()
    for purpose in ("Shorter", "Shorter still"):
        desk.decide(ticket, Verdict.RETURN, reason="Too long")
        ticket = desk.again(ticket)
        assert ticket.status == Status.CHANGES_REQUESTED
        services.change_draft(
            ticket.pk, seen_version=ticket.version, purpose=purpose, actor=desk.clara
        )
        services.submit(ticket.pk, actor=desk.clara)
    desk.decide(ticket, Verdict.APPROVE)
    assert desk.again(ticket).status == Status.APPROVED
    sent_back = Notice.objects.filter(kind="tickets.changes_requested", recipient=desk.boris)
    assert sent_back.filter(channel="admin").count() == 2
