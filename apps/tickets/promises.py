"""What stands behind a reservation: the ticket, for the register’s pages and notices."""

from collections.abc import Collection, Mapping

from apps.assets.promises import Promise
from apps.tickets.models import TicketLine


def behind(reservation_ids: Collection[int]) -> Mapping[int, Promise]:
    """Return the tickets of these reservations, and who counts on them."""
    lines = TicketLine.objects.filter(reservation__in=reservation_ids)
    lines = lines.select_related("ticket__borrower", "ticket__entered_by")
    return {
        line.reservation_id: Promise(
            about=line.ticket,
            borrower=line.ticket.borrower,
            people=frozenset({line.ticket.borrower, line.ticket.entered_by}),
        )
        for line in lines
        if line.reservation_id is not None
    }
