"""The clerk’s pages."""

from apps.tickets.admin.extensions import ExtensionAdmin
from apps.tickets.admin.ticket import TicketAdmin

__all__ = ["ExtensionAdmin", "TicketAdmin"]
