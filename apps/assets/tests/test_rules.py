"""Discounts and commissions: worked examples, and properties against a slow reference."""

from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.assets.models import CommissionRate, Discount
from apps.assets.pricing import quote, quote_together
from apps.assets.rules import WHOLE, Fee, Rules, rules_for, taken_off
from apps.assets.states import DiscountKind
from apps.assets.tests.conftest import DAY, MONDAY
from project.testing.make import Make


def share(basis_points: int, **fields: object) -> Discount:
    """Return a discount in percent that is in no database."""
    return Discount(**{"name": "Film school", "share": basis_points, **fields})


def amount(minor: int, **fields: object) -> Discount:
    """Return a discount of an amount that is in no database."""
    usual = {"name": "Voucher", "kind": DiscountKind.AMOUNT, "amount": minor, "currency": "USD"}
    return Discount(**{**usual, **fields})


def off(discount: Discount, *fees: Fee, days: int = 3) -> list[int]:
    return taken_off(discount, list(fees), days * DAY, "USD")


def test_a_share_is_taken_off_each_fee_and_rounded_down() -> None:
    assert off(share(1000), Fee(1, 1005, 0), Fee(2, 99, 0)) == [100, 9]


def test_the_least_fee_holds_after_the_discount() -> None:
    assert off(share(5000), Fee(1, 1000, 800), Fee(1, 700, 700)) == [200, 0]
    assert off(amount(5000), Fee(1, 1000, 800), Fee(1, 700, 700)) == [200, 0]


def test_an_amount_is_taken_off_the_ticket_once_and_split() -> None:
    assert off(amount(1000), Fee(1, 2000, 0), Fee(2, 1000, 0)) == [667, 333]


def test_a_category_and_a_length_must_fit() -> None:
    lights = share(1000, category_id=2)
    assert off(lights, Fee(1, 1000, 0), Fee(2, 1000, 0)) == [0, 100]
    long = share(1000, minimum_length=14 * DAY)
    assert off(long, Fee(1, 1000, 0), days=13) == [0]
    assert off(long, Fee(1, 1000, 0), days=14) == [100]


def test_an_amount_in_another_currency_takes_nothing_off() -> None:
    assert off(amount(100, currency="EUR"), Fee(1, 1000, 0)) == [0]


def test_the_best_single_discount_wins_and_the_older_of_two_equal_ones() -> None:
    rules = Rules([share(1000), amount(350), share(1750, name="Other")])
    best, taken = rules.best([Fee(1, 2000, 0)], DAY, "USD")
    assert (best and best.name, taken) == ("Voucher", [350])
    assert Rules([]).best([Fee(1, 2000, 0)], DAY, "USD") == (None, [0])


def test_the_quote_says_what_was_taken_off(make: Make, lena: User) -> None:
    asset = make.asset(lender=lena)
    line = quote(asset, MONDAY, MONDAY + 3 * DAY, Rules([share(1000)]))
    assert (line.fee, line.discount, line.commission) == (2700, 300, 540)
    assert line.arithmetic == [
        "3 days × $10.00 = $30.00",
        "Discount “Film school”: 10 % of $30.00 = -$3.00; leaves $27.00",
        "Deposit: $50.00",
        "Commission: 20 % of $27.00 = $5.40",
    ]


def test_the_quote_says_that_the_least_fee_stopped_a_discount(make: Make, lena: User) -> None:
    asset = make.asset(lender=lena, tariff=make.tariff(minimum_fee=2900))
    line = quote(asset, MONDAY, MONDAY + 3 * DAY, Rules([share(1000)]))
    assert line.fee == 2900
    assert line.arithmetic[1] == (
        "Discount “Film school”: 10 % of $30.00, down to the least fee: -$1.00; leaves $29.00"
    )


def test_the_quote_says_which_part_of_an_amount_it_got(make: Make, lena: User) -> None:
    assets = [make.asset(lender=lena), make.asset(lender=lena, tariff=make.tariff(day_price=3000))]
    quotes = quote_together(assets, MONDAY, MONDAY + DAY, Rules([amount(1000)]))
    assert [line.fee for line in quotes.values()] == [750, 2250]
    assert quotes[assets[0]].arithmetic[1] == (
        "Discount “Voucher”: -$2.50, the part of $10.00 for the ticket; leaves $7.50"
    )


MARCH = date(2027, 3, 1)


def names(borrower: User | None, day: date = MARCH) -> set[str]:
    return {discount.name for discount in rules_for(borrower, day, []).discounts}


def test_who_borrows_and_when_decides_which_discounts_there_are(boris: User, bella: User) -> None:
    role = Group.objects.get(name="Borrower")
    Discount.objects.create(name="All", share=100)
    Discount.objects.create(name="Boris", share=100, person=boris)
    Discount.objects.create(name="Role", share=100, role=role)
    Discount.objects.create(name="Clerks", share=100, role=Group.objects.get(name="Lending clerk"))
    Discount.objects.create(name="March", share=100, valid_from=MARCH, valid_until=MARCH)
    assert names(boris) == {"All", "Boris", "Role", "March"}
    assert names(bella) == {"All", "Role", "March"}
    assert names(None) == {"All", "March"}
    assert names(bella, MARCH - timedelta(days=1)) == names(bella, MARCH + timedelta(days=1))
    assert names(bella, MARCH + timedelta(days=1)) == {"All", "Role"}


