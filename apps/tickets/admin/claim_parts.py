"""What the page of a ticket shows of its claims and debts."""

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.tickets import selectors
from apps.tickets.states import LineStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apps.accounts.models import User
    from apps.tickets.models import Ticket, TicketLine


def waiting_claims(ticket: "Ticket") -> str:
    """Return the claims for which the ticket waits; empty while something is to be inspected."""
    if ticket.lines.filter(status=LineStatus.RETURNED).exists():
        return ""
    waiting = selectors.claims_of(ticket).charged().undecided()
    return _(" and ").join(str(claim) for claim in waiting)


def claims_on(ticket: "Ticket", lines: "Sequence[TicketLine]", *, user: "User") -> dict[str, Any]:
    """Return the claims, the receivable, and the lines whose damage can be claimed with photos."""
    sees_claims = user.has_perm("tickets.view_claim")
    debt = selectors.receivable_of(ticket) if user.has_perm("tickets.view_receivable") else None
    return {
        "claims": [
            (claim, reverse("admin:tickets_claim_change", args=(claim.pk,)))
            for claim in (selectors.claims_of(ticket) if sees_claims else ())
        ],
        "debt": debt,
        "debt_url": reverse("admin:tickets_receivable_change", args=(debt.pk,)) if debt else "",
        "to_claim": [
            (line, reverse("admin:tickets_claim_file", args=(line.pk,)))
            for line in lines
            if line.status == LineStatus.RETURNED and user.has_perm("tickets.inspect_ticket")
        ],
    }
