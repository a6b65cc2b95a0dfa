"""Ending a ticket, or a part of it, of which nothing was handed over."""

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.approvals import services as approvals
from apps.assets import services as assets
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.errors import DomainError, MoveNotAllowed
from apps.tickets.errors import NothingChosen, ReasonMissing
from apps.tickets.models import Ticket, TicketLine
from apps.tickets.services import funds, kits, telling
from apps.tickets.services.keeping import act_for, chosen, keep, lines_of, locked, on_behalf
from apps.tickets.services.settling import finish_return
from apps.tickets.states import LIFECYCLE, Action, LineAction, LineStatus, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apps.accounts.models import User

logger = logging.getLogger(__name__)

# So long after its start an approved ticket waits to be collected, but never past its end.
COLLECTED_WITHIN = timedelta(hours=24)


def let_go(lines: "Sequence[TicketLine]", *, actor: "User") -> None:
    """Free the reservations of these lines, then what is held for them."""
    for line in lines:
        line.move(LineAction.RELEASE)
        if line.reservation_id:
            assets.free(line.reservation_id, actor=actor)
    funds.release(lines, actor=actor)
    for line in lines:
        keep(line, "status", actor=actor)


@deed
def cancel(
    ticket_id: int, *, reason: str, actor: "User", seen_version: int | None = None
) -> Ticket:
    """End a ticket before anything was handed over: nothing stays reserved, held or waiting.

    Raises:
        MoveNotAllowed: something was handed over, or the ticket has ended.
        ReasonMissing: nobody said why.
    """
    ticket = locked(ticket_id, seen_version=seen_version)
    act_for(ticket.borrower, "tickets.cancel_ticket", actor=actor)
    if not reason.strip():
        raise ReasonMissing
    _end(ticket, Action.CANCEL, reason=reason.strip(), actor=actor)
    return ticket


@deed
def release_lines(
    ticket_id: int,
    *,
    line_ids: "Sequence[int]",
    reason: str,
    actor: "User",
    seen_version: int | None = None,
) -> Ticket:
    """Let go of what was not collected while the rest is on loan or back already; kits with parts.

    Raises:
        NothingChosen, ReasonMissing: nobody said what, or why.
        LineNotAllowed: it was handed over, or let go before.
    """
    ticket = locked(ticket_id, seen_version=seen_version)
    actor.require("tickets.cancel_ticket")
    if not line_ids:
        raise NothingChosen
    if not reason.strip():
        raise ReasonMissing
    lines = kits.with_parts(ticket, chosen(ticket, line_ids))
    _release(ticket, lines, reason=reason.strip(), actor=actor)
    return ticket


def expire_uncollected(*, now: datetime, actor: "User") -> int:
    """End the tickets, and the lines, that nobody collected in time; return how many tickets.

    Each is a deed of its own: one that cannot be ended does not keep the others.
    """
    late = (
        Ticket.objects.filter(
            Q(status=Status.APPROVED)
            & (Q(starts_at__lte=now - COLLECTED_WITHIN) | Q(ends_at__lte=now))
            | Q(
                status=Status.ON_LOAN,
                lines__status=LineStatus.RESERVED,
                lines__due_at__lte=now,
            )
        )
        .order_by("pk")
        .values_list("pk", flat=True)
        .distinct()
    )
    return sum(_try_to_expire(ticket_id, now=now, actor=actor) for ticket_id in late)


def _try_to_expire(ticket_id: int, *, now: datetime, actor: "User") -> bool:
    try:
        return expire(ticket_id, now=now, actor=actor)
    except DomainError as refusal:
        logger.warning("TK-%s was not collected and cannot be ended: %s", ticket_id, refusal)
        return False


@deed
def expire(ticket_id: int, *, now: datetime, actor: "User") -> bool:
    """End the ticket, or its lines, that nobody collected in time; tell whether there was any."""
    actor.require("tickets.cancel_ticket")
    ticket = locked(ticket_id)
    if LIFECYCLE.allows(Action.EXPIRE, Status(ticket.status)):
        if now < min(ticket.starts_at + COLLECTED_WITHIN, ticket.ends_at):
            return False
        _end(ticket, Action.EXPIRE, reason=_("Nobody collected it in time."), actor=actor)
        return True
    # By its own end: an extension of the others keeps nothing that was never collected.
    reserved = [line for line in lines_of(ticket) if line.status == LineStatus.RESERVED]
    waiting = [line for line in reserved if line.due_at <= now]
    if not waiting:
        return False
    _release(ticket, waiting, reason=_("Nobody collected it in time."), actor=actor)
    return True


def _end(ticket: Ticket, action: Action, *, reason: str, actor: "User") -> None:
    before = ticket.get_status_display()
    was_submitted = ticket.status == Status.SUBMITTED
    ticket.move(action)
    ticket.ending_reason = reason
    if was_submitted:
        approvals.withdraw(ticket, actor=actor, reason=reason)
    let_go(lines_of(ticket), actor=actor)
    keep(ticket, "status", "ending_reason", actor=actor)
    event = f"tickets.{ticket.status}"
    audit.record(
        event,
        actor=actor,
        target=ticket,
        before={"status": before},
        after={"status": ticket.get_status_display()},
        reason=reason,
        on_behalf_of=on_behalf(ticket, actor),
    )
    telling.of_ending(event, ticket)


def _release(ticket: Ticket, lines: "Sequence[TicketLine]", *, reason: str, actor: "User") -> None:
    # Before the loan the ticket as a whole is cancelled; after it nothing waits any more.
    if ticket.status != Status.ON_LOAN:
        raise MoveNotAllowed(action=LineAction.RELEASE.label, status=ticket.get_status_display())
    let_go(lines, actor=actor)
    keep(ticket, actor=actor)
    audit.record(
        "tickets.released",
        actor=actor,
        target=ticket,
        before={str(line.asset): LineStatus.RESERVED.label for line in lines},
        after={str(line.asset): line.get_status_display() for line in lines},
        reason=reason,
    )
    telling.of_lines("tickets.released", _("{ticket}: not collected"), ticket, lines)
    finish_return(ticket, actor=actor)
