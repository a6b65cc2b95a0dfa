"""The clerk’s pages."""

from apps.tickets.admin.loan_imports import LoanImportAdmin
from apps.tickets.admin.ticket import TicketAdmin

__all__ = ["LoanImportAdmin", "TicketAdmin"]
