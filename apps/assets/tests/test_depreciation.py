"""What a thing is still worth: worked examples, and bounds for every case."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.assets.depreciation import worth_of
from apps.assets.models import Category
from apps.assets.pricing import quote
from apps.assets.states import DepositKind
from apps.assets.tests.conftest import DAY, MONDAY
from project.testing.make import Make

BOUGHT = date(2026, 1, 31)


def worth(day: date, *, value: int = 90000, life: int | None = 36, residual: int = 1000) -> int:
    return worth_of(
        value, purchased_on=BOUGHT, useful_life=life, residual_share=residual, day=day
    ).amount


@pytest.mark.parametrize(
    ("day", "amount"),
    [
        (BOUGHT - timedelta(days=400), 90000),
        (BOUGHT, 90000),
        (date(2026, 2, 28), 90000),  # February is too short for the 31st
        (date(2026, 3, 1), 87750),  # 90000 − 1 × 81000 / 36
        (date(2027, 1, 31), 63000),
        (date(2029, 1, 30), 11250),
        (date(2029, 1, 31), 9000),
        (date(2050, 1, 1), 9000),
    ],
)
def test_the_value_falls_by_the_same_part_each_month(day: date, amount: int) -> None:
    assert worth(day) == amount


def test_what_is_lost_is_rounded_down_and_the_rest_half_up() -> None:
    assert worth(date(2026, 3, 1), value=100, life=3, residual=0) == 67
    assert worth(date(2050, 1, 1), value=25, residual=1000) == 3


def test_without_a_life_or_a_day_of_purchase_nothing_falls() -> None:
    assert worth(date(2050, 1, 1), life=None) == 90000
    kept = worth_of(
        90000, purchased_on=None, useful_life=36, residual_share=0, day=date(2050, 1, 1)
    )
    assert (kept.amount, kept.falls) == (90000, False)


days = st.dates(date(2020, 1, 1), date(2040, 1, 1))


@given(days, days, days, st.integers(0, 10**12), st.integers(1, 600), st.integers(0, 10000))
def test_it_only_falls_and_stays_between_residual_and_value(
    bought: date, one: date, other: date, value: int, life: int, residual: int
) -> None:
    worths = [
        worth_of(value, purchased_on=bought, useful_life=life, residual_share=residual, day=day)
        for day in sorted([one, other])
    ]
    earlier, later = worths
    assert value >= earlier.amount >= later.amount >= later.residual >= 0


def test_a_share_of_the_value_takes_what_it_is_worth_on_the_first_day(
    make: Make, lena: User
) -> None:
    tariff = make.tariff(deposit_kind=DepositKind.SHARE, deposit_share=2500)
    category = make.category(tariff=tariff, useful_life=40, residual_share=2000)
    asset = make.asset(lender=lena, category=category, purchased_on=date(2026, 3, 1), value=100000)
    assert asset.value_on(MONDAY.date()) == 76000
    line = quote(asset, MONDAY, MONDAY + DAY)
    assert line.deposit == 19000
    assert line.arithmetic[1:3] == [
        "Value: $1,000.00 − 12 of 40 months × ($1,000.00 − $200.00) = $760.00",
        "Deposit: 25 % of the value $760.00 = $190.00",
    ]


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"useful_life": 0}, "category_life_is_positive"),
        ({"residual_share": 10001}, "category_residual_within_whole"),
    ],
)
def test_the_database_keeps_lives_and_shares_possible(
    make: Make, wrong: dict[str, int], name: str
) -> None:
    category = make.category()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Category.objects.filter(pk=category.pk).update(**wrong)
