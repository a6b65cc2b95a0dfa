"""Approving a part: some of the lines, or a shorter period inside the one that was asked for.

What is approved travels through the approval as JSON (`lines`, `starts_at`, `ends_at`; what is not
named stays as it was asked). Each level may only leave less than the level before. The ticket
itself changes once, on the last approval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from apps.assets.wording import moment
from apps.common.money import format_amount
from apps.tickets.errors import PeriodBackward
from apps.tickets.errors.narrowing import NothingApproved, TermsWiden
from apps.tickets.services import terms as pricing
from apps.tickets.services.ending import let_go
from apps.tickets.services.keeping import keep, lines_of
from apps.tickets.states import LineStatus

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.assets.pricing import LineQuote
    from apps.tickets.models import Ticket, TicketLine


@dataclass(frozen=True)
class Narrowed:
    """What is left of a ticket: its lines with their new prices, and the period."""

    kept: "Mapping[TicketLine, LineQuote]"
    dropped: "Sequence[TicketLine]"
    starts_at: datetime
    ends_at: datetime

    @property
    def price(self) -> int:
        """What is held for it, in minor units."""
        return sum(quote.fee + quote.deposit for quote in self.kept.values())


def narrow(
    ticket: "Ticket", earlier: Mapping[str, Any], wanted: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what `wanted` leaves of the ticket after `earlier` levels, as JSON.

    `wanted` names `lines` by primary key, and the moments `starts_at` and `ends_at`.

    Raises:
        NothingApproved: no line is left.
        PeriodBackward: the period is none.
        TermsWiden: a line or a moment was not asked for, or an earlier level has taken it away.
    """
    kit_of = {line.pk: line.kit_line_id for line in lines_of(ticket)}
    everything = set(kit_of)
    allowed = set(earlier.get("lines", everything))
    lines = set(wanted.get("lines", allowed))
    # Without its kit, a part is not approved either.
    lines = {pk for pk in lines if kit_of.get(pk) is None or kit_of[pk] in lines}
    if not lines:
        raise NothingApproved(ticket=ticket)
    if not lines <= allowed:
        raise TermsWiden(
            ticket=ticket,
            what=_("one of the assets"),
            left=_("{count} assets").format(count=len(allowed)),
        )
    first, last = _period(ticket, earlier)
    starts_at = _to_minute(wanted.get("starts_at") or first, first)
    ends_at = _to_minute(wanted.get("ends_at") or last, last)
    if ends_at <= starts_at:
        raise PeriodBackward
    if starts_at < first or ends_at > last:
        raise TermsWiden(
            ticket=ticket,
            what=_("{start} to {end}").format(start=moment(starts_at), end=moment(ends_at)),
            left=_("{start} to {end}").format(start=moment(first), end=moment(last)),
        )
    terms: dict[str, Any] = {}
    if lines != everything:
        terms["lines"] = sorted(lines)
    if starts_at != ticket.starts_at:
        terms["starts_at"] = starts_at.astimezone(UTC).isoformat()
    if ends_at != ticket.ends_at:
        terms["ends_at"] = ends_at.astimezone(UTC).isoformat()
    return terms


def _to_minute(typed: datetime, known: datetime) -> datetime:
    """Return the moment that is meant: a form shows whole minutes only."""
    return known if typed == known.replace(second=0, microsecond=0) else typed


def _period(ticket: "Ticket", terms: Mapping[str, Any]) -> tuple[datetime, datetime]:
    return (
        datetime.fromisoformat(terms["starts_at"]) if "starts_at" in terms else ticket.starts_at,
        datetime.fromisoformat(terms["ends_at"]) if "ends_at" in terms else ticket.ends_at,
    )


def narrowed(ticket: "Ticket", terms: Mapping[str, Any]) -> Narrowed:
    """Return what the terms leave, priced by the tariffs that were fixed on submission."""
    starts_at, ends_at = _period(ticket, terms)
    lines = lines_of(ticket)
    for line in lines:
        line.ticket = ticket
    wanted = set(terms.get("lines", [line.pk for line in lines]))
    is_shorter = (starts_at, ends_at) != (ticket.starts_at, ticket.ends_at)
    return Narrowed(
        kept={
            line: pricing.shorter(line, starts_at, ends_at)
            if is_shorter
            else pricing.as_fixed(line)
            for line in lines
            if line.pk in wanted
        },
        dropped=[line for line in lines if line.pk not in wanted],
        starts_at=starts_at,
        ends_at=ends_at,
    )


def apply(ticket: "Ticket", terms: Mapping[str, Any], *, actor: "User") -> list[str]:
    """Leave only what is approved, and say what differs; the ticket itself is not saved.

    Lines that are not approved are released and cost nothing; the others get the shorter period
    and its price. The caller reserves and holds for what is still requested.
    """
    left = narrowed(ticket, terms)
    said = differences(ticket, left)
    _keep_prices(ticket, left, actor=actor)
    ticket.starts_at, ticket.ends_at = left.starts_at, left.ends_at
    let_go(left.dropped, actor=actor)
    return said


def _keep_prices(ticket: "Ticket", left: Narrowed, *, actor: "User") -> None:
    priced = ticket.quote["lines"]
    for line, quote in left.kept.items():
        line.fee, line.deposit, line.commission = quote.fee, quote.deposit, quote.commission
        line.due_at = left.ends_at
        priced[str(line.asset_id)] |= {"arithmetic": quote.arithmetic}
        keep(line, "fee", "deposit", "commission", "due_at", actor=actor)
    for line in left.dropped:
        line.fee = line.deposit = line.commission = 0
        keep(line, "fee", "deposit", "commission", actor=actor)
    for name in ("fee", "deposit", "commission", "discount"):
        ticket.quote[name] = sum(getattr(quote, name) for quote in left.kept.values())


def differences(ticket: "Ticket", left: Narrowed) -> list[str]:
    """Say, a sentence for each, how what is left differs from what the ticket asks for."""
    said = [_("Not approved: {asset}.").format(asset=line.asset) for line in left.dropped]
    if left.starts_at != ticket.starts_at:
        said.append(
            _("From {now} instead of {before}.").format(
                now=moment(left.starts_at), before=moment(ticket.starts_at)
            )
        )
    if left.ends_at != ticket.ends_at:
        said.append(
            _("Until {now} instead of {before}.").format(
                now=moment(left.ends_at), before=moment(ticket.ends_at)
            )
        )
    if left.price != ticket.price:
        said.append(
            _("Fee and deposit: {now} instead of {before}.").format(
                now=format_amount(left.price, ticket.currency),
                before=format_amount(ticket.price, ticket.currency),
            )
        )
    return said


def still_requested(ticket: "Ticket") -> "list[TicketLine]":
    """Return the lines that nobody has taken off, in the order in which assets are locked."""
    return [line for line in lines_of(ticket) if line.status == LineStatus.REQUESTED]
