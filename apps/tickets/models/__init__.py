"""Tickets, their lines, their files and what people say on them."""

from apps.tickets.models.comment import TicketComment
from apps.tickets.models.extension import Extension, ExtensionLine, ExtensionQuerySet
from apps.tickets.models.file import TicketFile
from apps.tickets.models.line import TicketLine
from apps.tickets.models.ticket import Ticket, TicketQuerySet
from apps.tickets.models.waiting import WaitingEntry, WaitingQuerySet

__all__ = [
    "Extension",
    "ExtensionLine",
    "ExtensionQuerySet",
    "Ticket",
    "TicketComment",
    "TicketFile",
    "TicketLine",
    "TicketQuerySet",
    "WaitingEntry",
    "WaitingQuerySet",
]
