"""`check_books` computes again what is remembered of days, and what closed months keep."""

from datetime import date

import pytest

from apps.accounts.models import User
from apps.wallets import services as wallets
from apps.wallets.checking import check
from apps.wallets.models import LedgerDay, LedgerMark, Wallet
from apps.wallets.tests.conftest import Move, Tamper
from project.testing.make import Make

MAY, JUNE = date(2026, 5, 20), date(2026, 6, 3)


@pytest.fixture
def wallet(make: Make, boris: User, lena: User, move: Move, carol: User) -> Wallet:
    """Keep a wallet with entries in May, which is closed, and in June."""
    giver, taker = make.wallet(boris, balance=10000), make.wallet(lena)
    move(100, giver, taker, key="may", effective_on=MAY)
    move(200, giver, taker, key="june", effective_on=JUNE)
    wallets.roll_up()
    wallets.close_period(date(2026, 5, 1), actor=carol, reason="Over")
    return taker


def test_days_and_months_that_are_right(wallet: Wallet) -> None:
    assert LedgerDay.objects.filter(wallet=wallet).count() == 2
    assert LedgerMark.objects.get(wallet=wallet).position == 2
    assert check().fault == ""


def test_a_day_that_was_changed_is_named(wallet: Wallet, tamper: Tamper) -> None:
    tamper(
        "UPDATE ledger_days SET balance = balance + 5 WHERE wallet_id = %s AND effective_on = %s",
        wallet.pk,
        JUNE,
    )
    assert check().fault == (
        f"Wallet {wallet.number} remembers that its balance at the end of 2026-06-03 was $3.05, "
        "and its entries up to that day add up to $3.00."
    )


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM ledger_days WHERE wallet_id = %s",
        "UPDATE ledger_days SET last_position = last_position + 1 WHERE wallet_id = %s",
        "UPDATE ledger_days SET effective_on = effective_on + 1 WHERE wallet_id = %s",
        "UPDATE ledger_marks SET position = 1 WHERE wallet_id = %s",
    ],
)
def test_days_that_differ_from_the_entries_are_named(
    wallet: Wallet, tamper: Tamper, change: str
) -> None:
    tamper(change, wallet.pk)
    assert check().fault.startswith(f"Wallet {wallet.number} remembers that its balance")


@pytest.mark.parametrize(
    ("change", "remembered"),
    [
        ("UPDATE ledger_marks SET position = 3 WHERE wallet_id = %s", 3),
        ("DELETE FROM ledger_marks WHERE wallet_id = %s", None),
    ],
)
def test_a_mark_that_is_wrong_is_named(
    wallet: Wallet, tamper: Tamper, change: str, remembered: int | None
) -> None:
    tamper(change, wallet.pk)
    if remembered:
        assert check().fault == (
            f"Wallet {wallet.number} remembers the days of {remembered} entries, and has 2 with a "
            "place."
        )
    else:
        assert f"Wallet {wallet.number} remembers" in check().fault


def test_a_closed_month_that_was_changed_is_named(
    wallet: Wallet, tamper: Tamper, system: User
) -> None:
    wallets.seal_ledger(actor=system)
    tamper(
        "UPDATE ledger_period_balances SET balance = balance + 5 WHERE wallet_id = %s", wallet.pk
    )
    assert check().fault == (
        f"Month 2026-05 was closed with $1.05 in wallet {wallet.number}, and its entries up to "
        "then add up to $1.00."
    )


def test_a_wallet_that_was_left_out_of_a_closed_month_is_named(
    wallet: Wallet, tamper: Tamper
) -> None:
    tamper("DELETE FROM ledger_period_balances WHERE wallet_id = %s", wallet.pk)
    assert f"with $0.00 in wallet {wallet.number}" in check().fault


def test_a_month_that_was_reopened_may_differ(wallet: Wallet, tamper: Tamper, carol: User) -> None:
    wallets.reopen_period(date(2026, 5, 1), actor=carol, reason="Forgot something")
    tamper("UPDATE ledger_period_balances SET balance = balance + 5")
    assert check().ok
