"""All reports.

A new one is a `Report` in a file of its own, named below: its title and permission, the form of its
parameters, its columns, the `query` that answers them in a fixed order, and in `frame` what its
totals must equal, found another way. Page, run, CSV and PDF follow from that.
"""

from typing import TYPE_CHECKING

from apps.reports.catalogue.adjustments import Adjustments
from apps.reports.catalogue.approvals import Approvals
from apps.reports.catalogue.audit_extract import AuditExtract
from apps.reports.catalogue.balances import Balances
from apps.reports.catalogue.bank_reconciliation import BankReconciliation
from apps.reports.catalogue.commission import Commission
from apps.reports.catalogue.comparison import Changes
from apps.reports.catalogue.escrow_by_ticket import EscrowByTicket
from apps.reports.catalogue.holds_by_age import HoldsByAge
from apps.reports.catalogue.journal import Journal
from apps.reports.catalogue.late_fees_and_damages import LateFeesAndDamages
from apps.reports.catalogue.lender_earnings import LenderEarnings
from apps.reports.catalogue.lending_register import LendingRegister
from apps.reports.catalogue.list_export import ListExport
from apps.reports.catalogue.overdue_loans import OverdueLoans
from apps.reports.catalogue.payouts import Payouts
from apps.reports.catalogue.receivables_by_age import ReceivablesByAge
from apps.reports.catalogue.trial_balance import TrialBalance
from apps.reports.catalogue.utilisation import Utilisation
from apps.reports.catalogue.wallet_statement import WalletStatement
from apps.reports.errors import UnknownReport
from apps.reports.report import Report

if TYPE_CHECKING:
    from apps.accounts.models import User


def known(slug: str) -> Report | None:
    """Return the report of that name, if there is one (still)."""
    return CATALOGUE.get(slug) or UNLISTED.get(slug)


def find(slug: str) -> Report:
    """Return the report of that name.

    Raises:
        UnknownReport: the catalogue has none.
    """
    report = known(slug)
    if report is None:
        raise UnknownReport(report=slug)
    return report


CATALOGUE: dict[str, Report] = {
    report.slug: report
    for report in (
        WalletStatement(),
        TrialBalance(),
        Journal(),
        Balances(),
        HoldsByAge(),
        EscrowByTicket(),
        Adjustments(),
        ReceivablesByAge(),
        Payouts(),
        BankReconciliation(),
        LendingRegister(),
        OverdueLoans(),
        Utilisation(),
        LenderEarnings(),
        Commission(),
        LateFeesAndDamages(),
        Approvals(),
        AuditExtract(),
        Changes(find),
    )
}
UNLISTED: dict[str, Report] = {ListExport.slug: ListExport()}
"""What is asked for elsewhere than in the catalogue."""


def runnable_by(person: "User", words: str = "") -> list[Report]:
    """Return the reports that this person may run, those that have all the words."""
    return [
        report
        for report in CATALOGUE.values()
        if person.has_perms((report.running, report.permission))
        and all(word in f"{report.title} {report.description}".lower() for word in words.split())
    ]
