"""What whoever decides on a ticket sees of it on the page of the approval request."""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from apps.tickets.models import Ticket


def drawn(ticket_id: int) -> SafeString:
    """Return who asked for what, and how that reached the office."""
    ticket = Ticket.objects.select_related("borrower", "entered_by").get(pk=ticket_id)
    return SafeString(render_to_string("tickets/summary.html", {"ticket": ticket}))