def test_lender_and_category_go_before_lender_before_category_before_tariff(
    make: Make, lena: User, boris: User
) -> None:
    asset = make.asset(lender=lena)

    def kept() -> tuple[int, str]:
        line = quote(asset, MONDAY, MONDAY + DAY, rules_for(boris, MARCH, [asset]))
        return line.commission, line.arithmetic[-1]

    category = asset.category
    assert kept() == (200, "Commission: 20 % of $10.00 = $2.00")
    CommissionRate.objects.create(category=category, share=1500)
    assert kept() == (150, f"Commission: 15 % of $10.00 = $1.50, the rate of {category}")
    CommissionRate.objects.create(lender=lena, share=0)
    assert kept() == (0, "Commission: 0 % of $10.00 = $0.00, the rate of Lena")
    both = CommissionRate.objects.create(lender=lena, category=category, share=500)
    assert kept() == (50, f"Commission: 5 % of $10.00 = $0.50, the rate of Lena, {category}")
    both.is_active = False
    both.save()
    assert kept()[0] == 0


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"share": 0}, "discount_is_share_or_amount"),
        ({"share": 10001}, "discount_is_share_or_amount"),
        ({"share": 100, "amount": 100}, "discount_is_share_or_amount"),
        ({"kind": "amount", "amount": 100, "currency": ""}, "discount_is_share_or_amount"),
        (
            {"share": 100, "valid_from": MARCH, "valid_until": MARCH - timedelta(days=1)},
            "discount_validity_is_forward",
        ),
    ],
)
@pytest.mark.django_db
def test_the_database_keeps_no_discount_that_says_nothing(
    wrong: dict[str, object], name: str
) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Discount.objects.create(**{"name": "Wrong", **wrong})


def test_the_database_keeps_one_rate_for_each(make: Make, lena: User) -> None:
    with pytest.raises(IntegrityError, match="names_somebody"), transaction.atomic():
        CommissionRate.objects.create(share=100)
    with pytest.raises(IntegrityError, match="within_whole"), transaction.atomic():
        CommissionRate.objects.create(lender=lena, share=WHOLE + 1)
    CommissionRate.objects.create(lender=lena, share=100)
    with pytest.raises(IntegrityError, match="is_unique"), transaction.atomic():
        CommissionRate.objects.create(lender=lena, share=200)


# Properties.

fees = st.lists(
    st.builds(Fee, st.integers(1, 3), st.integers(0, 5000), st.integers(0, 1500)),
    min_size=1,
    max_size=4,
)
hours = st.integers(1, 30 * 24).map(lambda count: timedelta(hours=count))
limits = {
    "category_id": st.none() | st.integers(1, 3),
    "minimum_length": st.none() | st.integers(1, 20).map(lambda days: days * DAY),
}
some_discounts = st.lists(
    st.builds(share, st.integers(1, WHOLE), **limits)
    | st.builds(amount, st.integers(1, 8000), currency=st.sampled_from(["USD", "EUR"]), **limits),
    max_size=5,
)


def reference(discounts: list[Discount], fees: list[Fee], duration: timedelta) -> int:
    """Return the most that one discount takes off the ticket, counted unit by unit."""
    totals = [0]
    for discount in discounts:
        if discount.minimum_length and discount.minimum_length > duration:
            continue
        left = discount.amount if discount.currency in {"", "USD"} else 0
        total = 0
        for fee in fees:
            if discount.category_id not in {None, fee.category_id}:
                continue
            asked = left if discount.kind == DiscountKind.AMOUNT else fee.amount * discount.share
            each = 1 if discount.kind == DiscountKind.AMOUNT else WHOLE
            taken = 0
            while asked >= each and fee.amount - taken > fee.minimum:
                asked, taken = asked - each, taken + 1
            left -= taken
            total += taken
        totals.append(total)
    return max(totals)


@given(some_discounts, fees, hours)
def test_no_other_discount_takes_more_off(
    discounts: list[Discount], fees: list[Fee], duration: timedelta
) -> None:
    best, taken = Rules(discounts).best(fees, duration, "USD")
    assert sum(taken) == reference(discounts, fees, duration)
    assert (best is None) == (sum(taken) == 0)
    for fee, part in zip(fees, taken, strict=True):
        # Never negative, and never below the least fee, unless the fee was that low before.
        assert 0 <= part <= fee.amount
        assert fee.amount - part >= min(fee.amount, fee.minimum)


@given(some_discounts, fees, st.integers(0, 3000), hours)
def test_between_two_lengths_that_the_same_discounts_fit_more_never_costs_less(
    discounts: list[Discount], fees: list[Fee], more: int, duration: timedelta
) -> None:
    rules = Rules(discounts)
    longer = [Fee(fee.category_id, fee.amount + more, fee.minimum) for fee in fees]
    paid, paid_longer = (
        sum(fee.amount for fee in some) - sum(rules.best(some, duration, "USD")[1])
        for some in (fees, longer)
    )
    assert 0 <= paid <= paid_longer


def test_a_discount_from_a_length_may_make_a_longer_loan_cheaper(make: Make, lena: User) -> None:
    asset = make.asset(lender=lena)
    rules = Rules([share(1000, minimum_length=14 * DAY)])

    def fee(days: int, start: datetime = MONDAY) -> int:
        return quote(asset, start, start + days * DAY, rules).fee

    assert (fee(13), fee(14)) == (13000, 12600)
