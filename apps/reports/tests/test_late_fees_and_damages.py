"""Late fees and damages: what loans cost beyond their fee, and what went back."""

from datetime import date
from pathlib import Path

from apps.accounts.models import User
from apps.reports.tests.conftest import OCTOBER, Asked, ask, behind_the_ledger
from apps.reports.tests.golden_files import assert_golden
from apps.reports.tests.loans import October, day, lent, post, settled
from apps.tickets.models import Claim
from apps.wallets import services as wallets
from apps.wallets.states import Role, TransactionKind
from project.testing.make import Make

AMOUNTS = ("late_fee", "claimed", "granted", "lost", "credit")


def _amounts(asked: Asked) -> list[tuple[str, str, tuple[int | None, ...]]]:
    return [
        (str(row["on"]), row["what"], tuple(row[name] for name in AMOUNTS)) for row in asked.rows
    ]


def test_what_october_cost(october: October, tmp_path: Path) -> None:
    # The tripod: two days late at 5.00, and 20.00 of 25.00 for the scratch. The lamp: 40.00 of
    # 45.00, which went back when it was found. The lens cost its fee, so it is not here.
    asked = ask("late-fees-and-damages", **OCTOBER)

    assert _amounts(asked) == [
        ("2026-10-12", "settled", (1000, 2500, 2000, 0, None)),
        ("2026-10-16", "settled", (0, 4500, 0, 4000, None)),
        ("2026-10-20", "found again", (None, None, None, None, 4000)),
    ]
    assert [(tie.expected, tie.found) for tie in asked.frame.tie_outs] == [
        (1000, 1000),
        (6000, 6000),
        (4000, 4000),
        (0, 0),
    ]
    assert_golden(asked, tmp_path)


def test_what_else_moved_the_income_is_a_line_of_its_own(
    october: October, boris: User, system: User
) -> None:
    post(
        {
            wallets.system_wallet(Role.LATE_FEES, "USD"): -300,
            wallets.wallet_for(boris, "USD", actor=system): 300,
        },
        system,
        kind=TransactionKind.TRANSFER,
        effective_on=date(2026, 10, 16),
    )

    asked = ask("late-fees-and-damages", **OCTOBER)

    assert _amounts(asked)[2] == ("2026-10-16", "transfer", (-300, None, None, None, None))
    assert asked.rows[2]["asset"].startswith("T-")
    assert not asked.broken


def test_a_claim_that_was_dismissed_was_claimed_and_not_granted(
    october: October, make: Make, boris: User, lena: User
) -> None:
    line = lent(make, boris, make.asset(lender=lena), out=day(25))
    for status in ("dismissed", "withdrawn"):
        Claim.objects.create(
            line=line,
            kind="damage",
            status=status,
            estimate=900,
            amount=900,
            description="It fell.",
            opened_by=lena,
            decided_at=day(26),
        )
    settled(line, back=day(28))

    asked = ask("late-fees-and-damages", **OCTOBER)

    assert _amounts(asked)[-1] == ("2026-10-28", "settled", (0, 900, 0, 0, None))
    assert not asked.broken


def test_a_late_fee_that_was_not_posted_breaks_it(october: October) -> None:
    behind_the_ledger("UPDATE ticket_lines SET late_fee = 1001 WHERE id = %s", october.late.pk)

    (broken,) = ask("late-fees-and-damages", **OCTOBER).broken

    assert (broken.expected, broken.found) == (1000, 1001)
    assert broken.label.startswith("Late fees and what else moved them")


def test_damage_that_nobody_granted_breaks_it(october: October) -> None:
    behind_the_ledger("UPDATE ticket_lines SET damage = 2100 WHERE id = %s", october.late.pk)

    (broken,) = ask("late-fees-and-damages", **OCTOBER).broken

    assert (broken.label, broken.expected, broken.found) == (
        "Damage and loss granted = charged at settlement",
        6100,
        6000,
    )


def test_a_credit_that_did_not_arrive_breaks_it(october: October) -> None:
    credit = Claim.objects.get(kind="credit")
    behind_the_ledger(
        "UPDATE ticket_claims SET amount = 4100, estimate = 4100 WHERE id = %s", credit.pk
    )

    (broken,) = ask("late-fees-and-damages", **OCTOBER).broken

    assert (broken.label, broken.expected, broken.found) == (
        "Credits = paid into borrowers’ wallets",
        4000,
        4100,
    )


def test_a_claim_that_still_waits_breaks_it(october: October) -> None:
    behind_the_ledger(
        "UPDATE ticket_claims SET status = 'open', decided_at = NULL WHERE line_id = %s",
        october.late.pk,
    )

    labels = [tie.label for tie in ask("late-fees-and-damages", **OCTOBER).broken]

    assert labels == [
        "Damage and loss granted = charged at settlement",
        "Claims on settled tickets that nobody has decided, USD",
    ]
