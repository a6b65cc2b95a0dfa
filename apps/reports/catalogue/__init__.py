"""All reports.

A new one is a `Report` in a file of its own, named below: its title and permission, the form of its
parameters, its columns, the `query` that answers them in a fixed order, and in `frame` what its
totals must equal, found another way. Page, run, CSV and PDF follow from that.
"""

from apps.reports.catalogue.lending_register import LendingRegister
from apps.reports.catalogue.list_export import ListExport
from apps.reports.catalogue.trial_balance import TrialBalance
from apps.reports.catalogue.wallet_statement import WalletStatement
from apps.reports.errors import UnknownReport
from apps.reports.report import Report

CATALOGUE: dict[str, Report] = {
    report.slug: report for report in (WalletStatement(), TrialBalance(), LendingRegister())
}
UNLISTED: dict[str, Report] = {ListExport.slug: ListExport()}
"""What is asked for elsewhere than in the catalogue."""


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
