"""Escrow by ticket: whose money we keep."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from apps.accounts.models import User
from apps.reports.tests.conftest import ask, behind_the_ledger, move
from apps.reports.tests.golden_files import assert_golden
from apps.reports.tests.test_lending_register import OUT, line_of, ticket_of
from apps.tickets.models import Extension, ExtensionLine, Ticket
from apps.tickets.states import LineStatus, Status
from apps.wallets import services as wallets
from apps.wallets.models import Hold, Wallet
from apps.wallets.states import Role
from project.testing.make import Make


def _escrow() -> Wallet:
    return wallets.system_wallet(Role.ESCROW, "USD")


def _captured(wallet: Wallet, amount: int, ticket: Ticket, actor: User, key: str) -> Hold:
    hold = wallets.place_hold(wallet.pk, amount, actor=actor, key=f"hold {key}", about=ticket)
    wallets.capture_hold(
        hold.pk, amount, to_wallet_id=_escrow().pk, actor=actor, key=f"capture {key}", about=ticket
    )
    return hold


@pytest.fixture
def loan(make: Make, boris: User, lena: User, system: User) -> Ticket:
    """Fee 30.00 and deposit 50.00 of a loan that was extended for 9.00."""
    wallet = make.wallet(boris, balance=100_000)
    ticket = ticket_of(boris, starts_at=OUT, status=Status.ON_LOAN)
    line = line_of(ticket, make, lena, fee=3_900, status=LineStatus.ON_LOAN, handed_over_at=OUT)
    _captured(wallet, 8_000, ticket, system, "line")
    extension = Extension.objects.create(
        ticket=ticket,
        ends_at=OUT + timedelta(days=9),
        reason="Rain",
        status="approved",
        requested_by=boris,
        requested_at=OUT,
        concluded_at=OUT,
    )
    ExtensionLine.objects.create(
        extension=extension,
        line=line,
        was_due_at=OUT,
        fee=900,
        commission=0,
        late_fee=0,
        hold=_captured(wallet, 900, ticket, system, "extension"),
    )
    return ticket


def test_fee_deposit_and_extension_of_a_loan_are_in_escrow(loan: Ticket) -> None:
    asked = ask("escrow-by-ticket")

    (row,) = asked.rows
    assert (row["ticket"], row["borrower"], row["status"]) == (f"TK-{loan.pk}", "Boris", "on loan")
    assert (row["captured"], row["extended"], row["taken_over"], row["other"]) == (
        8_000,
        900,
        None,
        None,
    )
    assert (row["in_escrow"], row["owed"]) == (8_900, 8_900)
    assert [(tie.expected, tie.found) for tie in asked.frame.tie_outs] == [
        (8_900, 8_900),
        (8_900, 8_900),
        (0, 0),
    ]


def test_what_belongs_to_no_ticket_is_seen_and_does_not_tie(loan: Ticket) -> None:
    move(_escrow(), 100, date(2026, 10, 9))

    asked = ask("escrow-by-ticket", currency="USD")

    assert [(row["ticket"], row["other"], row["in_escrow"]) for row in asked.rows][1:] == [
        ("no ticket", 100, 100)
    ]
    assert [(tie.label, tie.expected, tie.found) for tie in asked.broken] == [
        ("Owed by open loans = escrow", 9_000, 8_900),
        ("Tickets whose escrow is not what their loan owes", 0, 1),
    ]


def test_its_pages_and_its_csv(loan: Ticket, tmp_path: Path) -> None:
    move(_escrow(), 100, date(2026, 10, 9))

    assert_golden(ask("escrow-by-ticket"), tmp_path)


def test_a_balance_changed_behind_the_ledger_breaks_it(loan: Ticket) -> None:
    behind_the_ledger("UPDATE wallets SET posted = posted + 5 WHERE id = %s", _escrow().pk)

    assert [(tie.label, tie.expected, tie.found) for tie in ask("escrow-by-ticket").broken] == [
        ("All tickets = escrow", 8_905, 8_900),
        ("Owed by open loans = escrow", 8_905, 8_900),
    ]
