"""All reports.

A new one is a `Report` in a file of its own, named below: its title and permission, the form of its
parameters, its columns, the `query` that answers them in a fixed order, and in `frame` what its
totals must equal, found another way. Page, run, CSV and PDF follow from that.
"""

from apps.reports.catalogue.comparison import Changes
from apps.reports.catalogue.lending_register import LendingRegister
from apps.reports.catalogue.trial_balance import TrialBalance
from apps.reports.catalogue.wallet_statement import WalletStatement
from apps.reports.errors import UnknownReport
from apps.reports.report import Report


def find(slug: str) -> Report:
    """Return the report of that name.

    Raises:
        UnknownReport: the catalogue has none.
    """
    try:
        return CATALOGUE[slug]
    except KeyError:
        raise UnknownReport(report=slug) from None


CATALOGUE: dict[str, Report] = {
    report.slug: report
    for report in (WalletStatement(), TrialBalance(), LendingRegister(), Changes(find))
}
