"""Utilisation: every moment of every asset is counted once."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.accounts.models import User
from apps.assets.models import Asset, Reservation
from apps.assets.states import ReservationKind, Status
from apps.reports.catalogue import utilisation
from apps.reports.tests.conftest import OCTOBER, ask, behind_the_ledger
from apps.reports.tests.golden_files import assert_golden
from apps.reports.tests.loans import October, day, lent
from project.testing.make import Make

BY_ASSET = {**OCTOBER, "detail": "asset"}
SPENT = ("lent", "maintenance", "blackout", "away", "free")


def _spent(row: dict[str, Any]) -> tuple[float, ...]:
    return tuple(float(row[name]) for name in SPENT)


def test_the_days_of_october(october: October, tmp_path: Path) -> None:
    # The camera went out on the 5th at 9 and is out still: 26 days 15 hours. The lamp was lost on
    # the 16th, seven days after it went out. 41.625 days of 4 × 31 are 33.6 %.
    asked = ask("utilisation", **BY_ASSET)

    assert [(row["name"], row["lent"], row["loans"], row["fee"]) for row in asked.rows] == [
        ("FILM-1 Camera", Decimal("26.6"), 1, 0),
        ("FILM-2 Tripod", Decimal("5.0"), 1, 3000),
        ("FILM-3 Lamp", Decimal("7.0"), 1, 3000),
        ("FILM-4 Lens", Decimal("3.0"), 1, 3000),
    ]
    assert asked.frame.figures == [("Lent", "33.6 %"), ("Fees, USD", "$90.00")]
    assert [(tie.expected, tie.found) for tie in asked.frame.tie_outs] == [
        (59_940, 59_940),
        (178_560, 178_560),
        (24_000, 24_000),
    ]
    assert_golden(asked, tmp_path)


def test_a_category_is_the_sum_of_its_assets(october: October) -> None:
    (row,) = ask("utilisation", **OCTOBER, detail="category").rows

    assert (row["name"], row["assets"], row["loans"]) == ("Film", 4, 4)
    assert (row["lent"], row["share"], row["asset_id"]) == (Decimal("41.6"), Decimal("33.6"), None)


def test_both_ends_of_the_period_are_half_open(october: October) -> None:
    (row,) = (
        row
        for row in ask(
            "utilisation", from_on="2026-10-10", until_on="2026-10-11", detail="asset"
        ).rows
        if row["name"] == "FILM-2 Tripod"
    )

    assert (row["lent"], row["share"]) == (Decimal("2.0"), Decimal("100.0"))
    later = ask("utilisation", from_on="2026-10-13", until_on="2026-10-13", detail="asset")
    assert [row["loans"] for row in later.rows] == [1, 0, 1, 0]
    assert not later.broken


def test_each_stretch_belongs_to_one_thing(make: Make, boris: User, lena: User) -> None:
    make.wallet(boris, balance=100_000)
    asset: Any = make.asset(lender=lena, registered_at=day(3, 0))
    Asset.history.update(history_date=asset.registered_at)
    lent(make, boris, asset, out=day(5, 0), returned_at=day(10, 0))
    for kind, since, until in (
        (ReservationKind.MAINTENANCE, 8, 12),
        (ReservationKind.BLACKOUT, 12, 14),
    ):
        Reservation.objects.create(
            asset=asset,
            period=(day(since, 0), day(until, 0)),
            turnaround=timedelta(0),
            kind=kind,
        )
    # In the workshop without a reservation, and lost at the end.
    for status, at in ((Status.IN_MAINTENANCE, 13), (Status.AVAILABLE, 16), (Status.LOST, 30)):
        asset.status = status
        asset._history_date = day(at, 0)
        asset.save()

    (row,) = ask("utilisation", **BY_ASSET).rows

    # Lent 5–10; maintenance 10–12 and 13–16; blocked 12–13; away 1–3 and 30–31; the rest is free.
    assert _spent(row) == (5.0, 5.0, 1.0, 4.0, 16.0)
    assert not ask("utilisation", **BY_ASSET).broken


def test_what_was_retired_before_is_left_out(october: October, lena: User) -> None:
    retired: Any = Asset.objects.get(pk=october.lens.pk)
    retired.status = Status.RETIRED
    retired._history_date = datetime(2026, 11, 3, tzinfo=UTC)
    retired.save()

    assert len(ask("utilisation", **BY_ASSET).rows) == 4
    november = ask("utilisation", from_on="2026-11-01", until_on="2026-11-30", detail="asset")
    assert [row["away"] for row in november.rows][-1] == Decimal("28.0")
    december = ask("utilisation", from_on="2026-12-01", until_on="2026-12-31", detail="asset")
    assert [row["name"] for row in december.rows][-1] == "FILM-3 Lamp"


def test_an_asset_that_is_lent_twice_at_once_breaks_it(october: October) -> None:
    behind_the_ledger(
        "UPDATE ticket_lines SET asset_id = %s WHERE id = %s", october.camera.pk, october.late.pk
    )

    broken = ask("utilisation", **BY_ASSET).broken

    assert [(tie.label, tie.expected - tie.found) for tie in broken] == [
        ("Time lent = time between hand-over and return, in minutes", 5 * 24 * 60)
    ]


def test_a_moment_that_is_counted_twice_breaks_it(
    october: October, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(utilisation._STRETCHES, "free", "whole - away")

    (broken,) = ask("utilisation", **BY_ASSET).broken

    assert broken.label.startswith("Lent, maintenance, blocked, away and free = period × assets")


def test_a_fee_that_did_not_leave_escrow_breaks_it(october: October) -> None:
    behind_the_ledger("UPDATE ticket_lines SET fee = fee + 5 WHERE id = %s", october.late.pk)

    (broken,) = ask("utilisation", **BY_ASSET).broken

    assert (broken.expected, broken.found, broken.currency) == (24_000, 24_005, "USD")


def test_an_empty_register_has_nothing_to_tell(db: None) -> None:
    asked = ask("utilisation", **BY_ASSET)

    assert (asked.rows, asked.broken, asked.frame.figures) == ([], [], [("Lent", "0 %")])
