"""The clerk’s pages."""

from apps.tickets.admin.extensions import ExtensionAdmin
from apps.tickets.admin.ticket import TicketAdmin
from apps.tickets.admin.waiting import WaitingEntryAdmin

__all__ = ["ExtensionAdmin", "TicketAdmin", "WaitingEntryAdmin"]
