"""Receivables by age: who owes what, and for how long."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from apps.accounts.models import User
from apps.reports.tests.conftest import ask, behind_the_ledger
from apps.reports.tests.golden_files import assert_golden
from apps.reports.tests.test_lending_register import OUT, ticket_of
from apps.tickets.models import Receivable
from apps.tickets.states import Status
from apps.wallets import services as wallets
from apps.wallets.states import Role, TransactionKind
from project.testing.make import Make

ON = {"on": "2026-11-20"}
MORNING = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
def debts(make: Make, boris: User, system: User) -> list[Receivable]:
    """Boris owes 30.00 since 40 days, of which 10.00 are paid, and 5.00 since today."""
    receivables = wallets.system_wallet(Role.RECEIVABLES, "USD")
    lender = make.wallet(boris)
    debts = []
    for amount, paid, days, reminders in ((3_000, 1_000, 40, 2), (500, 0, 0, 0)):
        ticket = ticket_of(boris, starts_at=OUT, status=Status.CLOSED, closed_at=OUT)
        debts.append(
            Receivable.objects.create(
                ticket=ticket,
                borrower=boris,
                currency="USD",
                amount=amount,
                paid=paid,
                due_at=MORNING - timedelta(days=days),
                reminder_count=reminders,
            )
        )
        wallets.post(
            TransactionKind.SETTLEMENT,
            [
                wallets.Entry(receivables.pk, paid - amount),
                wallets.Entry(lender.pk, amount - paid),
            ],
            actor=system,
            key=f"s{amount}",
        )
    return debts


def test_the_oldest_debt_stands_first_with_what_is_open(debts: list[Receivable]) -> None:
    asked = ask("receivables-by-age", **ON)

    assert [
        (row["borrower"], row["days"], row["age"], row["owed"], row["paid"], row["open"])
        for row in asked.rows
    ] == [
        ("Boris", 40, "31–90 days", 3_000, 1_000, 2_000),
        ("Boris", 0, "0–7 days", 500, 0, 500),
    ]
    assert [row["reminder_count"] for row in asked.rows] == [2, 0]
    assert [(tie.expected, tie.found) for tie in asked.frame.tie_outs] == [(2_500, 2_500)]
    assert asked.frame.chart is not None
    assert [bar.value for bar in asked.frame.chart.bars] == [500, 0, 2_000, 0]


def test_its_pages_and_its_csv(debts: list[Receivable], tmp_path: Path) -> None:
    assert_golden(ask("receivables-by-age", **ON), tmp_path)


def test_a_payment_that_the_ledger_does_not_know_breaks_it(debts: list[Receivable]) -> None:
    behind_the_ledger("UPDATE receivables SET paid = paid + 7 WHERE id = %s", debts[0].pk)

    broken = ask("receivables-by-age", **ON).broken

    assert [(tie.label, tie.expected, tie.found) for tie in broken] == [
        ("Open receivables = receivables in the ledger", 2_500, 2_493)
    ]
