"""The lending register: what was lent, and whether the ledger says the same."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.reports.tests.conftest import OCTOBER, ask
from apps.reports.tests.loans import line_of, post, ticket_of
from apps.tickets.models import Ticket
from apps.tickets.states import LineStatus, Status
from apps.wallets import services as wallets
from apps.wallets.states import Role
from project.testing.make import Make

OUT = datetime(2026, 10, 5, 9, tzinfo=UTC)


@pytest.fixture
def loans(make: Make, boris: User, lena: User, system: User) -> tuple[Ticket, Ticket]:
    """One loan that is still out, and one that was settled with a late fee and damage."""
    wallet = make.wallet(boris, balance=100_000)
    lender = make.wallet(lena)
    escrow = wallets.system_wallet(Role.ESCROW, "USD")
    open_one = ticket_of(boris, starts_at=OUT, status=Status.ON_LOAN)
    line_of(open_one, make, lena, status=LineStatus.ON_LOAN, handed_over_at=OUT)
    post({wallet: -8000, escrow: 8000}, system, "capture-1")
    closed_at = OUT + timedelta(days=9)
    closed = ticket_of(
        boris, starts_at=OUT + timedelta(days=5), status=Status.CLOSED, closed_at=closed_at
    )
    line_of(
        closed,
        make,
        lena,
        status=LineStatus.INSPECTED,
        handed_over_at=OUT,
        returned_at=closed_at,
        late_fee=1500,
        damage=2000,
        damage_note="Scratch",
    )
    post({wallet: -8000, escrow: 8000}, system, "capture-2")
    closed.settlement_id = post(
        {
            escrow: -8000,
            lender: 4400,
            wallets.system_wallet(Role.COMMISSION, "USD"): 600,
            wallets.system_wallet(Role.LATE_FEES, "USD"): 1500,
            wallet: 1500,
        },
        system,
        "settlement-2",
    )
    closed.save(update_fields=["settlement"])
    return open_one, closed


def test_every_line_of_the_period_stands_with_its_money(loans: tuple[Ticket, Ticket]) -> None:
    asked = ask("lending-register", **OCTOBER)

    rows = [
        (row["ticket"], row["status"], row["fee"], row["deposit"], row["late_fee"], row["damage"])
        for row in asked.rows
    ]
    assert rows == [
        (str(loans[0]), "on loan", 3000, 5000, 0, 0),
        (str(loans[1]), "closed", 3000, 5000, 1500, 2000),
    ]
    assert asked.rows[0]["borrower"] == "Boris"
    assert asked.rows[0]["lender"] == "Lena"
    assert asked.totals.sums["USD"] == {
        "fee": 6000,
        "deposit": 10_000,
        "late_fee": 1500,
        "damage": 2000,
        "commission": 1200,
    }
    assert asked.frame.figures == [("Fees, USD", "$60.00"), ("Commission, USD", "$12.00")]


def test_the_ledger_says_the_same(loans: tuple[Ticket, Ticket]) -> None:
    tie_outs = {
        (tie.label, tie.currency): (tie.expected, tie.found)
        for tie in ask("lending-register", **OCTOBER).frame.tie_outs
    }

    assert tie_outs["Fees and deposits of all open loans = escrow", "USD"] == (8000, 8000)
    settled = [tie for (label, _), tie in tie_outs.items() if "settled" in label]
    assert settled == [(600, 600), (1500, 1500)]


def test_drafts_and_other_periods_are_left_out(boris: User, lena: User, make: Make) -> None:
    for starts_at, status in (
        (OUT, Status.DRAFT),
        (datetime(2026, 9, 30, 23, 59, tzinfo=UTC), Status.SUBMITTED),
        (datetime(2026, 11, 1, tzinfo=UTC), Status.SUBMITTED),
    ):
        line_of(ticket_of(boris, starts_at=starts_at, status=status), make, lena)
    kept = ticket_of(
        boris, starts_at=datetime(2026, 10, 31, 23, 59, tzinfo=UTC), status=Status.SUBMITTED
    )
    line_of(kept, make, lena)

    rows = ask("lending-register", **OCTOBER).rows

    assert [row["ticket"] for row in rows] == [str(kept)]
    assert rows[0]["fee"] is None  # quoted, but it never went out


def test_escrow_that_differs_from_the_loans_breaks_it(
    loans: tuple[Ticket, Ticket], make: Make, bella: User, system: User
) -> None:
    escrow = wallets.system_wallet(Role.ESCROW, "USD")
    post({make.wallet(bella): 1, escrow: -1}, system, "stray")

    broken = ask("lending-register", **OCTOBER).broken

    assert [(tie.label, tie.expected, tie.found) for tie in broken] == [
        ("Fees and deposits of all open loans = escrow", 7999, 8000)
    ]


def test_a_commission_that_was_not_posted_breaks_it(loans: tuple[Ticket, Ticket]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ticket_lines SET commission = 700 WHERE ticket_id = %s", [loans[1].pk]
        )

    broken = ask("lending-register", **OCTOBER).broken

    assert [(tie.label, tie.expected, tie.found) for tie in broken] == [
        ("Commission of settled loans = posted to commission income", 600, 700)
    ]
