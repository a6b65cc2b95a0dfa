"""Handing assets over: the loan begins, and what was held goes into escrow."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.assets import availability
from apps.assets import services as assets
from apps.assets.errors import AssetTaken
from apps.assets.wording import moment
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.money import format_amount
from apps.tickets.errors import AssetsTaken, NothingChosen, PeriodIsOver, TooEarly
from apps.tickets.services import evidence, funds, kits, telling
from apps.tickets.services.evidence import LineSeen, Signatures
from apps.tickets.services.handings import Handed, keep_handing, words_of
from apps.tickets.services.keeping import chosen, keep, locked, may_borrow
from apps.tickets.states import Action, Direction, LineAction

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.tickets.models import Handing, Ticket, TicketLine

# On the first day of its period a ticket is collected at any hour, and a little before midnight.
EARLY = timedelta(hours=2)


class LineOut(LineSeen):
    """A line that goes out: its condition, photos and answers."""


@deed
def hand_over(
    ticket_id: int,
    *,
    lines: Sequence[LineOut],
    actor: "User",
    at: datetime | None = None,
    seen_version: int | None = None,
    signatures: Signatures | None = None,
) -> "Ticket":
    """Let these assets go out; fee and deposit of each move from the wallet into escrow.

    What was shown at the desk is kept with the statement that was signed, see `Handing`; without
    `signatures` nobody has signed, which only some categories allow.

    Raises:
        MoveNotAllowed: the ticket or a line is not ready for it, or it was done before.
        TooEarly, PeriodIsOver: today is not within the period.
        AssetsTaken: an asset is late, lost, in maintenance, or promised to somebody before.
        BorrowerSuspended: the borrower may not borrow any more.
        KitStaysBehind: a part goes out, and its kit is not out.
        FileRefused, EvidenceMissing: a photo, an answer or a signature is missing or no such thing.
    """
    actor.require("tickets.hand_over_ticket")
    shown = evidence.prepare(lines, signatures)
    ticket = locked(ticket_id, seen_version=seen_version)
    before = ticket.get_status_display()
    ticket.move(Action.HAND_OVER)
    if not lines:
        raise NothingChosen
    at = at or timezone.now()
    _refuse_out_of_period(ticket, at)
    may_borrow(ticket.borrower, now=at)
    going = chosen(ticket, (out.line_id for out in lines))
    kits.refuse_parts_without_kit(going)
    _refuse_not_free(going, at)
    outs = {out.line_id: out for out in lines}
    handed = []
    for line in going:
        out = outs[line.pk]
        line.move(LineAction.HAND_OVER)
        answers = evidence.check(shown, line, out, Direction.OUT)
        line.handed_over_at, line.handed_over_by = at, actor
        line.condition_out, line.note_out = out.condition, out.note.strip()
        handed.append(Handed(line, line.condition_out, line.note_out, answers))
        assets.hand_over(line.asset_id, actor=actor, reservation_id=line.reservation_id)
    # After all assets: locks go from assets to wallets.
    funds.capture(ticket, going, actor=actor)
    handing = keep_handing(ticket, handed, shown, direction=Direction.OUT, at=at, actor=actor)
    _keep(ticket, going, handing, before=before, actor=actor)
    telling.of_lines("tickets.handed_over", _("{ticket} was handed over"), ticket, going)
    return ticket


def _refuse_out_of_period(ticket: "Ticket", at: datetime) -> None:
    starts_at = timezone.localtime(ticket.starts_at)
    first_day = starts_at.replace(hour=0, minute=0, second=0, microsecond=0)
    if at < min(first_day, starts_at - EARLY):
        raise TooEarly(ticket=ticket, day=date_format(first_day, "j M Y"))
    if at >= ticket.ends_at:
        raise PeriodIsOver(ticket=ticket, ends_at=moment(ticket.ends_at))


def _refuse_not_free(lines: "Sequence[TicketLine]", at: datetime) -> None:
    """Ask the one question about availability again, for the time that is really used."""
    conflicts = []
    for line in lines:
        why = availability.why_not(
            line.asset,
            at,
            line.due_at,
            now=at,
            except_reservation=line.reservation_id,
            within_hours=False,
        )
        if why:
            conflicts.append(AssetTaken(asset=line.asset, why=why).message)
    if conflicts:
        raise AssetsTaken(conflicts=conflicts)


def _keep(
    ticket: "Ticket",
    lines: "Sequence[TicketLine]",
    handing: "Handing",
    *,
    before: str,
    actor: "User",
) -> None:
    for line in lines:
        keep(
            line,
            "status",
            "handed_over_at",
            "handed_over_by",
            "condition_out",
            "note_out",
            actor=actor,
        )
    keep(ticket, "status", actor=actor)
    captured = sum(line.price for line in lines)
    audit.record(
        "tickets.handed_over",
        actor=actor,
        target=ticket,
        before={"status": before},
        after={
            "status": ticket.get_status_display(),
            "into escrow": format_amount(captured, ticket.currency),
            **words_of(handing),
            **{str(line.asset): _described(line) for line in lines},
        },
    )


def _described(line: "TicketLine") -> str:
    return ": ".join(filter(None, (line.get_condition_out_display(), line.note_out)))
