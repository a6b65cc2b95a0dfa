"""Claiming damage: filed with photos, disputed, decided by a controller, then settled."""

from functools import partial

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.approvals.errors import AlreadyDecided, NotWaiting
from apps.approvals.models import ApprovalRequest
from apps.approvals.states import Verdict
from apps.common.errors import MoveNotAllowed, NotPermitted, OwnMatter
from apps.notifications.models import Notice
from apps.tickets import selectors, services
from apps.tickets.claim_states import CLAIM_LIFECYCLE, ClaimAction, ClaimStatus
from apps.tickets.errors import ReasonMissing
from apps.tickets.errors.claims import AlreadyDisputed, AmountFixed, ClaimAmountInvalid
from apps.tickets.models import Claim, Ticket
from apps.tickets.states import FilePurpose, LineStatus, Status
from apps.tickets.tests.conftest import Desk, lines
from apps.tickets.tests.racing import beside
from apps.tickets.tests.showing import dent
from apps.tickets.tests.test_settle import posted
from apps.wallets.models import LedgerTransaction
from apps.wallets.states import Role, TransactionKind
from project.testing.make import Make

PNG = dent()
ALLOWED = {
    ("open", "accept"): "accepted",
    ("open", "reduce"): "reduced",
    ("open", "dismiss"): "dismissed",
    ("open", "send_back"): "returned",
    ("open", "withdraw"): "withdrawn",
    ("open", "annul"): "withdrawn",
    ("returned", "revise"): "open",
    ("returned", "withdraw"): "withdrawn",
    ("returned", "annul"): "withdrawn",
    ("accepted", "annul"): "withdrawn",
    ("reduced", "annul"): "withdrawn",
}


def claimed(desk: Desk, damage: int = 3_000) -> Claim:
    """Return a claim that waits for a decision."""
    if not desk.boris.wallets.exists():
        desk.pay_in()
    ticket = desk.claim(desk.returned(), damage=damage)
    return Claim.objects.get(line__ticket=ticket)


@pytest.mark.parametrize("status", ClaimStatus)
@pytest.mark.parametrize("action", ClaimAction)
def test_a_claim_moves_as_the_table_says(status: ClaimStatus, action: ClaimAction) -> None:
    after = ALLOWED.get((status.value, action.value))
    assert CLAIM_LIFECYCLE.allows(action, status) == (after is not None)
    if after:
        assert CLAIM_LIFECYCLE.after(action, status) == after


