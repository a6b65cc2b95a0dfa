"""The statement of a wallet: opening, movements, closing."""

from pathlib import Path

import pytest

from apps.accounts.models import User
from apps.reports.errors import ParametersRefused
from apps.reports.tests.conftest import OCTOBER, ask, behind_the_ledger
from apps.reports.tests.golden_files import assert_golden
from apps.wallets.models import Wallet
from project.testing.make import Make


def test_a_statement_runs_from_the_opening_to_the_closing_balance(wallet: Wallet) -> None:
    asked = ask("wallet-statement", wallet=wallet.pk, **OCTOBER)

    rows = [
        (row["effective_on"].day, row["debit"], row["credit"], row["balance"]) for row in asked.rows
    ]
    assert rows == [
        (2, 25_050, None, 74_950),
        (5, None, 50, 75_000),
        (20, None, 4_000, 79_000),
        (31, 1, None, 78_999),
    ]
    assert [row["position"] for row in asked.rows] == [2, 4, 3, 5]
    assert asked.frame.figures == [
        ("Opening balance", "$1,000.00"),
        ("Credits", "$40.50"),
        ("Debits", "$250.51"),
        ("Closing balance", "$789.99"),
    ]
    assert asked.frame.opening is not None
    assert asked.frame.opening.cells["balance"] == 100_000
    assert asked.frame.closing is not None
    assert asked.frame.closing.cells["balance"] == 78_999
    assert asked.totals.sums == {"USD": {"debit": 25_051, "credit": 4_050}}
    assert asked.totals.row_count == 4
    assert [(tie.expected, tie.found) for tie in asked.frame.tie_outs] == [(78_999, 78_999), (6, 6)]


def test_a_movement_without_a_description_says_its_kind(wallet: Wallet) -> None:
    row = ask("wallet-statement", wallet=wallet.pk, **OCTOBER).rows[2]

    assert row["kind"] == row["description"] == "transfer"


def test_a_wallet_without_movements_opens_and_closes_with_nothing(make: Make, bella: User) -> None:
    asked = ask("wallet-statement", wallet=make.wallet(bella, currency="EUR").pk, **OCTOBER)

    assert asked.rows == []
    assert asked.totals.sums == {}
    assert asked.frame.figures[3] == ("Closing balance", "€0.00")
    assert not asked.broken


def test_a_balance_changed_behind_the_ledger_breaks_the_statement(wallet: Wallet) -> None:
    behind_the_ledger("UPDATE wallets SET posted = posted + 1 WHERE id = %s", wallet.pk)

    broken = ask("wallet-statement", wallet=wallet.pk, **OCTOBER).broken

    assert [(tie.expected_text, tie.found_text) for tie in broken] == [("$790.00", "$789.99")]


def test_a_missing_entry_breaks_the_statement(wallet: Wallet) -> None:
    behind_the_ledger("DELETE FROM ledger_entries WHERE wallet_id = %s AND position = 2", wallet.pk)

    broken = ask("wallet-statement", wallet=wallet.pk, **OCTOBER).broken

    assert [(tie.expected, tie.found) for tie in broken] == [(78_999, 104_049), (6, 5)]


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"wallet": 0, **OCTOBER}, "Wallet: Select a valid choice"),
        ({"wallet": "x", **OCTOBER}, "Wallet: Select a valid choice"),
        (OCTOBER, "Wallet: This field is required."),
        ({"from_on": "2026-10-32", "until_on": "2026-10-31"}, "From: Enter a valid date."),
        ({"from_on": "2026-10-02", "until_on": "2026-10-01"}, "Until: “Until” must not be before"),
        ({"colour": "red", **OCTOBER}, "“colour” is not one of them."),
    ],
)
@pytest.mark.django_db
def test_parameters_that_do_not_fit_are_refused(parameters: dict[str, str], why: str) -> None:
    with pytest.raises(ParametersRefused) as refused:
        ask("wallet-statement", **parameters)

    assert why in refused.value.message


def test_parameters_are_kept_as_they_were_understood(wallet: Wallet) -> None:
    asked = ask("wallet-statement", wallet=str(wallet.pk), **OCTOBER)

    assert asked.report.parameters(asked.answers) == {"wallet": wallet.pk, **OCTOBER}
    assert asked.report.described(asked.answers) == [
        ("Wallet", str(wallet)),
        ("Period", "2026-10-01 – 2026-10-31"),
    ]


def test_a_statement_is_the_golden_one(wallet: Wallet, tmp_path: Path) -> None:
    assert_golden(ask("wallet-statement", wallet=wallet.pk, **OCTOBER), tmp_path)
