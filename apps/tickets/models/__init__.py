"""Tickets, their lines, their files and what people say on them."""

from apps.tickets.models.comment import CommentMention, TicketComment
from apps.tickets.models.file import TicketFile
from apps.tickets.models.line import TicketLine
from apps.tickets.models.ticket import Ticket, TicketQuerySet

__all__ = [
    "CommentMention",
    "Ticket",
    "TicketComment",
    "TicketFile",
    "TicketLine",
    "TicketQuerySet",
]
