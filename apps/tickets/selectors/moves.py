"""What can be done with a ticket at this moment, and by whom."""

from typing import TYPE_CHECKING

from apps.approvals import selectors as approvals
from apps.tickets.states import EDITABLE, LIFECYCLE, Action, LineStatus, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from apps.accounts.models import User
    from apps.tickets.models import Ticket, TicketLine

_NEEDS = {
    "change": "tickets.change_ticket",
    "submit": "tickets.submit_ticket",
    "cancel": "tickets.cancel_ticket",
    "extend": "tickets.request_extension",
    "comment": "tickets.comment_ticket",
    "hand_over": "tickets.hand_over_ticket",
    "substitute": "tickets.hand_over_ticket",
    "take_back": "tickets.take_back_ticket",
    "declare_lost": "tickets.take_back_ticket",
    "found_again": "tickets.take_back_ticket",
    "inspect": "tickets.inspect_ticket",
    "release": "tickets.cancel_ticket",
    "reprice": "tickets.reprice_ticket",
}
# What borrowers do with their own tickets.
_OWN = frozenset({"change", "submit", "cancel", "extend"})


NAMES = (*_NEEDS, "approve", "reject", "request_changes")
"""Every name that `possible` and `allowed` may return."""


def possible(ticket: "Ticket", lines: "Sequence[TicketLine]", user: "User") -> set[str]:
    """Return the names of the actions that the ticket’s status and lines allow at this moment."""
    status = Status(ticket.status)
    moves = {
        "submit": Action.SUBMIT,
        "cancel": Action.CANCEL,
        "hand_over": Action.HAND_OVER,
        "approve": Action.APPROVE,
        "reject": Action.REJECT,
        "request_changes": Action.REQUEST_CHANGES,
    }
    names = {name for name, action in moves.items() if LIFECYCLE.allows(action, status)}
    standing = {line.status for line in lines}
    if LineStatus.RESERVED not in standing:
        names.discard("hand_over")
    else:
        names.add("substitute")
        if status == Status.ON_LOAN:
            names.add("release")
        elif not ticket.concerns(user):
            names.add("reprice")
    if LineStatus.ON_LOAN in standing:
        names.add("take_back")
        if not ticket.extensions.waiting().exists():
            names.add("extend")
    if LineStatus.RETURNED in standing:
        names.add("inspect")
    names |= _possible_losses(status, standing)
    if status == Status.SUBMITTED and not _may_decide(ticket, user):
        names -= {"approve", "reject", "request_changes"}
    return names | {"comment"}


def allowed(ticket: "Ticket", lines: "Sequence[TicketLine]", person: "User") -> list[str]:
    """Return what this person may do with it now; the services ask again on the locked rows.

    To approve, reject and request changes are decisions on the approval request that waits.
    """
    names = possible(ticket, lines, person)
    if ticket.status in EDITABLE:
        names.add("change")
    return sorted(name for name in names if _may(name, ticket, person))


def _may(name: str, ticket: "Ticket", person: "User") -> bool:
    needs = _NEEDS.get(name)
    if needs is None or person.has_perm(needs):
        return True
    if name == "comment":
        return ticket.concerns(person)
    return name in _OWN and person.is_active and person.pk == ticket.borrower_id


def _possible_losses(status: Status, standing: "Collection[str]") -> set[str]:
    """Return which of “report lost” and “found again” the lines allow."""
    names = set()
    if LineStatus.ON_LOAN in standing:
        names.add("declare_lost")
    if LineStatus.LOST in standing:
        # What is not paid yet is simply taken back.
        names.add("found_again" if status == Status.CLOSED else "take_back")
    return names


def _may_decide(ticket: "Ticket", user: "User") -> bool:
    waiting = approvals.open_request_of(ticket)
    return waiting is not None and approvals.waiting_for(user).filter(pk=waiting.pk).exists()
