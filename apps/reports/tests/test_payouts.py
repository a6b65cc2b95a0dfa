"""Payouts and the bank: what is in transit, and whether the bank says the same."""

from datetime import date
from pathlib import Path

import pytest

from apps.accounts.models import User
from apps.reports.errors import ParametersRefused
from apps.reports.tests.conftest import (
    OCTOBER,
    ask,
    behind_the_ledger,
    move,
)
from apps.reports.tests.golden_files import assert_golden
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import Role, TransactionKind
from project.testing.make import Make

BANK = {"currency": "USD", "on": "2026-10-31", "since": "2026-10-01"}


def _transfer(giver: Wallet, taker: Wallet, amount: int, on: date, actor: User) -> None:
    wallets.post(
        TransactionKind.TRANSFER,
        [wallets.Entry(giver.pk, -amount), wallets.Entry(taker.pk, amount)],
        actor=actor,
        key=f"{giver.pk} {taker.pk} {on}",
        effective_on=on,
        description="Payout",
    )


@pytest.fixture
def paid_out(make: Make, boris: User, system: User) -> Wallet:
    """Boris pays in 500.00 in September; 200.00 go into transit, of which 150.00 have arrived."""
    wallet = make.wallet(boris)
    transit = wallets.system_wallet(Role.PAYOUTS_IN_TRANSIT, "USD")
    cash = wallets.system_wallet(Role.CASH, "USD")
    move(wallet, 50_000, date(2026, 9, 15))
    _transfer(wallet, transit, 20_000, date(2026, 10, 5), system)
    _transfer(transit, cash, 15_000, date(2026, 10, 7), system)
    wallets.roll_up()
    return transit


def test_what_goes_through_transit_and_cash_explains_both_balances(paid_out: Wallet) -> None:
    asked = ask("payouts", **OCTOBER)

    keys = ("sent", "arrived", "cash_in", "cash_out")
    assert [(row["counterpart"], *(row[key] for key in keys)) for row in asked.rows] == [
        ("Boris", 20_000, None, None, None),
        ("Cash at bank", None, 15_000, None, None),
        ("Payouts in transit", None, None, None, 15_000),
    ]
    assert asked.frame.figures == [("In transit before", "$0.00"), ("In transit after", "$50.00")]
    # By hand: 0.00 + 200.00 − 150.00 in transit, 500.00 − 150.00 in cash.
    assert [(tie.label, tie.expected, tie.found) for tie in asked.frame.tie_outs] == [
        ("Payouts in transit: opening balance + movements", 5_000, 5_000),
        ("Cash at bank: opening balance + movements", 35_000, 35_000),
    ]
    assert asked.frame.chart is not None
    assert [(bar.label, bar.value) for bar in asked.frame.chart.bars] == [("transfer", -15_000)]


def test_without_movements_nothing_is_drawn(paid_out: Wallet) -> None:
    asked = ask("payouts", from_on="2026-01-01", until_on="2026-01-31", currency="USD")

    assert (asked.rows, asked.frame.chart, asked.broken) == ([], None, [])


def test_its_pages_and_its_csv(paid_out: Wallet, tmp_path: Path) -> None:
    assert_golden(ask("payouts", **OCTOBER), tmp_path)


def test_a_day_changed_behind_the_ledger_breaks_the_payouts(paid_out: Wallet) -> None:
    behind_the_ledger(
        "UPDATE ledger_days SET balance = balance + 1"
        " WHERE wallet_id = %s AND effective_on = '2026-10-07'",
        paid_out.pk,
    )

    broken = ask("payouts", **OCTOBER).broken

    assert [(tie.expected, tie.found) for tie in broken] == [(5_001, 5_000)]


def test_the_bank_and_what_is_in_transit_are_cash_in_the_books(paid_out: Wallet) -> None:
    asked = ask("bank-reconciliation", **BANK, balance="300")

    # By hand: the bank has paid the 50.00 that are in transit, so it has 300.00 of our 350.00.
    assert [(row["cash_out"], row["balance"]) for row in asked.rows] == [(15_000, 35_000)]
    assert asked.frame.figures == [
        ("According to the bank", "$300.00"),
        ("Payouts in transit", "$50.00"),
        ("Cash in the books", "$350.00"),
        ("In suspense", "$0.00"),
    ]
    assert asked.frame.opening is not None
    assert asked.frame.opening.cells["balance"] == 50_000
    assert not asked.broken
    assert ("Balance according to the bank", "300.00") in asked.report.described(asked.answers)


def test_the_pages_and_the_csv_of_the_reconciliation(paid_out: Wallet, tmp_path: Path) -> None:
    assert_golden(ask("bank-reconciliation", **BANK, balance="299.99"), tmp_path)


def test_a_bank_that_says_something_else_is_seen(paid_out: Wallet) -> None:
    broken = ask("bank-reconciliation", **BANK, balance="299.99").broken

    assert [(tie.label, tie.expected, tie.found) for tie in broken] == [
        ("Bank + payouts in transit = cash in the books", 34_999, 35_000)
    ]


def test_a_day_changed_behind_the_ledger_breaks_the_reconciliation(paid_out: Wallet) -> None:
    cash = wallets.system_wallet(Role.CASH, "USD")
    behind_the_ledger(
        "UPDATE ledger_days SET balance = balance + 1"
        " WHERE wallet_id = %s AND effective_on = '2026-10-07'",
        cash.pk,
    )

    broken = ask("bank-reconciliation", **BANK, balance="300").broken

    assert [(tie.expected, tie.found) for tie in broken] == [(35_000, 34_999), (34_999, 35_000)]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"balance": "1,5"}, "is not an amount in USD"),
        ({"since": "2026-11-01"}, "must not be after"),
        ({"currency": "XXX"}, "Currency"),
    ],
)
def test_what_cannot_be_reconciled_is_refused(
    paid_out: Wallet, changed: dict[str, str], words: str
) -> None:
    with pytest.raises(ParametersRefused, match=words):
        ask("bank-reconciliation", **{**BANK, "balance": "300", **changed})
