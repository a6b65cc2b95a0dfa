"""Taking assets back: the time is over, and lateness has its price."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.assets import services as assets
from apps.audit import services as audit
from apps.audit.services import deed
from apps.tickets.claim_states import StrikeKind
from apps.tickets.errors import NothingChosen
from apps.tickets.errors.claims import ClosedTicket
from apps.tickets.services import quoting, striking, telling
from apps.tickets.services.claiming import annul_losses
from apps.tickets.services.keeping import chosen, keep, locked
from apps.tickets.services.settling import finish_return
from apps.tickets.states import LineAction, LineStatus, Status

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.tickets.models import Ticket, TicketLine


@dataclass(frozen=True)
class LineIn:
    """A line that comes back, and in which condition."""

    line_id: int
    condition: str
    note: str = ""


@deed
def take_back(
    ticket_id: int,
    *,
    lines: Sequence[LineIn],
    actor: "User",
    at: datetime | None = None,
    seen_version: int | None = None,
) -> "Ticket":
    """Have these assets back; each gets its late fee, and the rest of its time is free again.

    What was reported lost was only late then; who is later than the grace gets a strike.

    Raises:
        NothingChosen: no line was named.
        ClosedTicket: it was lost and is paid for, so that it is found again.
        LineNotAllowed: it is not out, or was taken back before.
    """
    actor.require("tickets.take_back_ticket")
    ticket = locked(ticket_id, seen_version=seen_version)
    if not lines:
        raise NothingChosen
    at = at or timezone.now()
    before = ticket.get_status_display()
    coming = chosen(ticket, (line.line_id for line in lines))
    ins = {line.line_id: line for line in lines}
    described = {}
    _not_lost_any_more(ticket, coming, actor=actor)
    for line in coming:
        line.move(LineAction.TAKE_BACK)
        back = ins[line.pk]
        line.returned_at, line.returned_to = at, actor
        line.condition_in, line.note_in = back.condition, back.note.strip()
        line.late_fee, arithmetic = quoting.late_fee(line, returned_at=at)
        described[str(line.asset)] = _described(line, arithmetic)
        assets.take_back(line.asset_id, condition=back.condition, actor=actor)
        assets.free(line.reservation_id, actor=actor, until=at)  # type: ignore[arg-type]  # a line that is out has one
    _keep(coming, actor=actor)
    keep(ticket, actor=actor)
    finish_return(ticket, actor=actor)
    audit.record(
        "tickets.taken_back",
        actor=actor,
        target=ticket,
        before={"status": before},
        after={"status": ticket.get_status_display(), **described},
    )
    telling.of_lines("tickets.taken_back", _("{ticket} was returned"), ticket, coming)
    # Last, because people are locked after wallets.
    _strike_late(coming, at, actor=actor)
    return ticket


def _not_lost_any_more(ticket: "Ticket", lines: "Sequence[TicketLine]", *, actor: "User") -> None:
    for line in lines:
        line.ticket = ticket
        if line.status == LineStatus.LOST and ticket.status == Status.CLOSED:
            raise ClosedTicket(ticket=ticket, asset=line.asset)
    annul_losses(lines, actor=actor)


def _strike_late(lines: "Sequence[TicketLine]", at: datetime, *, actor: "User") -> None:
    for line in lines:
        if quoting.is_late(line, at=at):
            striking.strike(line, kind=StrikeKind.LATE, actor=actor)


def _keep(lines: "Sequence[TicketLine]", *, actor: "User") -> None:
    for line in lines:
        keep(
            line,
            "status",
            "returned_at",
            "returned_to",
            "condition_in",
            "note_in",
            "late_fee",
            "damage",
            "damage_note",
            actor=actor,
        )


def _described(line: "TicketLine", arithmetic: str) -> str:
    return ": ".join(filter(None, (line.get_condition_in_display(), line.note_in, arithmetic)))