def test_damage_opens_a_claim_and_the_ticket_waits_for_it(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.returned()
    (line_id,) = lines(ticket)
    photo = ContentFile(PNG, name="scratch.png")
    found = services.Finding(line_id, 3_000, " Scratch ", photos=[photo])
    services.inspect(ticket.pk, findings=[found], actor=desk.clara)
    claim = Claim.objects.get()
    assert (claim.status, claim.estimate, claim.amount) == ("open", 3_000, 3_000)
    assert (claim.description, claim.opened_by) == ("Scratch", desk.clara)
    assert [file.purpose for file in claim.line.files.all()] == [FilePurpose.CLAIM]
    assert desk.again(ticket).status == Status.RETURNED
    assert (claim.line.status, claim.line.damage) == (LineStatus.INSPECTED, 0)
    request = approval_questions.open_request_of(claim)
    assert request is not None
    assert {party.part for party in request.parties.all()} == {"requester", "borrower", "lender"}
    assert claim.history.get().history_user == desk.clara
    told = Notice.objects.get(kind="tickets.claimed", recipient=desk.boris, channel="admin")
    assert "$30.00" in told.subject
    assert "If you do not agree" in told.body


def test_what_is_granted_is_settled_and_told(desk: Desk) -> None:
    claim = claimed(desk)
    ticket = desk.decide_claims(claim.line.ticket)
    claim.refresh_from_db()
    assert (claim.status, ticket.status) == (ClaimStatus.ACCEPTED, Status.CLOSED)
    line = ticket.lines.get()
    assert (line.damage, line.damage_note) == (3_000, "Scratched lens")
    assert posted(owner=desk.lena) == 1_600 + 3_000
    assert Notice.objects.filter(kind="tickets.claim_decided", recipient=desk.boris).exists()


def test_less_than_the_estimate_needs_a_reason(desk: Desk) -> None:
    claim = claimed(desk)
    ticket = claim.line.ticket
    with pytest.raises(ReasonMissing):
        desk.decide_claims(ticket, amount=1_000)
    for wrong in (0, -1, 3_001):
        with pytest.raises(ClaimAmountInvalid, match=r"at most \$30.00"):
            desk.decide_claims(ticket, amount=wrong, reason="Too much")
    claim.refresh_from_db()
    assert (claim.status, claim.amount) == ("open", 3_000)
    desk.decide_claims(ticket, amount=1_000, reason="It was scratched before")
    claim.refresh_from_db()
    assert (claim.status, claim.amount, claim.amount_reason) == (
        ClaimStatus.REDUCED,
        1_000,
        "It was scratched before",
    )
    assert posted(owner=desk.lena) == 1_600 + 1_000


def test_a_dismissed_claim_costs_nothing_and_lets_the_ticket_close(desk: Desk) -> None:
    claim = claimed(desk)
    ticket = desk.decide_claims(claim.line.ticket, Verdict.REJECT, reason="Wear and tear")
    claim.refresh_from_db()
    assert (claim.status, claim.decision_reason) == (ClaimStatus.DISMISSED, "Wear and tear")
    assert ticket.status == Status.CLOSED
    assert posted(owner=desk.lena) == 1_600


def test_a_ticket_closes_with_the_last_of_its_claims(desk: Desk, make: Make, bella: User) -> None:
    """Two lenders, damage of 40.00 and 20.00: each gets their own, the deposits pay both."""
    desk.pay_in()
    ticket = desk.returned([make.asset(lender=desk.lena), make.asset(lender=bella)])
    first, second = lines(ticket)
    found = [services.Finding(first, 4_000, "Lens"), services.Finding(second, 2_000, "Cable")]
    services.inspect(ticket.pk, findings=found, actor=desk.clara)
    one, other = selectors.claims_of(ticket)
    services.decide_claim(one.pk, verdict=Verdict.APPROVE, actor=desk.carol)
    assert desk.again(ticket).status == Status.RETURNED
    services.decide_claim(other.pk, verdict=Verdict.APPROVE, actor=desk.carol)
    assert desk.again(ticket).status == Status.CLOSED
    assert (posted(owner=desk.lena), posted(owner=bella)) == (1_600 + 4_000, 1_600 + 2_000)
    assert posted(owner=desk.boris) == 100_000 - 4_000 - 6_000
    assert posted(role=Role.ESCROW) == 0


def test_the_approval_queue_decides_too(desk: Desk) -> None:
    claim = claimed(desk)
    request = approval_questions.open_request_of(claim)
    assert request is not None
    approvals.decide(request.pk, verdict=Verdict.APPROVE, actor=desk.carol)
    claim.refresh_from_db()
    assert claim.status == ClaimStatus.ACCEPTED


def test_a_claim_is_sent_back_revised_and_asked_again(desk: Desk) -> None:
    claim = claimed(desk)
    ticket = claim.line.ticket
    desk.decide_claims(ticket, Verdict.RETURN, reason="Which lens?")
    claim.refresh_from_db()
    assert claim.status == ClaimStatus.RETURNED
    assert desk.again(ticket).status == Status.RETURNED
    services.revise(claim.pk, estimate=2_000, description="Front lens", actor=desk.clara)
    desk.decide_claims(ticket)
    claim.refresh_from_db()
    assert (claim.status, claim.amount, claim.description) == ("accepted", 2_000, "Front lens")
    with pytest.raises(MoveNotAllowed):
        services.revise(claim.pk, estimate=1, description="Again", actor=desk.clara)


def test_a_withdrawn_claim_lets_the_ticket_close(desk: Desk) -> None:
    claim = claimed(desk)
    with pytest.raises(ReasonMissing):
        services.withdraw_claim(claim.pk, reason=" ", actor=desk.clara)
    services.withdraw_claim(claim.pk, reason="It was old", actor=desk.clara)
    assert desk.again(claim.line.ticket).status == Status.CLOSED
    assert ApprovalRequest.objects.get(scope="claim").status == "withdrawn"
    with pytest.raises(MoveNotAllowed):
        services.withdraw_claim(claim.pk, reason="Twice", actor=desk.clara)


def test_the_borrower_disputes_and_the_decider_reads_it(desk: Desk) -> None:
    claim = claimed(desk)
    carol = desk.carol
    with pytest.raises(ReasonMissing):
        services.dispute(claim.pk, reason="", actor=desk.boris)
    services.dispute(claim.pk, reason="It was there before", actor=desk.boris)
    claim.refresh_from_db()
    assert (claim.disputed_by, claim.status) == (desk.boris, ClaimStatus.OPEN)
    said = claim.line.ticket.comments.get()
    assert said.body == f"{claim} is disputed: It was there before"
    assert Notice.objects.filter(kind="tickets.claim_disputed", recipient=carol).exists()
    with pytest.raises(AlreadyDisputed, match="Boris"):
        services.dispute(claim.pk, reason="Again", actor=desk.clara)
    desk.decide_claims(claim.line.ticket)
    with pytest.raises(MoveNotAllowed):
        services.dispute(claim.pk, reason="Too late", actor=desk.boris)


def test_strangers_do_not_dispute_and_clerks_do_on_behalf(desk: Desk, bella: User) -> None:
    claim = claimed(desk)
    with pytest.raises(NotPermitted):
        services.dispute(claim.pk, reason="Because", actor=bella)
    services.dispute(claim.pk, reason="He called", actor=desk.clara)
    claim.refresh_from_db()
    assert claim.disputed_by == desk.clara


def test_nobody_decides_on_what_they_filed_or_owe(desk: Desk, anna: User) -> None:
    claim = claimed(desk)
    with pytest.raises(OwnMatter):
        services.decide_claim(claim.pk, verdict=Verdict.APPROVE, actor=desk.clara)
    with pytest.raises(NotPermitted):
        services.decide_claim(claim.pk, verdict=Verdict.APPROVE, actor=anna)
    desk.decide_claims(claim.line.ticket)
    with pytest.raises(MoveNotAllowed):
        services.decide_claim(claim.pk, verdict=Verdict.APPROVE, actor=desk.carol)


def test_two_controllers_agree_on_one_amount(desk: Desk) -> None:
    desk.pay_in(500_000)
    claim = claimed(desk, damage=150_000)
    decide = partial(services.decide_claim, claim.pk, verdict=Verdict.APPROVE)
    decide(amount=120_000, reason="Second hand", actor=desk.carol)
    with pytest.raises(AmountFixed, match=r"\$1,200.00"):
        decide(amount=90_000, reason="Older still", actor=desk.conrad)
    decide(actor=desk.conrad)
    claim.refresh_from_db()
    assert (claim.status, claim.amount) == (ClaimStatus.REDUCED, 120_000)


def test_the_database_grants_no_more_than_the_estimate(desk: Desk) -> None:
    claim = claimed(desk)
    with (
        pytest.raises(IntegrityError, match="claim_amount_within_estimate"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE ticket_claims SET amount = estimate + 1 WHERE id = %s", [claim.pk])


def test_the_database_closes_no_ticket_with_an_undecided_claim(desk: Desk) -> None:
    claim = claimed(desk)
    closes = "UPDATE tickets SET status = 'closed', closed_at = now() WHERE id = %s"
    with (
        pytest.raises(IntegrityError, match="not decided"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(closes, [claim.line.ticket_id])


def test_the_database_opens_no_claim_on_a_closed_ticket(desk: Desk) -> None:
    claim = claimed(desk)
    desk.decide_claims(claim.line.ticket)
    opens = "UPDATE ticket_claims SET status = 'open', decided_at = NULL WHERE id = %s"
    with (
        pytest.raises(IntegrityError, match="closed and settled"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(opens, [claim.pk])


@pytest.mark.parametrize("table", ["ticket_claims", "receivables", "strikes"])
def test_the_database_deletes_none_of_it(table: str, db: None) -> None:
    with (
        pytest.raises(IntegrityError, match="never deleted"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM {table}")  # noqa: S608  (three names of ours)


@pytest.mark.django_db(transaction=True)
def test_of_two_deciders_the_second_is_told_who_was_first(desk: Desk) -> None:
    claim = claimed(desk)
    request = approval_questions.open_request_of(claim)
    assert request is not None
    carol, conrad = desk.carol, desk.conrad
    refusal = beside(
        partial(services.decide_claim, claim.pk, verdict=Verdict.APPROVE, actor=carol),
        partial(approvals.decide, request.pk, verdict=Verdict.REJECT, actor=conrad, reason="No"),
    )
    assert isinstance(refusal, AlreadyDecided)
    assert "Carol" in refusal.message
    assert Ticket.objects.get().status == Status.CLOSED
    assert LedgerTransaction.objects.filter(kind=TransactionKind.SETTLEMENT).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_decision_waits_for_the_withdrawal(desk: Desk) -> None:
    claim = claimed(desk)
    request = approval_questions.open_request_of(claim)
    assert request is not None
    carol = desk.carol
    refusal = beside(
        partial(services.withdraw_claim, claim.pk, reason="Old", actor=desk.clara),
        partial(approvals.decide, request.pk, verdict=Verdict.APPROVE, actor=carol),
    )
    assert isinstance(refusal, NotWaiting)
    assert posted(owner=desk.lena) == 1_600
