"""Lender earnings: what each lender got, and that their wallets say the same."""

from pathlib import Path

from apps.accounts.models import User
from apps.reports.tests.conftest import OCTOBER, ask, behind_the_ledger
from apps.reports.tests.golden_files import assert_golden
from apps.reports.tests.loans import October, day, lent, settled
from apps.tickets.models import Claim
from project.testing.make import Make


def test_what_lena_earned_in_october(october: October, tmp_path: Path) -> None:
    # Tripod 30 − 6 + 20 damage; lamp 30 − 6 + 40 for the loss, of which she gave back 30 and
    # goodwill 10; lens 30 − 6.
    asked = ask("lender-earnings", **OCTOBER)

    assert [(str(row["on"]), row["fee"], row["given_back"], row["paid"]) for row in asked.rows] == [
        ("2026-10-12", 3000, 0, 4400),
        ("2026-10-16", 3000, 0, 6400),
        ("2026-10-20", 0, 3000, -3000),
        ("2026-10-24", 3000, 0, 2400),
    ]
    assert asked.totals.of("paid", "USD") == 10_200
    assert [(tie.expected, tie.found) for tie in asked.frame.tie_outs] == [
        (10_200, 10_200),
        (1800, 1800),
        (10_200, 10_200),
        (4000, 4000),
    ]
    assert asked.frame.figures == [("Fees, USD", "$90.00"), ("Paid to lenders, USD", "$102.00")]
    assert_golden(asked, tmp_path)


def test_only_the_day_of_the_settlement_counts(october: October) -> None:
    asked = ask("lender-earnings", from_on="2026-10-13", until_on="2026-10-16")

    assert [row["ticket"] for row in asked.rows] == [str(october.lost.ticket)]
    assert ask("lender-earnings", from_on="2026-09-01", until_on="2026-09-30").rows == []


def test_who_borrows_from_themselves_breaks_nothing(
    october: October, make: Make, boris: User
) -> None:
    own = lent(make, boris, make.asset(lender=boris), out=day(2))
    settled(own, back=day(4), late_fee=500)

    asked = ask("lender-earnings", **OCTOBER)

    assert asked.totals.of("paid", "USD") == 10_200 + 2400
    assert not asked.broken


def test_a_share_that_was_not_posted_breaks_it(october: October) -> None:
    behind_the_ledger("UPDATE ticket_lines SET damage = damage + 7 WHERE id = %s", october.late.pk)

    (broken,) = ask("lender-earnings", **OCTOBER).broken

    assert (broken.expected, broken.found) == (10_200, 10_207)
    assert broken.label.startswith("Paid to lenders = entries on their wallets")


def test_a_commission_that_was_not_posted_breaks_it(october: October) -> None:
    behind_the_ledger(
        "UPDATE ticket_lines SET commission = commission + 1 WHERE id = %s", october.late.pk
    )

    labels = [tie.label for tie in ask("lender-earnings", **OCTOBER).broken]

    assert labels == [
        "Paid to lenders = entries on their wallets (loans to oneself left out)",
        "Commission = posted to commission income",
    ]


def test_a_credit_that_nobody_paid_breaks_it(october: October) -> None:
    credit = Claim.objects.get(kind="credit")
    behind_the_ledger(
        "UPDATE ticket_claims SET amount = 4100, estimate = 4100 WHERE id = %s", credit.pk
    )

    (broken,) = ask("lender-earnings", **OCTOBER).broken

    assert (broken.label, broken.expected, broken.found) == (
        "Given back by lenders and goodwill = credits granted",
        4100,
        4000,
    )


def test_a_column_that_does_not_add_up_would_be_seen(october: October) -> None:
    asked = ask("lender-earnings", **OCTOBER)
    sums = {**asked.totals.sums["USD"], "fee": 1}
    totals = type(asked.totals)(asked.totals.row_count, {"USD": sums})

    broken = [tie for tie in asked.report.frame(asked.answers, totals).tie_outs if not tie.is_ok]

    assert [tie.label for tie in broken] == ["Fee − commission + damage − given back = paid"]
