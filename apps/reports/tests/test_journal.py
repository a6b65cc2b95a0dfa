"""The journal: every entry of a period, and nothing left out."""

from datetime import date
from pathlib import Path

import pytest

from apps.accounts.models import User
from apps.reports.tests.conftest import (
    OCTOBER,
    ask,
    behind_the_ledger,
    move,
    posted_by_effective_day,
)
from apps.reports.tests.golden_files import assert_golden
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import TransactionKind
from project.testing.make import Make

EFFECTIVE = {**OCTOBER, "by": "effective"}


def test_each_transaction_stands_with_both_sides(wallet: Wallet) -> None:
    asked = ask("journal", **EFFECTIVE)

    # By hand: 250.50 out and 40.00 in, 0.50 in and 0.01 out of Boris's wallet, the same on cash.
    assert [(row["effective_on"].day, row["account"], row["debit"]) for row in asked.rows] == [
        (2, "Boris", 25_050),
        (2, "Cash at bank", None),
        (5, "Boris", None),
        (5, "Cash at bank", 50),
        (20, "Boris", None),
        (20, "Cash at bank", 4_000),
        (31, "Boris", 1),
        (31, "Cash at bank", None),
    ]
    assert asked.totals.sums == {"USD": {"debit": 29_101, "credit": 29_101}}
    assert [(tie.expected, tie.found) for tie in asked.frame.tie_outs] == [
        (29_101, 29_101),
        (4, 4),
        (8, 8),
        (0, 0),
    ]
    assert asked.frame.figures == [("Transactions", "4")]


def test_by_posting_what_was_posted_later_is_left_out(wallet: Wallet) -> None:
    assert ask("journal", **{**EFFECTIVE, "by": "posted"}).rows == []
    posted_by_effective_day()

    asked = ask("journal", **{**EFFECTIVE, "by": "posted"})

    assert len(asked.rows) == 8
    assert not asked.broken


def test_one_kind_or_one_currency_may_be_asked_for(make: Make, wallet: Wallet, bella: User) -> None:
    move(make.wallet(bella, currency="EUR"), 5, date(2026, 10, 3), kind=TransactionKind.OPENING)

    of_a_kind = ask("journal", **EFFECTIVE, kind="opening")
    in_euros = ask("journal", **EFFECTIVE, currency="EUR")

    assert of_a_kind.totals.sums == in_euros.totals.sums == {"EUR": {"debit": 5, "credit": 5}}
    assert not of_a_kind.broken
    assert not in_euros.broken


def test_its_pages_and_its_csv(wallet: Wallet, tmp_path: Path) -> None:
    posted_by_effective_day()

    assert_golden(ask("journal", **EFFECTIVE), tmp_path)


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (
            "line = 1",
            [
                "Debits equal credits",
                "Entries, without a gap",
                "Wallets whose entries are not what their balance moved by",
            ],
        ),
        (
            "true",
            ["Transactions", "Wallets whose entries are not what their balance moved by"],
        ),
    ],
)
def test_an_entry_that_is_missing_breaks_it(wallet: Wallet, change: str, broken: list[str]) -> None:
    wallets.roll_up()
    behind_the_ledger(
        f"DELETE FROM ledger_entries WHERE effective_on = '2026-10-20' AND {change}"  # noqa: S608
    )

    assert [tie.label for tie in ask("journal", **EFFECTIVE).broken] == broken
