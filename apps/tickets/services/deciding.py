"""What a decision means for a ticket: promised with its money held, sent back, or over."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from apps.approvals.states import Verdict
from apps.assets import services as assets
from apps.assets.states import ReservationKind
from apps.assets.wording import moment
from apps.audit import services as audit
from apps.common.money import format_amount
from apps.tickets.errors import PeriodIsOver
from apps.tickets.services import funds, narrowing, telling
from apps.tickets.services.ending import let_go
from apps.tickets.services.keeping import keep, lines_of, locked, may_borrow
from apps.tickets.states import Action, LineAction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apps.accounts.models import User
    from apps.approvals.models import ApprovalRequest
    from apps.tickets.models import Ticket, TicketLine


def lock(ticket_id: int) -> "Ticket":
    """Return the ticket with its row locked, before its approval request is."""
    return locked(ticket_id)


def conclude(
    ticket: "Ticket",
    verdict: Verdict,
    /,
    *,
    request: "ApprovalRequest",
    actor: "User",
    reason: str,
) -> None:
    """Do to the ticket what the last decision means for it; a refusal undoes the decision too."""
    if verdict == Verdict.APPROVE:
        _approve(ticket, terms=request.terms or {}, actor=actor, reason=reason)
    elif verdict == Verdict.RETURN:
        _send_back(ticket, actor=actor, reason=reason)
    else:
        _reject(ticket, actor=actor, reason=reason)


def _approve(ticket: "Ticket", *, terms: Mapping[str, Any], actor: "User", reason: str) -> None:
    """Reserve every approved asset, then hold its fee and deposit: all of it or nothing."""
    before = ticket.get_status_display()
    ticket.move(Action.APPROVE)
    now = timezone.now()
    may_borrow(ticket.borrower, now=now)
    said = narrowing.apply(ticket, terms, actor=actor) if terms else []
    if ticket.ends_at <= now:
        raise PeriodIsOver(ticket=ticket, ends_at=moment(ticket.ends_at))
    lines = narrowing.still_requested(ticket)
    give_back(lines, actor=actor)
    for line in lines:
        line.move(LineAction.RESERVE)
        line.reservation = assets.reserve(
            line.asset_id,
            ticket.starts_at,
            ticket.ends_at,
            kind=ReservationKind.LOAN,
            reason=f"{ticket} {ticket.borrower}",
            actor=actor,
        )
    # After all assets: locks go from assets to wallets.
    funds.hold(ticket, lines, actor=actor)
    for line in lines:
        keep(line, "status", "reservation", "hold", actor=actor)
    keep(ticket, "status", "starts_at", "ends_at", "quote", actor=actor)
    audit.record(
        "tickets.approved",
        actor=actor,
        target=ticket,
        before={"status": before},
        after={
            "status": ticket.get_status_display(),
            "held": format_amount(ticket.price, ticket.currency),
        }
        | ({"differs": said} if said else {}),
        reason=reason,
    )
    telling.of_decision("tickets.approved", ticket, reason="\n".join(filter(None, [reason, *said])))


def give_back(lines: "Sequence[TicketLine]", *, actor: "User") -> None:
    """Free the time that was kept since an offer of the waiting list; approval reserves it anew."""
    for line in lines:
        if line.reservation_id:
            assets.free(line.reservation_id, actor=actor)
            line.reservation = None
            keep(line, "reservation", actor=actor)


def _send_back(ticket: "Ticket", *, actor: "User", reason: str) -> None:
    before = ticket.get_status_display()
    ticket.move(Action.REQUEST_CHANGES)
    give_back(lines_of(ticket), actor=actor)
    keep(ticket, "status", actor=actor)
    audit.record(
        "tickets.changes_requested",
        actor=actor,
        target=ticket,
        before={"status": before},
        after={"status": ticket.get_status_display()},
        reason=reason,
    )
    telling.of_decision("tickets.changes_requested", ticket, reason=reason)


def _reject(ticket: "Ticket", *, actor: "User", reason: str) -> None:
    before = ticket.get_status_display()
    ticket.move(Action.REJECT)
    ticket.ending_reason = reason
    let_go(lines_of(ticket), actor=actor)
    keep(ticket, "status", "ending_reason", actor=actor)
    audit.record(
        "tickets.rejected",
        actor=actor,
        target=ticket,
        before={"status": before},
        after={"status": ticket.get_status_display()},
        reason=reason,
    )
    telling.of_decision("tickets.rejected", ticket, reason=reason)
