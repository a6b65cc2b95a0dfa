"""All reports. A new one is a class in a file of its own, named here."""

from apps.reports.catalogue.lending_register import LendingRegister
from apps.reports.catalogue.trial_balance import TrialBalance
from apps.reports.catalogue.wallet_statement import WalletStatement
from apps.reports.errors import UnknownReport
from apps.reports.report import Report

CATALOGUE: dict[str, Report] = {
    report.slug: report for report in (WalletStatement(), TrialBalance(), LendingRegister())
}


def find(slug: str) -> Report:
    """Return the report of that name.

    Raises:
        UnknownReport: the catalogue has none.
    """
    try:
        return CATALOGUE[slug]
    except KeyError:
        raise UnknownReport(report=slug) from None
