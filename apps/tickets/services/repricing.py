"""Pricing an approved ticket anew: the only deed by which a fixed quote changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.errors import OwnMatter
from apps.common.money import format_amount
from apps.tickets.errors import ReasonMissing
from apps.tickets.errors.repricing import NotRepriceable, SamePrice
from apps.tickets.services import funds, quoting, telling
from apps.tickets.services.keeping import keep, lines_of, locked
from apps.tickets.states import LineStatus, Status

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.tickets.models import Ticket, TicketLine


@dataclass(frozen=True)
class Repriced:
    """A line with what it costs by the ticket, and what it would cost by today’s tariffs."""

    line: "TicketLine"
    fee_before: int
    deposit_before: int
    commission_before: int
    arithmetic: Sequence[str]

    @property
    def price_before(self) -> int:
        """What is held for it so far."""
        return self.fee_before + self.deposit_before

    @property
    def changes(self) -> bool:
        """Whether any of its figures changes."""
        line = self.line
        now = (line.fee, line.deposit, line.commission)
        return now != (self.fee_before, self.deposit_before, self.commission_before)


@deed
def reprice(
    ticket_id: int, *, reason: str, actor: "User", seen_version: int | None = None
) -> "Ticket":
    """Let an approved ticket cost what today’s tariffs say, and hold that instead.

    Raises:
        OwnMatter: it is a ticket of the actor’s, who borrows or lends on it.
        NotRepriceable: it is not approved, or something has gone out.
        ReasonMissing: nobody said why.
        SamePrice: nothing would change.
        TooLittleMoney: the wallet has too little for the new price; the old one stays.
    """
    actor.require("tickets.reprice_ticket")
    ticket = locked(ticket_id, seen_version=seen_version)
    refuse_own(ticket, actor)
    if not reason.strip():
        raise ReasonMissing
    before, terms = ticket.price, ticket.quote["lines"]
    repriced = compared(ticket)
    if terms == ticket.quote["lines"] and not any(one.changes for one in repriced):
        raise SamePrice(ticket=ticket)
    changed = [one for one in repriced if one.changes]
    _swap_holds(ticket, changed, actor=actor)
    for one in changed:
        keep(one.line, "fee", "deposit", "commission", "hold", actor=actor)
    keep(ticket, "quote", actor=actor)
    audit.record(
        "tickets.repriced",
        actor=actor,
        target=ticket,
        before={
            "price": format_amount(before, ticket.currency),
            **{str(one.line.asset): _before(one, ticket.currency) for one in changed},
        },
        after={
            "price": format_amount(ticket.price, ticket.currency),
            **{str(one.line.asset): _after(one, ticket.currency) for one in changed},
        },
        reason=reason.strip(),
    )
    telling.of_repricing(ticket, before=before, reason=reason.strip())
    return ticket


def refuse_own(ticket: "Ticket", actor: "User") -> None:
    """Return when `actor` neither borrows nor lends on the ticket.

    Raises:
        OwnMatter: they do.
    """
    if actor.pk == ticket.borrower_id:
        raise OwnMatter(part=_("borrower"))
    if ticket.lines.filter(lender=actor).exists():
        raise OwnMatter(part=_("lender"))


def compared(ticket: "Ticket") -> list[Repriced]:
    """Put today’s prices on the ticket and its lines, unsaved, and return them beside the old.

    Raises:
        NotRepriceable: it is not approved, or something has gone out.
        MixedCurrencies, TariffInOtherCurrency: today there is no one price.
    """
    lines = [line for line in lines_of(ticket) if line.status != LineStatus.RELEASED]
    if ticket.status != Status.APPROVED or {line.status for line in lines} != {LineStatus.RESERVED}:
        raise NotRepriceable(ticket=ticket, status=ticket.get_status_display())
    offer = quoting.offer(
        [line.asset for line in lines],
        ticket.starts_at,
        ticket.ends_at,
        borrower=ticket.borrower,
        kit_of=quoting.parts_on(lines),
    )
    repriced = []
    for line in lines:
        old = (line.fee, line.deposit, line.commission)
        offer.price(line)
        repriced.append(Repriced(line, *old, offer.quotes[line.asset].arithmetic))
    ticket.quote = offer.as_quote()
    return repriced


def _swap_holds(ticket: "Ticket", changed: list[Repriced], *, actor: "User") -> None:
    """Let go of what was held for these lines, and hold their new price."""
    moved = [one.line for one in changed if one.line.price != one.price_before]
    funds.release(moved, actor=actor)
    for line in moved:
        line.hold = None
    funds.hold(ticket, moved, actor=actor, edition=f":{ticket.version}")


def _before(one: Repriced, currency: str) -> str:
    return _("fee {fee}, deposit {deposit}").format(
        fee=format_amount(one.fee_before, currency),
        deposit=format_amount(one.deposit_before, currency),
    )


def _after(one: Repriced, currency: str) -> str:
    return _("fee {fee}, deposit {deposit}").format(
        fee=format_amount(one.line.fee, currency),
        deposit=format_amount(one.line.deposit, currency),
    )
