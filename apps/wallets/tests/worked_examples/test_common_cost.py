"""A common cost, borne by shares: the parts add up, whatever the shares."""

from datetime import date
from fractions import Fraction

import pytest

from apps.common.allocation import Share, allocate
from apps.wallets.tests.worked_examples.books import Books, table

DAY = date(2027, 9, 30)


@pytest.fixture
def insured(books: Books) -> Books:
    """Insurance of 1,000.00 is paid for the things of three lenders, who have 600.00 each."""
    books.enter(DAY, "Opening", debit={"cash": "5,000"}, credit={"capital": "5,000"})
    books.enter(
        DAY,
        "They pay in",
        debit={"cash": "1,800"},
        credit={"boris": "600", "bella": "600", "lena": "600"},
    )
    books.enter(DAY, "Insurance", debit={"insurance": "1,000"}, credit={"cash": "1,000"})
    return books


def shared(books: Books, amount: str, shares: dict[str, Share]) -> dict[str, str]:
    parts = allocate(books.minor(amount), list(shares.values()))
    return dict(zip(shares, map(books.shown, parts), strict=True))


def test_a_premium_is_borne_by_the_value_of_what_is_insured(insured: Books) -> None:
    """Values 3,500, 2,500 and 1,000 of 7,000.

    | who   | exact quota   | whole cents | remainder | part   |
    | ----- | ------------- | ----------- | --------- | ------ |
    | Boris | 500.00 0000…  | 500.00      | 0         | 500.00 |
    | Bella | 357.14 2857…  | 357.14      | 0.2857…   | 357.14 |
    | Lena  | 142.85 7142…  | 142.85      | 0.7142…   | 142.86 |

    One cent is left, and Lena's remainder is the largest.
    """
    parts = shared(insured, "1,000", {"boris": 3500, "bella": 2500, "lena": 1000})
    insured.enter(DAY, "Premium shared", debit=parts, credit={"insurance": "1,000"})
    assert insured.t_account("insurance") == table("""
        debit        | credit
        (3) 1,000.00 | (4) 1,000.00
    """)
    assert insured.trial_balance() == table("""
        account |    debit |   credit
        boris   |          |   100.00
        bella   |          |   242.86
        lena    |          |   457.14
        cash    | 5,800.00 |
        capital |          | 5,000.00
        total   | 5,800.00 | 5,800.00
    """)


def test_thirds_of_a_hundred_go_to_the_first_by_a_cent(insured: Books) -> None:
    third = Fraction(1, 3)
    parts = shared(insured, "100", {"boris": third, "bella": third, "lena": third})
    assert parts == {"boris": "33.34", "bella": "33.33", "lena": "33.33"}


def test_a_refund_is_shared_as_the_premium_was(insured: Books) -> None:
    """50.00 come back: 25.00, 17.86 (17.857…) and 7.14 (7.142…)."""
    parts = shared(insured, "50", {"boris": 3500, "bella": 2500, "lena": 1000})
    assert parts == {"boris": "25.00", "bella": "17.86", "lena": "7.14"}
    mirrored = shared(insured, "-50", {"boris": 3500, "bella": 2500, "lena": 1000})
    assert mirrored == {"boris": "-25.00", "bella": "-17.86", "lena": "-7.14"}
