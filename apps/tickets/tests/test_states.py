"""Every status × every action, against tables written by hand."""

from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING

import pytest

from apps.approvals import services as approvals
from apps.approvals.models import ApprovalRequest
from apps.approvals.states import Verdict
from apps.assets.states import Condition
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import DomainError, MoveNotAllowed
from apps.tickets import services
from apps.tickets.models import Ticket
from apps.tickets.states import (
    EDITABLE,
    LIFECYCLE,
    LINE_LIFECYCLE,
    Action,
    LineAction,
    LineStatus,
    Status,
)
from apps.tickets.tests.conftest import Desk, lines

if TYPE_CHECKING:
    from apps.accounts.models import User

ALLOWED = {
    ("draft", "submit"): "submitted",
    ("draft", "cancel"): "cancelled",
    ("draft", "take_over"): "on_loan",
    ("submitted", "request_changes"): "changes_requested",
    ("submitted", "approve"): "approved",
    ("submitted", "reject"): "rejected",
    ("submitted", "cancel"): "cancelled",
    ("changes_requested", "submit"): "submitted",
    ("changes_requested", "cancel"): "cancelled",
    ("approved", "hand_over"): "on_loan",
    ("approved", "cancel"): "cancelled",
    ("approved", "expire"): "expired",
    ("on_loan", "hand_over"): "on_loan",
    ("on_loan", "return"): "returned",
    ("returned", "close"): "closed",
}
ALLOWED_OF_LINES = {
    ("requested", "reserve"): "reserved",
    ("requested", "release"): "released",
    ("reserved", "hand_over"): "on_loan",
    ("reserved", "release"): "released",
    ("on_loan", "take_back"): "returned",
    ("returned", "inspect"): "inspected",
    ("on_loan", "lose"): "lost",
    ("lost", "take_back"): "returned",
    ("lost", "find"): "found",
}


@pytest.mark.parametrize(("status", "action"), list(product(Status, Action)))
def test_a_ticket_moves_as_the_table_says(status: Status, action: Action) -> None:
    after = ALLOWED.get((status.value, action.value))
    assert LIFECYCLE.allows(action, status) == (after is not None)
    if after:
        assert LIFECYCLE.after(action, status) == after
    else:
        with pytest.raises(MoveNotAllowed):
            LIFECYCLE.after(action, status)


@pytest.mark.parametrize(("status", "action"), list(product(LineStatus, LineAction)))
def test_a_line_moves_as_the_table_says(status: LineStatus, action: LineAction) -> None:
    after = ALLOWED_OF_LINES.get((status.value, action.value))
    assert LINE_LIFECYCLE.allows(action, status) == (after is not None)
    if after:
        assert LINE_LIFECYCLE.after(action, status) == after


def test_only_what_may_be_submitted_may_be_edited() -> None:
    assert {status for status in Status if LIFECYCLE.allows(Action.SUBMIT, status)} == EDITABLE


# The same at the level of people: which deed leads where, from each status.
AFTER_DEED = {
    "edit": {"draft": "draft", "changes_requested": "changes_requested"},
    "submit": {"draft": "submitted", "changes_requested": "submitted"},
    "approve": {"submitted": "approved"},
    "reject": {"submitted": "rejected"},
    "request_changes": {"submitted": "changes_requested"},
    "cancel": {
        "draft": "cancelled",
        "submitted": "cancelled",
        "changes_requested": "cancelled",
        "approved": "cancelled",
    },
    "hand_over": {"approved": "on_loan"},
    "take_back": {"on_loan": "returned"},
    "inspect": {"returned": "closed"},
    "release": {},
    "declare_lost": {"on_loan": "on_loan"},
    "comment": {status.value: status.value for status in Status},
}


def _decide(ticket: Ticket, verdict: Verdict, actor: "User") -> None:
    # A page that was drawn while the request was open names it still.
    request = ApprovalRequest.objects.filter(subject_id=ticket.pk).last()
    if request is None:
        raise MoveNotAllowed(action=verdict.label, status=ticket.get_status_display())
    approvals.decide(request.pk, verdict=verdict, actor=actor, reason="Because")


def deeds(ticket: Ticket, clerk: "User", approver: "User") -> dict[str, Callable[[], object]]:
    """Return every deed on the ticket, over all its lines."""
    pks, good = lines(ticket), Condition.GOOD
    return {
        "edit": lambda: services.change_draft(
            ticket.pk, seen_version=ticket.version, purpose="Other", actor=clerk
        ),
        "submit": lambda: services.submit(ticket.pk, actor=clerk),
        "approve": lambda: _decide(ticket, Verdict.APPROVE, approver),
        "reject": lambda: _decide(ticket, Verdict.REJECT, approver),
        "request_changes": lambda: _decide(ticket, Verdict.RETURN, approver),
        "cancel": lambda: services.cancel(ticket.pk, reason="Because", actor=clerk),
        "hand_over": lambda: services.hand_over(
            ticket.pk, lines=[services.LineOut(pk, good) for pk in pks], actor=clerk
        ),
        "take_back": lambda: services.take_back(
            ticket.pk, lines=[services.LineIn(pk, good) for pk in pks], actor=clerk
        ),
        "inspect": lambda: services.inspect(
            ticket.pk, findings=[services.Finding(pk) for pk in pks], actor=clerk
        ),
        "release": lambda: services.release_lines(
            ticket.pk, line_ids=pks, reason="Because", actor=clerk
        ),
        "declare_lost": lambda: services.declare_lost(
            ticket.pk, line_id=pks[0], reason="Because", actor=clerk
        ),
        "comment": lambda: services.comment(ticket.pk, body="Hello", actor=clerk),
    }


@pytest.mark.parametrize("status", Status.values)
def test_every_deed_leads_where_it_should_or_nowhere(
    status: str, desk: Desk, clara: "User", arno: "User"
) -> None:
    ticket = desk.in_status(status)
    for name, deed in deeds(ticket, clara, arno).items():
        before = (desk.again(ticket).version, AuditEvent.objects.count())
        after = AFTER_DEED[name].get(status)
        if after is None:
            with pytest.raises(DomainError):
                deed()
            assert (desk.again(ticket).version, AuditEvent.objects.count()) == before
    for name, deed in deeds(ticket, clara, arno).items():
        # Each on the same ticket would move it away, so only what keeps the status runs here.
        if AFTER_DEED[name].get(status) == status:
            deed()
            assert desk.again(ticket).status == status


@pytest.mark.parametrize(
    ("name", "status"),
    [
        (name, status)
        for name, after in AFTER_DEED.items()
        for status in after
        if after[status] != status
    ],
)
def test_a_deed_that_is_allowed_leads_to_its_status(
    name: str, status: str, desk: Desk, clara: "User", arno: "User"
) -> None:
    ticket = desk.in_status(status)
    if name == "hand_over":
        desk.hand_over(ticket)
    else:
        deeds(ticket, clara, arno)[name]()
    assert desk.again(ticket).status == AFTER_DEED[name][status]
    assert not AuditEvent.objects.filter(outcome=Outcome.DENIED).exists()
