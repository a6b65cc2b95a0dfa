"""Accruals: an expense belongs to the month that uses it, an income to the month that earns it."""

from datetime import date

import pytest

from apps.wallets.tests.worked_examples.books import Books, table

NEW_YEAR, JANUARY, FEBRUARY, MARCH = (
    date(2027, 1, 1),
    date(2027, 1, 31),
    date(2027, 2, 28),
    date(2027, 3, 31),
)


@pytest.fixture
def quarter(books: Books) -> Books:
    """Rent of 2,700.00 paid ahead for three months; storage of 600.00 received for six."""
    books.enter(NEW_YEAR, "Opening", debit={"cash": "10,000"}, credit={"capital": "10,000"})
    books.enter(NEW_YEAR, "Rent ahead", debit={"prepaid_rent": "2,700"}, credit={"cash": "2,700"})
    books.enter(NEW_YEAR, "Boris pays in", debit={"cash": "600"}, credit={"boris": "600"})
    books.enter(
        NEW_YEAR,
        "A storage box for half a year",
        debit={"boris": "600"},
        credit={"received_in_advance": "600"},
    )
    for month_end in (JANUARY, FEBRUARY, MARCH):
        books.enter(month_end, "Rent", debit={"rent": "900"}, credit={"prepaid_rent": "900"})
        books.enter(
            month_end,
            "Storage",
            debit={"received_in_advance": "100"},
            credit={"storage_income": "100"},
        )
    return books


def test_each_month_bears_its_rent_and_earns_its_storage(quarter: Books) -> None:
    names = ("prepaid_rent", "rent", "received_in_advance", "storage_income")
    by_month = [
        ("day", *names),
        *(
            (f"{day}", *quarter.balances(*names, as_of=day).values())
            for day in (NEW_YEAR, JANUARY, FEBRUARY, MARCH)
        ),
    ]
    # A debit has a minus.
    assert by_month == table("""
        day        | prepaid_rent |      rent | received_in_advance | storage_income
        2027-01-01 |    -2,700.00 |      0.00 |              600.00 |           0.00
        2027-01-31 |    -1,800.00 |   -900.00 |              500.00 |         100.00
        2027-02-28 |      -900.00 | -1,800.00 |              400.00 |         200.00
        2027-03-31 |         0.00 | -2,700.00 |              300.00 |         300.00
    """)
    assert quarter.t_account("prepaid_rent") == table("""
        debit        | credit
        (2) 2,700.00 | (5) 900.00
                     | (7) 900.00
                     | (9) 900.00
    """)


def test_what_was_used_is_owed_before_the_bill_comes(quarter: Books) -> None:
    """The electricity of March is billed, and paid, on 12 April: 85.40."""
    quarter.enter(
        MARCH,
        "Electricity of March, estimated by the meter",
        debit={"electricity": "85.40"},
        credit={"accrued_expenses": "85.40"},
    )
    quarter.enter(
        date(2027, 4, 12),
        "Bill of the power company",
        debit={"accrued_expenses": "85.40"},
        credit={"cash": "85.40"},
    )
    assert quarter.trial_balance(as_of=MARCH) == table("""
        account             |     debit |    credit
        cash                |  7,900.00 |
        capital             |           | 10,000.00
        received_in_advance |           |    300.00
        accrued_expenses    |           |     85.40
        storage_income      |           |    300.00
        rent                |  2,700.00 |
        electricity         |     85.40 |
        total               | 10,685.40 | 10,685.40
    """)
    assert quarter.t_account("accrued_expenses") == table("""
        debit      | credit
        (12) 85.40 | (11) 85.40
    """)
    assert quarter.balances("cash", "electricity") == {"cash": "-7,814.60", "electricity": "-85.40"}
