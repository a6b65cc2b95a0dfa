"""What a process of `bench lending` does: fill the calendar, and ask what is free."""

import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from apps.accounts.models import User
from apps.assets.availability import free_assets, why_not
from apps.assets.models import Asset, Category, Tariff

_ASSETS = 10_000
_RESERVATIONS = 10_000
_PER_ASSET = 20
_QUESTIONS = 100
_CATEGORIES = 3

# The busy asset is reserved for one hour in every four, half of it before today; each asset of the
# category for twenty loans of a day or two in the four months around today, with a turnaround.
_BUSY = """
INSERT INTO asset_reservations (asset_id, period, turnaround, kind, is_holding, reason)
SELECT %(asset)s, tstzrange(start, start + interval '1 hour'), interval '0', 'loan', true, ''
FROM (SELECT date_trunc('hour', now()) + (n - %(count)s / 2) * interval '4 hours' AS start
      FROM generate_series(1, %(count)s) n) hours
"""
_CATEGORY = """
INSERT INTO asset_reservations (asset_id, period, turnaround, kind, is_holding, reason)
SELECT id, tstzrange(start, start + interval '26 hours' + (id * 7 + n) %% 20 * interval '1 hour'),
    interval '2 hours', 'loan', true, ''
FROM (SELECT id, n, date_trunc('hour', now()) + (n - %(count)s / 2) * interval '6 days'
          + id %% 24 * interval '1 hour' AS start
      FROM assets CROSS JOIN generate_series(1, %(count)s) n WHERE category_id = %(category)s) days
"""
_ONE_BARE = """
SELECT id, period, turnaround, kind, reason FROM asset_reservations
WHERE int8range(asset_id, asset_id, '[]') && int8range(%s, %s, '[]')
    AND is_holding AND period && tstzrange(%s, %s)
ORDER BY period
"""
_CATEGORY_BARE = """
SELECT a.id FROM assets a
WHERE a.category_id = %s AND a.status = 'available' AND NOT EXISTS (
    SELECT FROM asset_reservations r
    WHERE r.asset_id = a.id AND r.is_holding AND r.period && tstzrange(%s, %s)
)
"""


def seed() -> None:
    """Make two categories: one asset that is always busy, and ten thousand."""
    lender = User.objects.create(email="lender@bench.invalid", display_name="Lender")
    tariff = Tariff.objects.create(name="Bench", currency="USD", day_price=1000, grace=timedelta(0))
    busy, many = (
        Category.objects.create(name=name, tariff=tariff, turnaround=timedelta(hours=2))
        for name in ("Busy", "Many")
    )

    def asset(tag: str, category: Category) -> Asset:
        return Asset(
            tag=tag, name="Camera", category=category, lender=lender, value=1000, currency="USD"
        )

    asset("BUSY", busy).save()
    Asset.objects.bulk_create(asset(f"MANY-{n:05d}", many) for n in range(_ASSETS))
    with connection.cursor() as cursor:
        facts = {"asset": Asset.objects.get(tag="BUSY").pk, "count": _RESERVATIONS}
        cursor.execute(_BUSY, facts)
        cursor.execute(_CATEGORY, {"category": many.pk, "count": _PER_ASSET})


def ask(rounds: int) -> None:
    """Ask both questions in both ways, so many rounds, and print how many answers in a second."""
    now = timezone.now()
    asset = Asset.objects.select_related("category").get(tag="BUSY")
    many = Category.objects.get(name="Many")
    start, end = now + timedelta(days=2), now + timedelta(days=3)

    def bare(question: str, *facts: int | datetime) -> list[tuple[object, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(question, facts)
            return list(cursor.fetchall())

    def one(at: datetime) -> object:
        return why_not(asset, at, at + timedelta(hours=9), now=now)

    def one_bare(at: datetime) -> object:
        return bare(_ONE_BARE, asset.pk, asset.pk, at, at + timedelta(hours=11))

    def category(_at: datetime) -> object:
        return list(free_assets(many, start, end, now=now).values_list("pk", flat=True))

    def category_bare(_at: datetime) -> object:
        return bare(_CATEGORY_BARE, many.pk, start, end + many.turnaround)

    figures: dict[str, list[float]] = {}
    deeds: dict[Callable[[datetime], object], int] = {
        one: _QUESTIONS,
        one_bare: _QUESTIONS,
        category: _CATEGORIES,
        category_bare: _CATEGORIES,
    }
    for _round in range(rounds):
        for deed, count in deeds.items():
            figures.setdefault(deed.__name__, []).append(_rate(deed, count, now))
    free = free_assets(many, start, end, now=now).count()
    assert free == len(bare(_CATEGORY_BARE, many.pk, start, end + many.turnaround))
    print(json.dumps({**figures, "free": free}))  # noqa: T201  (what the other process reads)


def _rate(deed: Callable[[datetime], object], count: int, now: datetime) -> float:
    began = time.perf_counter()
    for number in range(count):
        deed(now + timedelta(days=number * 7 % 200))
    return count / (time.perf_counter() - began)
