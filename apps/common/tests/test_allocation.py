"""Splitting by shares: nothing is lost, nothing is made, and the method's own rules hold."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.allocation import NoShares, Share, ShareBelowZero, allocate

AMOUNTS = st.integers(-(10**15), 10**15)
SHARES: st.SearchStrategy[list[Share]] = st.lists(
    st.integers(0, 1000)
    | st.fractions(0, 50, max_denominator=97)
    | st.decimals(0, 100, places=3, allow_nan=False),
    min_size=1,
    max_size=8,
).filter(any)


def quotas_of(amount: int, shares: list[Share]) -> list[Fraction]:
    exact = [Fraction(share) for share in shares]
    return [amount * share / sum(exact) for share in exact]


def slow(amount: int, shares: list[Share]) -> list[int]:
    """Split as one would by hand: hand out unit after unit to whoever lacks most."""
    quotas = quotas_of(abs(amount), shares)
    parts = [int(quota) for quota in quotas]
    has_had_one = [False] * len(parts)
    while sum(parts) < abs(amount):
        lacking = [
            (quota - part, -place)
            for place, (quota, part) in enumerate(zip(quotas, parts, strict=True))
            if not has_had_one[place]
        ]
        place = -max(lacking)[1]
        parts[place] += 1
        has_had_one[place] = True
    return parts if amount >= 0 else [-part for part in parts]


@pytest.mark.parametrize(
    ("amount", "shares", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (101, [1, 1, 1], [34, 34, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (1000, [50, 30, 20], [500, 300, 200]),
        # Quotas 3.57…, 2.14… and 4.28…: the unit that is left goes to the first.
        (10, [5, 3, 6], [4, 2, 4]),
        (5, [0, 1, 0], [0, 5, 0]),
        (0, [3, 4], [0, 0]),
        (1, [1, 1], [1, 0]),
        (-1, [1, 1], [-1, 0]),
        (7, [Decimal("0.5"), Fraction(1, 4), Fraction(1, 4)], [3, 2, 2]),
    ],
)
def test_the_largest_remainders_get_the_units_that_are_left(
    amount: int, shares: list[Share], parts: list[int]
) -> None:
    assert allocate(amount, shares) == parts


@given(amount=AMOUNTS, shares=SHARES)
def test_the_parts_add_up_and_stay_within_their_quota(amount: int, shares: list[Share]) -> None:
    parts = allocate(amount, shares)
    assert sum(parts) == amount
    for part, quota in zip(parts, quotas_of(amount, shares), strict=True):
        assert abs(part - quota) < 1


@given(amount=st.integers(-200, 200), shares=SHARES)
def test_it_splits_as_one_would_by_hand(amount: int, shares: list[Share]) -> None:
    assert allocate(amount, shares) == slow(amount, shares)


@given(amount=AMOUNTS, shares=SHARES, factor=st.fractions(Fraction(1, 1000), 1000))
def test_only_the_proportion_of_the_shares_counts(
    amount: int, shares: list[Share], factor: Fraction
) -> None:
    assert allocate(amount, [Fraction(share) * factor for share in shares]) == allocate(
        amount, shares
    )


@given(amount=AMOUNTS, shares=SHARES, data=st.data())
def test_in_another_order_only_equal_remainders_change_places(
    amount: int, shares: list[Share], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(shares))))
    parts = allocate(amount, shares)
    moved = allocate(amount, [shares[place] for place in order])
    remainders = [abs(quota) % 1 for quota in quotas_of(amount, shares)]
    for position, place in enumerate(order):
        if moved[position] != parts[place]:
            assert remainders.count(remainders[place]) > 1


@given(amount=AMOUNTS, shares=SHARES)
def test_a_negative_amount_is_split_as_its_mirror_image(amount: int, shares: list[Share]) -> None:
    assert allocate(-amount, shares) == [-part for part in allocate(amount, shares)]


@given(amount=AMOUNTS, shares=SHARES)
def test_whoever_has_a_larger_share_never_gets_less(amount: int, shares: list[Share]) -> None:
    parts = allocate(abs(amount), shares)
    by_share = sorted((Fraction(share), part) for share, part in zip(shares, parts, strict=True))
    for (smaller, less), (larger, more) in pairwise(by_share):
        assert less <= more or smaller == larger


def test_one_unit_more_may_give_somebody_one_less() -> None:
    """The Alabama paradox. Of 10 the quotas are 4.29, 4.29 and 1.43: the third gets the unit.

    Of 11 they are 4.71, 4.71 and 1.57: two units are left, and the first two get them.
    """
    assert allocate(10, [6, 6, 2]) == [4, 4, 2]
    assert allocate(11, [6, 6, 2]) == [5, 5, 1]


@pytest.mark.parametrize("shares", [[], [0], [0, Decimal(0), Fraction(0)]])
def test_there_is_somebody_to_split_among(shares: list[Share]) -> None:
    with pytest.raises(NoShares, match="at least one share"):
        allocate(100, shares)


def test_a_share_is_not_below_zero() -> None:
    with pytest.raises(ShareBelowZero, match="-3 is"):
        allocate(100, [5, -3])


def test_a_share_is_never_a_float() -> None:
    with pytest.raises(TypeError, match="rounded already"):
        allocate(100, [0.5, 0.5])  # type: ignore[list-item]  # what the test is about
