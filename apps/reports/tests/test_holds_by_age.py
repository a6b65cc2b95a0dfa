"""Holds by age: what is set aside, and for how long."""

from pathlib import Path

import pytest

from apps.accounts.models import User
from apps.reports.tests.conftest import ask, behind_the_ledger
from apps.reports.tests.golden_files import assert_golden
from apps.reports.tests.test_lending_register import OUT, ticket_of
from apps.tickets.states import Status
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import Role
from project.testing.make import Make

ON = {"on": "2026-11-20"}


@pytest.fixture
def holds(make: Make, boris: User, system: User) -> Wallet:
    """Three holds of 10.00, 11.00 and 12.00, placed 0, 8 and 99 days before; 4.00 are captured."""
    wallet = make.wallet(boris, balance=100_000)
    ticket = ticket_of(boris, starts_at=OUT, status=Status.APPROVED)
    for number, days in enumerate((0, 8, 99)):
        hold = wallets.place_hold(
            wallet.pk,
            1_000 + 100 * number,
            actor=system,
            key=f"h{days}",
            reason=f"Camera {number}",
            about=ticket if number else None,
        )
        behind_the_ledger(
            "UPDATE ledger_holds SET placed_at = timestamptz '2026-11-20 23:59+00' - %s * interval "
            "'1 day' WHERE id = %s",
            days,
            hold.pk,
        )
    suspense = wallets.system_wallet(Role.SUSPENSE, "USD")
    wallets.capture_hold(hold.pk, 400, to_wallet_id=suspense.pk, actor=system, key="c")
    return wallet


def test_the_oldest_hold_stands_first_with_what_is_left_of_it(holds: Wallet) -> None:
    asked = ask("holds-by-age", **ON)

    assert [
        (row["reason"], row["days"], row["age"], row["amount"], row["remaining"])
        for row in asked.rows
    ] == [
        ("Camera 2", 99, "over 90 days", 1_200, 800),
        ("Camera 1", 8, "8–30 days", 1_100, 1_100),
        ("Camera 0", 0, "0–7 days", 1_000, 1_000),
    ]
    assert [row["ticket"] is None for row in asked.rows] == [False, False, True]
    assert [(tie.expected, tie.found) for tie in asked.frame.tie_outs] == [(2_900, 2_900)]
    assert asked.frame.chart is not None
    assert asked.frame.chart.title == "Remaining by age, USD"
    assert [bar.value for bar in asked.frame.chart.bars] == [1_000, 1_100, 0, 800]


def test_without_holds_there_is_nothing_to_draw(make: Make, boris: User) -> None:
    make.wallet(boris, balance=5)
    asked = ask("holds-by-age", **ON)

    assert (asked.rows, asked.frame.chart, list(asked.frame.tie_outs)) == ([], None, [])
    assert ask("holds-by-age", **ON, currency="EUR").rows == []


def test_its_pages_and_its_csv(holds: Wallet, tmp_path: Path) -> None:
    assert_golden(ask("holds-by-age", **ON), tmp_path)


def test_a_wallet_that_holds_something_else_breaks_it(holds: Wallet) -> None:
    behind_the_ledger("UPDATE wallets SET held = held - 1 WHERE id = %s", holds.pk)

    broken = ask("holds-by-age", **ON).broken

    assert [(tie.label, tie.expected, tie.found) for tie in broken] == [
        ("Remaining of all active holds = held", 2_899, 2_900)
    ]
