"""Overdue loans: what was out too long at the end of a day, and what it costs so far."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.reports.tests.conftest import Asked, ask, behind_the_ledger
from apps.reports.tests.golden_files import assert_golden
from apps.reports.tests.loans import October, day, lent, post
from apps.tickets.models import Extension, ExtensionLine
from apps.tickets.services import quoting
from apps.tickets.states import ExtensionStatus
from apps.wallets import services as wallets
from apps.wallets.states import Role, TransactionKind
from project.testing.make import Make


def _late(asked: Asked) -> list[tuple[str, Decimal, int]]:
    return [(row["asset"], row["days"], row["late_fee"]) for row in asked.rows]


def test_what_is_late_at_the_end_of_a_day(october: October, tmp_path: Path) -> None:
    # The camera was due on the 8th at 9: 4 days 15 hours, so five days of 5.00 have begun. The
    # lamp, due at 9 that day, was not lost before the 16th. The tripod came back that morning.
    asked = ask("overdue-loans", on="2026-10-12")

    assert _late(asked) == [
        ("FILM-1 Camera", Decimal("4.6"), 2500),
        ("FILM-3 Lamp", Decimal("0.6"), 500),
    ]
    assert asked.totals.sums["USD"] == {"late_fee": 3000, "deposit": 10_000}
    assert [(tie.expected, tie.found) for tie in asked.frame.tie_outs] == [(1, 1), (16_000, 16_000)]
    assert_golden(asked, tmp_path)


@pytest.mark.parametrize(
    ("on", "assets"),
    [
        ("2026-10-07", []),
        ("2026-10-08", ["FILM-1 Camera"]),
        ("2026-10-11", ["FILM-1 Camera", "FILM-2 Tripod"]),
        ("2026-10-15", ["FILM-1 Camera", "FILM-3 Lamp"]),
        ("2026-10-31", ["FILM-1 Camera"]),
    ],
)
def test_a_day_of_the_past_is_seen_from_its_end(
    october: October, on: str, assets: list[str]
) -> None:
    asked = ask("overdue-loans", on=on)

    assert [row["asset"] for row in asked.rows] == assets
    assert not asked.broken


def test_within_the_grace_nothing_is_late(make: Make, boris: User, lena: User) -> None:
    make.wallet(boris, balance=100_000)
    usual = make.category(tariff=make.tariff(grace=timedelta(days=2)))
    hurried = make.tariff(grace=timedelta(0))
    patient_one = make.asset(lender=lena, category=usual)
    own_tariff = make.asset(lender=lena, category=usual, tariff=hurried)
    for asset in (patient_one, own_tariff):
        lent(make, boris, asset, out=day(5))

    asked = ask("overdue-loans", on="2026-10-09")

    assert [row["asset_id"] for row in asked.rows] == [own_tariff.pk]


def test_the_late_fee_is_what_the_return_would_cost(october: October) -> None:
    line = october.out
    late = line.ticket.quote["lines"][str(line.asset_id)]["late"]
    for terms in (
        {"late_fee_unit": "hour"},
        {"late_fee_unit": "week"},
        {"late_fee_unit": "month", "grace": 86400 * 2},
        {"late_fee_unit": "hour", "late_fee_cap": 4200},
    ):
        line.ticket.quote["lines"][str(line.asset_id)]["late"] = {**late, **terms}
        line.ticket.save()

        ((_asset, _days, fee),) = _late(ask("overdue-loans", on="2026-10-31"))

        assert fee == quoting.late_fee(line, returned_at=day(31, 0) + timedelta(days=1))[0]


def test_what_an_extension_settled_counts_too(
    october: October, boris: User, make: Make, system: User
) -> None:
    line = october.out
    extension = Extension.objects.create(
        ticket=line.ticket,
        ends_at=day(11),
        reason="Rain",
        status=ExtensionStatus.APPROVED,
        requested_by=boris,
        requested_at=day(9),
        concluded_at=day(10),
    )
    hold = wallets.place_hold(
        wallets.wallet_for(boris, "USD", actor=system).pk, 900, actor=system, key="longer"
    )
    ExtensionLine.objects.create(
        extension=extension,
        line=line,
        was_due_at=line.due_at,
        fee=900,
        commission=0,
        late_fee=700,
        hold=hold,
    )
    line.due_at, line.fee = day(11), line.fee + 900
    line.save()
    post(
        {
            wallets.wallet_for(boris, "USD", actor=system): -900,
            wallets.system_wallet(Role.ESCROW, "USD"): 900,
        },
        system,
        kind=TransactionKind.TRANSFER,
        effective_on=day(10).date(),
        about=line.ticket,
    )

    asked = ask("overdue-loans", on="2026-10-11")

    assert _late(asked)[1] == ("FILM-1 Camera", Decimal("0.6"), 700 + 500)
    assert not asked.broken


def test_a_ticket_that_the_desk_does_not_list_breaks_it(october: October) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tickets SET status = 'returned' WHERE id = %s", [october.out.ticket_id]
        )

    (broken,) = ask("overdue-loans", on="2026-10-31").broken

    assert (broken.label, broken.expected, broken.found) == (
        "Tickets of which something is still out = overdue at the desk",
        0,
        1,
    )


def test_a_deposit_that_never_reached_escrow_breaks_it(october: October) -> None:
    behind_the_ledger("UPDATE ticket_lines SET deposit = deposit + 1 WHERE id = %s", october.out.pk)

    (broken,) = ask("overdue-loans", on="2026-10-31").broken

    assert (broken.expected, broken.found) == (8000, 8001)
    assert broken.label == "Fees and deposits of these tickets = taken into escrow for them"
