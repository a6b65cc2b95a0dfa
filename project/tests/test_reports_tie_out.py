"""Every report of the catalogue agrees with the ledger, whatever people did on random days."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from apps.reports.catalogue import CATALOGUE
from apps.reports.report import Report
from apps.tickets.tests.days import WEIGHTS, Days, Deed, deeds
from apps.tickets.tests.office import BEGIN
from apps.wallets.models import Wallet

seen: dict[str, int] = {}


def usual(report: Report) -> dict[str, Any]:
    """Return what the form of a report proposes."""
    initial = {name: field.initial for name, field in report.form.base_fields.items()}
    asked = {name: value() if callable(value) else value for name, value in initial.items()}
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in asked.items()
        if value is not None
    }


def asked_for(report: Report) -> Iterator[dict[str, Any]]:
    """Return the parameters with which a report is asked: all, a part, each wallet."""
    fields = report.form.base_fields
    parameters = usual(report)
    end = BEGIN.date() + timedelta(days=400)
    whole = {"from_on": BEGIN.date().isoformat(), "until_on": end.isoformat()}
    middle = BEGIN.date() + timedelta(days=7)
    for period in (whole, {**whole, "from_on": middle.isoformat()}):
        chosen = parameters | {name: day for name, day in period.items() if name in fields}
        if "wallet" in fields:
            yield from ({**chosen, "wallet": wallet.pk} for wallet in Wallet.objects.all())
        else:
            yield chosen


class Reported(Days):
    """An office in which nothing is looked at but the reports, when the days are over."""

    def check(self) -> None:
        """Leave that to the random days themselves."""

    def report(self, report: Report) -> None:
        """Ask for a report in every way, and see that its figures agree."""
        for parameters in asked_for(report):
            answers = report.answers(parameters)
            totals = report.totals(answers)
            frame = report.frame(answers, totals)
            rows = report.query(answers).rows()
            assert len(rows) == totals.row_count
            differing = [tie_out for tie_out in frame.tie_outs if not tie_out.is_ok]
            assert not differing, f"{report.slug} {parameters}: {differing}"
            seen[report.slug] = seen.get(report.slug, 0) + totals.row_count


@settings(
    max_examples=1,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
@seed(2026)
@given(days=st.lists(deeds(WEIGHTS), min_size=130, max_size=130))
def random_days(days: list[Deed]) -> None:
    with Reported() as office:
        for deed in days:
            office.do(deed)
        for report in REPORTS:
            office.report(report)


# What only somebody who types a figure, or chooses earlier runs, can be asked for.
REPORTS = [
    report
    for report in CATALOGUE.values()
    if not {"before", "balance"} & report.form.base_fields.keys()
]


@pytest.mark.django_db
def test_after_random_days_the_figures_of_every_report_agree() -> None:
    random_days()
    assert {report.slug for report in REPORTS} == seen.keys()
    empty = [slug for slug, row_count in seen.items() if not row_count]
    assert not empty, "the dice leave these reports without a row: look at the weights"
