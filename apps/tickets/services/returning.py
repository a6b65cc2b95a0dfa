"""Taking assets back: the time is over, and lateness has its price."""

from collections.abc import Sequence
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
from apps.tickets.services import (
    evidence,
    extending,
    funds,
    kits,
    quoting,
    striking,
    telling,
)
from apps.tickets.services.claiming import annul_losses
from apps.tickets.services.evidence import LineSeen, Signatures
from apps.tickets.services.handings import Handed, keep_handing, words_of
from apps.tickets.services.keeping import chosen, keep, locked
from apps.tickets.services.settling import finish_return
from apps.tickets.states import Direction, LineAction, LineStatus, Status

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.tickets.models import Ticket, TicketLine


class LineIn(LineSeen):
    """A line that comes back: its condition, photos and answers."""


@deed
def take_back(
    ticket_id: int,
    *,
    lines: Sequence[LineIn],
    actor: "User",
    at: datetime | None = None,
    seen_version: int | None = None,
    signatures: Signatures | None = None,
) -> "Ticket":
    """Have these assets back; each gets its late fee, and the rest of its time is free again.

    What was reported lost was only late then; who is later than the grace gets a strike.

    What was shown at the desk is kept with the statement that was signed, see `Handing`.

    Raises:
        NothingChosen: no line was named.
        ClosedTicket: it was lost and is paid for, so that it is found again.
        LineNotAllowed: it is not out, or was taken back before.
        PartsStillOut: a kit comes back, and parts of it are still out.
        FileRefused, EvidenceMissing: a photo, an answer or a signature is missing or no such thing.
    """
    actor.require("tickets.take_back_ticket")
    shown = evidence.prepare(lines, signatures)
    ticket = locked(ticket_id, seen_version=seen_version)
    if not lines:
        raise NothingChosen
    at = at or timezone.now()
    before = ticket.get_status_display()
    coming = chosen(ticket, (line.line_id for line in lines))
    kits.refuse_kits_before_parts(coming)
    ins = {line.line_id: line for line in lines}
    described, handed = {}, []
    _not_lost_any_more(ticket, coming, actor=actor)
    # Before the assets: it locks the approval request.
    held = extending.drop_returned(ticket, coming, at=at, actor=actor)
    for line in coming:
        line.move(LineAction.TAKE_BACK)
        answers = evidence.check(shown, line, ins[line.pk], Direction.IN)
        described[str(line.asset)] = _come_back(line, ins[line.pk], at=at, actor=actor)
        handed.append(Handed(line, line.condition_in, line.note_in, answers))
    funds.release(held, actor=actor)
    _keep(coming, actor=actor)
    keep(ticket, actor=actor)
    finish_return(ticket, actor=actor)
    handing = keep_handing(ticket, handed, shown, direction=Direction.IN, at=at, actor=actor)
    audit.record(
        "tickets.taken_back",
        actor=actor,
        target=ticket,
        before={"status": before},
        after={"status": ticket.get_status_display(), **words_of(handing), **described},
    )
    telling.of_lines("tickets.taken_back", _("{ticket} was returned"), ticket, coming)
    # Last, because people are locked after wallets.
    _strike_late(coming, at, actor=actor)
    return ticket


def _come_back(line: "TicketLine", back: LineIn, *, at: datetime, actor: "User") -> str:
    """Have one asset back, and return what the audit log says of it."""
    line.returned_at, line.returned_to = at, actor
    line.condition_in, line.note_in = back.condition, back.note.strip()
    line.late_fee, arithmetic = quoting.lateness(line, returned_at=at)
    assets.take_back(line.asset_id, condition=back.condition, actor=actor)
    assert line.reservation_id is not None, "a line that is out has one"
    assets.free(line.reservation_id, actor=actor, until=at)
    assets.follow_loan(line.asset_id, after=line.reservation_id, at=at, actor=actor)
    return _described(line, arithmetic)


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
