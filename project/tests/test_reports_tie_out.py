"""Every report of the catalogue agrees with the ledger, whatever people did on random days."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import batched
from random import Random
from typing import Any

import pytest

from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.approvals.states import Verdict
from apps.reports.catalogue import CATALOGUE
from apps.reports.report import Report
from apps.tickets.tests.days import WEIGHTS, Days, Deed
from apps.tickets.tests.office import BEGIN
from apps.wallets import services as wallets
from apps.wallets.models import ReasonCode, Wallet
from apps.wallets.states import Direction
from project.testing.cast import person

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
    """An office in which nothing is looked at but the reports, now and then."""

    walt: User

    def check(self) -> None:
        """Leave that to the random days themselves."""

    def adjust(self) -> None:
        """Credit a borrower’s wallet, as a clerk asks and a controller decides."""
        drafted = wallets.request_adjustment(
            wallet_id=Wallet.objects.of_people().order_by("pk")[0].pk,
            direction=Direction.CREDIT,
            amount=100,
            reason_code=ReasonCode.objects.get(code="goodwill"),
            note="To be even",
            actor=self.walt,
        )
        asked = wallets.submit_adjustment(drafted.pk, actor=self.walt)
        for request in approval_questions.requests_about(asked):
            approvals.decide(
                request.pk, verdict=Verdict.APPROVE, actor=self.deciders[2], reason="Seen"
            )

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


def diced(number: int) -> list[Deed]:
    """Return so many deeds, as often as their weights say, and the same ones in every run."""
    dice = Random(4)  # noqa: S311  (no secret)
    names = dice.choices([*WEIGHTS], weights=[*WEIGHTS.values()], k=number)
    return [Deed(name, *(dice.randrange(most) for most in (1000, 1000, 8, 1000))) for name in names]


def random_days() -> None:
    with Reported() as office:
        office.walt = person("Walt", "Wallet clerk")
        for stretch in batched(diced(180), 60, strict=False):
            for deed in stretch:
                office.do(deed)
            office.adjust()
            for report in REPORTS:
                office.report(report)


# What only somebody who types a figure, or chooses earlier runs, can be asked for.
REPORTS = [
    report
    for report in CATALOGUE.values()
    if not {"before", "balance"} & report.form.base_fields.keys()
]


# What happens on few days; tests of their own have rows of it.
RARE = {"late-fees-and-damages", "payouts", "receivables-by-age"}


@pytest.mark.django_db
def test_after_random_days_the_figures_of_every_report_agree() -> None:
    random_days()
    assert {report.slug for report in REPORTS} == seen.keys()
    empty = {slug for slug, row_count in seen.items() if not row_count}
    assert empty <= RARE, "the dice leave these reports without a row: look at the weights"
