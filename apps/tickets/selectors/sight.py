"""How much of a ticket somebody sees: staff all of it, its people what concerns them.

Borrowers see all lines and what they pay, lenders their own lines and what those earn. Nobody but
staff reads what staff say among themselves, or how the money of others moved.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.tickets.selectors.money import TicketMoney, money_of
from apps.tickets.selectors.timeline import Happening, Kind, timeline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apps.accounts.models import User
    from apps.tickets.models import Ticket, TicketLine

# Their texts name figures and people of all lines.
_OF_ALL_LINES = frozenset({Kind.MOVE, Kind.REFUSED, Kind.DECISION, Kind.FILE})
_OF_STAFF = frozenset({Kind.MONEY, Kind.NOTICE})


@dataclass(frozen=True)
class Sight:
    """As what somebody looks at a ticket; as neither they see no more than their own lines."""

    person: "User"
    is_staff: bool
    is_borrower: bool

    @property
    def is_whole(self) -> bool:
        """Tell whether all lines are seen."""
        return self.is_staff or self.is_borrower

    def lends(self, line: "TicketLine") -> bool:
        """Tell whether what the line earns is theirs to know."""
        return self.is_staff or line.lender_id == self.person.pk

    def lines(self, lines: "Iterable[TicketLine]") -> "list[TicketLine]":
        """Return those of a ticket’s lines that are seen."""
        return [line for line in lines if self.is_whole or line.lender_id == self.person.pk]


def sight_of(ticket: "Ticket", person: "User") -> Sight:
    """Return how much of the ticket the person sees."""
    is_active = person.is_active
    return Sight(
        person,
        is_staff=is_active and person.has_perm("tickets.view_ticket"),
        is_borrower=is_active and person.pk == ticket.borrower_id,
    )


def timeline_for(ticket: "Ticket", sight: Sight) -> list[Happening]:
    """Return what happened as far as it is theirs to know, newest last.

    Of moves, decisions and files, people of the ticket learn that they happened and when; money
    and notices they find in their own wallet and among their own notices.
    """
    reads_all = sight.is_staff and sight.person.has_perm("tickets.view_ticketcomment")
    happened = timeline(ticket, is_staff=reads_all)
    if sight.is_staff:
        return [one for one in happened if reads_all or one.kind != Kind.COMMENT]
    return [
        Happening(one.at, one.kind, one.what, one.who) if one.kind in _OF_ALL_LINES else one
        for one in happened
        if one.kind not in _OF_STAFF
    ]


def money_for(ticket: "Ticket", sight: Sight) -> TicketMoney | None:
    """Return where the money of the ticket is; nothing to those who only lend.

    Of the settlement, borrowers see what went into their own wallets.
    """
    if not sight.is_whole:
        return None
    money = money_of(ticket)
    if sight.is_staff:
        return money
    own = [entry for entry in money.settled if entry.wallet.owner_id == sight.person.pk]
    return TicketMoney(money.currency, money.held, money.in_escrow, money.holds, own)
