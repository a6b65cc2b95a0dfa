"""Balances at a date: every wallet, and what it held."""

from pathlib import Path

import pytest

from apps.accounts.models import User
from apps.reports.tests.conftest import ask, behind_the_ledger
from apps.reports.tests.golden_files import assert_golden
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from project.testing.make import Make

NOW = {"whose": "all", "zeros": "hidden"}
END_OF_OCTOBER = {**NOW, "as_of": "2026-10-31"}


@pytest.fixture
def held(wallet: Wallet, system: User) -> Wallet:
    """Boris's wallet, of which 100.00 are held."""
    wallets.place_hold(wallet.pk, 10_000, actor=system, key="h")
    return wallet


def test_a_wallet_now_with_what_is_held_and_available(held: Wallet) -> None:
    asked = ask("balances", **NOW)

    # By hand: 1,000.00 − 250.50 + 40.00 + 0.50 − 0.01 + 77.77 = 867.76, less 100.00.
    rows = [
        (row["account"], row["debit"], row["credit"], row["held"], row["available"])
        for row in asked.rows
    ]
    assert rows == [
        ("Cash at bank", 86_776, None, 0, None),
        ("Boris", None, 86_776, 10_000, 76_776),
    ]
    assert asked.rows[1]["floor"] == 0
    assert not asked.broken


def test_at_a_date_nobody_knows_what_was_held(held: Wallet) -> None:
    asked = ask("balances", **END_OF_OCTOBER)

    assert [(row["credit"], row["held"], row["available"]) for row in asked.rows] == [
        (None, None, None),
        (78_999, None, None),
    ]
    assert not asked.broken


def test_people_or_the_chart_and_wallets_without_a_balance(
    make: Make, wallet: Wallet, bella: User
) -> None:
    make.wallet(bella, currency="EUR")
    people = {"whose": "people", "zeros": "shown"}

    of_people = ask("balances", **people)
    assert [row["account"] for row in of_people.rows] == ["Bella", "Boris"]
    assert [(tie.expected, tie.found) for tie in of_people.frame.tie_outs] == [
        (86_776, 86_776),
        (0, 0),
        (0, 0),
    ]
    assert [row["account"] for row in ask("balances", **people, currency="EUR").rows] == ["Bella"]
    chart = ask("balances", whose="system", zeros="hidden").rows
    assert [row["account"] for row in chart] == ["Cash at bank"]


def test_its_pages_and_its_csv(held: Wallet, tmp_path: Path) -> None:
    assert_golden(ask("balances", **NOW), tmp_path)


@pytest.mark.parametrize(
    ("asked", "change", "broken"),
    [
        (
            NOW,
            "UPDATE wallets SET posted = posted + 5 WHERE id = %s",
            [
                "Credits − debits = trial balance",
                "Wallets whose balance differs from their entries",
            ],
        ),
        (
            END_OF_OCTOBER,
            "UPDATE ledger_days SET balance = balance + 5 WHERE wallet_id = %s",
            [
                "Credits − debits = trial balance",
                "Wallets whose balance differs from their entries",
            ],
        ),
        (NOW, "UPDATE wallets SET held = held + 5 WHERE id = %s", ["Held = active holds"]),
    ],
)
def test_a_figure_changed_behind_the_ledger_breaks_it(
    held: Wallet, asked: dict[str, str], change: str, broken: list[str]
) -> None:
    wallets.roll_up()
    behind_the_ledger(change, held.pk)

    assert [tie.label for tie in ask("balances", **asked).broken] == broken
