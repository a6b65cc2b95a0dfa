"""The rows of a ticket: locked, checked for staleness, and kept with who changed them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from apps.accounts.roles import Role
from apps.assets.wording import moment
from apps.common.errors import NotPermitted
from apps.common.money import format_amount
from apps.tickets.errors import BorrowerSuspended, NotABorrower, StalePage, UnknownLine
from apps.tickets.models import (
    Claim,
    Extension,
    ExtensionLine,
    Receivable,
    Strike,
    Ticket,
    TicketComment,
    TicketLine,
    WaitingEntry,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from apps.accounts.models import User


def locked(ticket_id: int, *, seen_version: int | None = None) -> Ticket:
    """Return the ticket with its row locked; its lines change only under this lock.

    Raises:
        StalePage: it is no longer at the version that the person saw.
    """
    ticket = Ticket.objects.locked().select_related("borrower", "entered_by").get(pk=ticket_id)
    if seen_version is not None and seen_version != ticket.version:
        last = ticket.history.select_related("history_user").latest("history_date", "history_id")
        raise StalePage(
            person=last.history_user or "–", ticket=ticket, at=moment(last.history_date)
        )
    return ticket


def lines_of(ticket: Ticket) -> list[TicketLine]:
    """Return the lines in the order in which assets are locked, with all that pricing needs."""
    return list(
        ticket.lines.select_related(
            "lender",
            "kit_line__asset",
            "asset__lender",
            "asset__tariff",
            "asset__category__tariff",
        )
        .prefetch_related("asset__category__checklist")
        .order_by("asset_id")
    )


def chosen(ticket: Ticket, line_ids: "Iterable[int]") -> list[TicketLine]:
    """Return these lines of the ticket, in the order in which assets are locked.

    Raises:
        UnknownLine: one of them is not the ticket’s.
    """
    wanted = set(line_ids)
    lines = [line for line in lines_of(ticket) if line.pk in wanted]
    if len(lines) != len(wanted):
        raise UnknownLine(ticket=ticket)
    return lines


type Kept = (
    Ticket
    | TicketLine
    | TicketComment
    | Claim
    | Receivable
    | Strike
    | Extension
    | ExtensionLine
    | WaitingEntry
)


def signed[R: Kept](row: R, actor: "User") -> R:
    """Return the row with the name that its next version in the history gets."""
    row._history_user = actor  # type: ignore[union-attr]
    return row


def keep(row: Kept, *fields: str, actor: "User") -> None:
    """Save the named fields, and in the history who changed them; a ticket gets a new version."""
    if isinstance(row, Ticket):
        row.version += 1
        fields = (*fields, "version")
    signed(row, actor).save(update_fields=fields)


def act_for(borrower: "User", permission: str, *, actor: "User") -> None:
    """Return when `actor` acts in their own matter, or may act in everybody’s.

    Raises:
        NotPermitted: it is somebody else’s ticket, and no role of the actor has the permission.
    """
    if actor.pk != borrower.pk:
        actor.require(permission)
    elif not actor.is_active:
        raise NotPermitted(permission=permission)


def on_behalf(ticket: Ticket, actor: "User") -> "User | None":
    """Return the borrower when somebody else acts for them; jobs act for nobody."""
    return None if actor.is_system or actor.pk == ticket.borrower_id else ticket.borrower


def may_borrow(borrower: "User", *, now: "datetime | None" = None) -> None:
    """Return when this person may borrow at this moment.

    Raises:
        NotABorrower: deactivated, or without the role.
        BorrowerSuspended: for debts or strikes.
    """
    if not (borrower.is_active and borrower.groups.filter(name=Role.BORROWER).exists()):
        raise NotABorrower(person=borrower, role=Role.BORROWER.value)
    if borrower.suspended_until and borrower.suspended_until > (now or timezone.now()):
        raise BorrowerSuspended(
            borrower=borrower,
            until=moment(borrower.suspended_until),
            reason=borrower.suspension_reason,
        )


def facts(ticket: Ticket, assets: "Iterable[object]") -> dict[str, Any]:
    """Return what the audit log shows of a ticket, in the words of the screens."""
    return {
        "status": ticket.get_status_display(),
        "borrower": str(ticket.borrower),
        "from": moment(ticket.starts_at),
        "until": moment(ticket.ends_at),
        "purpose": ticket.purpose,
        **({"how it came": ticket.get_came_by_display()} if ticket.came_by else {}),
        **({"asked by": ticket.asked_by} if ticket.asked_by else {}),
        "assets": sorted(str(asset) for asset in assets),
        "fee": format_amount(ticket.quote["fee"], ticket.currency),
        "deposit": format_amount(ticket.quote["deposit"], ticket.currency),
    }


def difference(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return only the facts that changed, as they were and as they are."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return (
        {name: before[name] for name in names if name in before},
        {name: after[name] for name in names if name in after},
    )
