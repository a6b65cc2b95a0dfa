"""What borrowers, lenders and clerks are told, and in which words."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from apps.assets.wording import moment
from apps.common.money import format_amount
from apps.notifications import services as notifications

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apps.accounts.models import User
    from apps.assets.models import Asset
    from apps.tickets.models import Extension, Ticket, TicketLine, WaitingEntry
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


def of_repricing(ticket: "Ticket", *, before: int, reason: str) -> None:
    """Tell borrower and clerk what the ticket costs from now on, and why."""
    said = _("{ticket} is priced anew: {after}, before {before}").format(
        ticket=ticket,
        before=format_amount(before, ticket.currency),
        after=format_amount(ticket.price, ticket.currency),
    )
    _tell("tickets.repriced", ticket, said, reason, key=str(ticket.version))


def of_extension(kind: str, extension: "Extension", *, reason: str) -> None:
    """Tell borrower, clerk and whoever asked how the wish to keep it longer ended."""
    ticket = extension.ticket
    said = _("{ticket} until {until}: the extension is {status}").format(
        ticket=ticket, until=moment(extension.ends_at), status=extension.get_status_display()
    )
    notifications.announce(
        kind,
        to={ticket.borrower, ticket.entered_by, extension.requested_by},
        about=ticket,
        subject=said,
        body=reason,
        key=str(extension.pk),
    )


def of_offer(entry: "WaitingEntry") -> None:
    """Tell the one person who is first in line, and nobody else."""
    assert entry.expires_at is not None, "an offer has an end"
    notifications.announce(
        "tickets.offered",
        to=entry.person,
        about=entry,
        subject=_("{asset} is kept for you until {until}").format(
            asset=entry.offered_asset, until=moment(entry.expires_at)
        ),
        body=_("You waited for {wanted}. Accept or decline {entry} before then.").format(
            wanted=entry.wanted, entry=entry
        ),
    )


def of_lapse(entry: "WaitingEntry") -> None:
    """Tell the person that their place is gone."""
    notifications.announce(
        "tickets.waiting_lapsed",
        to=entry.person,
        about=entry,
        subject=_("You no longer wait for {wanted}").format(wanted=entry.wanted),
        body=_("The time of {entry} has passed.").format(entry=entry),
    )


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


def of_substitution(
    ticket: "Ticket", old: "Asset", new: "Asset", lenders: "set[User]", *, reason: str
) -> None:
    """Tell borrower, clerk and both lenders which asset is lent instead of which, and why."""
    said = _("{ticket}: {new} instead of {old}").format(ticket=ticket, new=new, old=old)
    notifications.announce(
        "tickets.substituted",
        to={ticket.borrower, ticket.entered_by, *lenders},
        about=ticket,
        subject=said,
        body=reason,
        key=str(ticket.version),
    )


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
