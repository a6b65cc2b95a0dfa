"""What borrowers, lenders and clerks are told, and in which words."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from apps.assets.wording import moment
from apps.common.money import format_amount
from apps.notifications import services as notifications

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apps.accounts.models import User
    from apps.tickets.models import Ticket, TicketLine
    from apps.tickets.settlement import Settlement


def _tell(kind: str, ticket: "Ticket", subject: str, body: str, *, key: str = "") -> None:
    notifications.announce(
        kind,
        to={ticket.borrower, ticket.entered_by},
        about=ticket,
        subject=subject.format(ticket=ticket),
        body=body,
        key=key,
    )


def of_decision(kind: str, ticket: "Ticket", *, reason: str) -> None:
    """Tell borrower and clerk that the ticket is approved, rejected or to be changed."""
    said = _("{ticket} is {status}").format(ticket=ticket, status=ticket.get_status_display())
    _tell(kind, ticket, said, reason, key=str(ticket.version))


def of_ending(kind: str, ticket: "Ticket") -> None:
    """Tell borrower and clerk that the ticket was cancelled or has expired."""
    said = _("{ticket} is {status}").format(ticket=ticket, status=ticket.get_status_display())
    _tell(kind, ticket, said, ticket.ending_reason)


def of_lines(kind: str, subject: str, ticket: "Ticket", lines: "Sequence[TicketLine]") -> None:
    """Tell borrower and clerk which assets went out, came back or were released."""
    body = "\n".join(
        [
            *(str(line.asset) for line in lines),
            _("Due back: {at}").format(at=moment(ticket.ends_at)),
        ]
    )
    _tell(kind, ticket, subject, body, key=str(ticket.version))


def of_closing(ticket: "Ticket", settlement: "Settlement") -> None:
    """Tell borrower and clerk the figures of the settlement, and each lender their part."""
    figures = [
        (_("Fee"), settlement.fee),
        (_("Late fee"), settlement.late_fee),
        (_("Damage"), settlement.damage),
        (_("Deposit returned"), settlement.refund),
        (_("Taken from the wallet"), settlement.drawn),
        (_("Still owed"), settlement.owed),
    ]
    body = "\n".join(
        f"{label}: {format_amount(amount, ticket.currency)}" for label, amount in figures if amount
    )
    _tell("tickets.closed", ticket, _("{ticket} is closed"), body)


def of_earning(ticket: "Ticket", lender: "User", amount: int) -> None:
    """Tell a lender what the ticket brought them."""
    notifications.announce(
        "tickets.earned",
        to=lender,
        about=ticket,
        subject=_("{ticket} brought you {amount}").format(
            ticket=ticket, amount=format_amount(amount, ticket.currency)
        ),
    )
