"""Tickets, their lines, their files and what people say on them."""

from apps.tickets.models.claim import Claim
from apps.tickets.models.comment import CommentMention, TicketComment
from apps.tickets.models.extension import Extension, ExtensionLine, ExtensionQuerySet
from apps.tickets.models.file import TicketFile
from apps.tickets.models.handing import Handing, HandingLine, Receipt
from apps.tickets.models.line import KITS_FIRST, TicketLine
from apps.tickets.models.loan_import import LoanImport
from apps.tickets.models.receivable import Receivable
from apps.tickets.models.strike import Strike, StrikePolicy
from apps.tickets.models.ticket import Ticket, TicketQuerySet
from apps.tickets.models.waiting import WaitingEntry, WaitingQuerySet

__all__ = [
    "KITS_FIRST",
    "Claim",
    "CommentMention",
    "Extension",
    "ExtensionLine",
    "ExtensionQuerySet",
    "Handing",
    "HandingLine",
    "LoanImport",
    "Receipt",
    "Receivable",
    "Strike",
    "StrikePolicy",
    "Ticket",
    "TicketComment",
    "TicketFile",
    "TicketLine",
    "TicketQuerySet",
    "WaitingEntry",
    "WaitingQuerySet",
]
