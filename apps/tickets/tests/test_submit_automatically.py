"""Small tickets of trusted borrowers are approved when they are submitted."""

import pytest

from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.approvals.models import Policy
from apps.approvals.states import Status as RequestStatus
from apps.audit.models import AuditEvent
from apps.tickets import selectors, services
from apps.tickets.errors import TooLittleMoney
from apps.tickets.states import Status
from apps.tickets.tests.conftest import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def automatic(boris: User, carol: User) -> Policy:
    """Boris is trusted, and tickets below 80 dollars are small."""
    approvals.trust(boris, reason="Ten years without a scratch", actor=carol)
    policy = Policy.objects.get(name="Tickets in US dollars below 1,000")
    policy.automatic_below = 8_000
    policy.save()
    return policy


def test_a_small_ticket_of_a_trusted_borrower_is_approved_at_once(
    desk: Desk, automatic: Policy, system: User
) -> None:
    desk.pay_in()
    ticket = services.submit(desk.draft().pk, actor=desk.clara)
    assert ticket.status == Status.APPROVED
    assert desk.again(ticket).status == Status.APPROVED
    assert selectors.money_of(ticket).held == 7_000
    request = approval_questions.last_request_of(ticket)
    assert request is not None
    assert (request.status, request.levels, request.policy) == (
        RequestStatus.APPROVED,
        [],
        automatic,
    )
    assert request.automatic_for is not None
    assert not request.decisions.exists()
    events = AuditEvent.objects.filter(target_id__in=(str(ticket.pk), str(request.pk)))
    said = [
        (event.action, event.actor)
        for event in events.order_by("pk")
        if event.action in {"tickets.submitted", "approvals.requested"}
        or event.action.startswith(("approvals.approved", "tickets.approved"))
    ]
    assert said == [
        ("tickets.submitted", desk.clara),
        ("approvals.requested", desk.clara),
        ("approvals.approved_automatically", system),
        ("tickets.approved", system),
    ]


def test_what_is_not_small_waits(desk: Desk, automatic: Policy) -> None:
    desk.pay_in()
    assert desk.submitted(days=3).status == Status.SUBMITTED


def test_who_is_not_trusted_waits(desk: Desk, automatic: Policy, bella: User) -> None:
    desk.pay_in(owner=bella)
    assert desk.submitted(borrower=bella).status == Status.SUBMITTED


def test_a_trusted_clerk_does_not_help_the_borrower(
    desk: Desk, automatic: Policy, bella: User, carol: User
) -> None:
    approvals.trust(desk.clara, reason="She is careful", actor=carol)
    desk.pay_in(owner=bella)
    assert desk.submitted(borrower=bella).status == Status.SUBMITTED


def test_without_money_the_submission_is_refused_and_the_draft_stays(
    desk: Desk, automatic: Policy
) -> None:
    desk.pay_in(1_000)
    ticket = desk.draft()
    with pytest.raises(TooLittleMoney):
        services.submit(ticket.pk, actor=desk.clara)
    assert desk.again(ticket).status == Status.DRAFT
    assert approval_questions.last_request_of(ticket) is None
