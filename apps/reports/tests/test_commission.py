"""Commission: what was kept of the fees, and what else moved the wallet."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from apps.accounts.models import User
from apps.reports.tests.conftest import OCTOBER, ask, behind_the_ledger
from apps.reports.tests.golden_files import assert_golden
from apps.reports.tests.loans import October, day, lent, post, settled
from apps.wallets import services as wallets
from apps.wallets.states import Role, TransactionKind
from project.testing.make import Make

BY_LENDER = {**OCTOBER, "detail": "lender"}


@pytest.fixture
def given_back(october: October, boris: User, system: User) -> None:
    """Give 1.50 of the commission back to Boris, outside every settlement."""
    post(
        {
            wallets.system_wallet(Role.COMMISSION, "USD"): -150,
            wallets.wallet_for(boris, "USD", actor=system): 150,
        },
        system,
        kind=TransactionKind.TRANSFER,
        effective_on=date(2026, 10, 30),
    )


@pytest.mark.usefixtures("given_back")
def test_what_was_kept_in_october(october: October, tmp_path: Path) -> None:
    # Three settled loans at 30.00 with 6.00 each: 18.00 of 90.00 are 20 %; less 1.50 is 16.50.
    asked = ask("commission", **BY_LENDER)

    kept, other = asked.rows
    assert (kept["month"], kept["name"], kept["loans"], kept["fee"]) == ("2026-10", "Lena", 3, 9000)
    assert (kept["commission"], kept["share"]) == (1800, Decimal("20.0"))
    assert other["name"].startswith("transfer T-")
    assert (other["loans"], other["fee"], other["commission"]) == (None, None, -150)
    (tie,) = asked.frame.tie_outs
    assert (tie.expected, tie.found, tie.currency) == (1650, 1650, "USD")
    assert asked.frame.chart is not None
    assert [(bar.label, bar.text) for bar in asked.frame.chart.bars] == [("2026-10", "$16.50")]
    assert_golden(asked, tmp_path)


@pytest.mark.parametrize(
    ("detail", "names"),
    [("month", ["all tickets"]), ("category", ["Film"]), ("lender", ["Lena"])],
)
def test_a_line_is_what_is_asked_for(october: October, detail: str, names: list[str]) -> None:
    asked = ask("commission", **OCTOBER, detail=detail)

    assert [row["name"] for row in asked.rows] == names
    assert [row["ticket_id"] for row in asked.rows] == [None]
    assert not asked.broken


def test_a_ticket_leads_to_its_page(october: October) -> None:
    rows = ask("commission", **OCTOBER, detail="ticket").rows

    settled_ones = (october.late, october.lost, october.punctual)
    assert [(row["name"], row["ticket_id"]) for row in rows] == [
        (str(line.ticket), line.ticket_id) for line in settled_ones
    ]


def test_months_stand_one_after_the_other(
    october: October, make: Make, boris: User, lena: User
) -> None:
    settled(lent(make, boris, make.asset(lender=lena), out=day(28)), back=day(31).replace(month=12))

    asked = ask("commission", from_on="2026-10-01", until_on="2026-12-31", detail="month")

    assert [(row["month"], row["commission"]) for row in asked.rows] == [
        ("2026-10", 1800),
        ("2026-12", 600),
    ]


def test_a_commission_that_was_not_posted_breaks_it(october: October) -> None:
    behind_the_ledger("UPDATE ticket_lines SET commission = 700 WHERE id = %s", october.late.pk)

    (broken,) = ask("commission", **BY_LENDER).broken

    assert (broken.expected, broken.found) == (1800, 1900)


def test_nothing_settled_is_nothing_to_draw(db: None) -> None:
    asked = ask("commission", **BY_LENDER)

    assert (asked.rows, asked.frame.tie_outs, asked.frame.chart) == ([], [], None)
