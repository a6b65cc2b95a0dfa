"""The clerk’s pages."""

from apps.tickets.admin.claims import ClaimAdmin
from apps.tickets.admin.extensions import ExtensionAdmin
from apps.tickets.admin.loan_imports import LoanImportAdmin
from apps.tickets.admin.receivables import ReceivableAdmin
from apps.tickets.admin.strikes import StrikeAdmin, StrikePolicyAdmin
from apps.tickets.admin.ticket import TicketAdmin
from apps.tickets.admin.waiting import WaitingEntryAdmin

__all__ = [
    "ClaimAdmin",
    "ExtensionAdmin",
    "LoanImportAdmin",
    "ReceivableAdmin",
    "StrikeAdmin",
    "StrikePolicyAdmin",
    "TicketAdmin",
    "WaitingEntryAdmin",
]
