"""Tickets, their lines, their files and what people say on them."""

from apps.tickets.models.comment import TicketComment
from apps.tickets.models.file import TicketFile
from apps.tickets.models.line import KITS_FIRST, TicketLine
from apps.tickets.models.ticket import Ticket, TicketQuerySet

__all__ = ["KITS_FIRST", "Ticket", "TicketComment", "TicketFile", "TicketLine", "TicketQuerySet"]
