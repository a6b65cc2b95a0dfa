"""A month of a lending office: rent, deposits, lateness, damage, a bad debt, and the closing."""

from datetime import date

import pytest

from apps.wallets import checking
from apps.wallets.tests.worked_examples.books import Books, table


def march(day: int) -> date:
    return date(2027, 3, day)


@pytest.fixture
def month(books: Books) -> Books:
    """Boris’s loan: fee 60.00, deposit 150.00. Bella’s: fee 40.00, deposit 60.00. We keep 20 %."""
    books.enter(march(1), "Opening", debit={"cash": "5,000"}, credit={"capital": "5,000"})
    books.enter(march(1), "Rent of the office", debit={"rent": "900"}, credit={"cash": "900"})
    books.enter(march(2), "Boris pays in", debit={"cash": "300"}, credit={"boris": "300"})
    books.enter(
        march(3), "Boris: fee and deposit", debit={"boris": "210"}, credit={"escrow": "210"}
    )
    books.enter(
        march(9),
        "Boris is late by two days and scratches the housing",
        debit={"escrow": "210"},
        credit={
            "lena": "93",  # 48.00 of the fee, 45.00 for the scratch
            "commission": "12",  # 20 % of 60.00
            "late_fees": "20",
            "boris": "85",  # 150.00 less 20.00 and 45.00
        },
    )
    books.enter(march(12), "Bella pays in", debit={"cash": "100"}, credit={"bella": "100"})
    books.enter(
        march(12), "Bella: fee and deposit", debit={"bella": "100"}, credit={"escrow": "100"}
    )
    books.enter(
        march(19),
        "Bella loses a lens worth 500.00",
        debit={"escrow": "100", "receivables": "440"},  # 500.00 less the deposit of 60.00
        credit={"lena": "532", "commission": "8"},  # 32.00 of the fee and 500.00
    )
    books.enter(
        march(25), "Bella pays a part", debit={"cash": "140"}, credit={"receivables": "140"}
    )
    books.enter(march(28), "Lena is paid out", debit={"lena": "600"}, credit={"cash": "600"})
    books.enter(march(30), "The bank", debit={"bank_charges": "7.50"}, credit={"cash": "7.50"})
    books.enter(
        march(31),
        "Bella has moved away",
        debit={"write_offs": "300"},
        credit={"receivables": "300"},
    )
    return books


def test_the_month_before_it_is_closed(month: Books) -> None:
    assert month.t_account("cash") == table("""
        debit            | credit
        (1)    5,000.00  | (2)  900.00
        (3)      300.00  | (10) 600.00
        (6)      100.00  | (11)   7.50
        (9)      140.00  |
        balance 4,032.50 |
    """)
    assert month.t_account("escrow") == table("""
        debit       | credit
        (5)  210.00 | (4) 210.00
        (8)  100.00 | (7) 100.00
    """)
    assert month.t_account("receivables") == table("""
        debit       | credit
        (8) 440.00  | (9)  140.00
                    | (12) 300.00
    """)
    assert month.trial_balance() == table("""
        account      |    debit |   credit
        boris        |          |   175.00
        lena         |          |    25.00
        cash         | 4,032.50 |
        commission   |          |    20.00
        late_fees    |          |    20.00
        write_offs   |   300.00 |
        capital      |          | 5,000.00
        rent         |   900.00 |
        bank_charges |     7.50 |
        total        | 5,240.00 | 5,240.00
    """)


def test_income_and_expenses_are_closed_into_the_result_and_that_into_capital(
    month: Books,
) -> None:
    """Income 40.00 less expenses 1,207.50: a loss of 1,167.50."""
    last = march(31)
    month.enter(
        last,
        "Close income",
        debit={"commission": "20", "late_fees": "20"},
        credit={"result": "40"},
    )
    month.enter(
        last,
        "Close expenses",
        debit={"result": "1,207.50"},
        credit={"rent": "900", "write_offs": "300", "bank_charges": "7.50"},
    )
    month.enter(last, "Loss", debit={"capital": "1,167.50"}, credit={"result": "1,167.50"})

    assert month.t_account("result") == table("""
        debit          | credit
        (14)  1,207.50 | (13)    40.00
                       | (15) 1,167.50
    """)
    assert month.trial_balance() == table("""
        account |    debit |   credit
        boris   |          |   175.00
        lena    |          |    25.00
        cash    | 4,032.50 |
        capital |          | 3,832.50
        total   | 4,032.50 | 4,032.50
    """)
    # The day before, the month looks as it did.
    assert month.balances("commission", "rent", "capital", as_of=march(30)) == {
        "commission": "20.00",
        "rent": "-900.00",
        "capital": "5,000.00",
    }
    assert checking.check().ok
