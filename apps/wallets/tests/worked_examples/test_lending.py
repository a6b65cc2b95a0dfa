"""Two loans, from the money that is paid in to what everybody has in the end."""

from datetime import date

from apps.wallets import checking
from apps.wallets.tests.worked_examples.books import Books, table


def test_a_camera_is_rented_returned_late_and_damaged(books: Books) -> None:
    """Fee 30.00 of which the house keeps 20 %, deposit 50.00, late fee 10.00, damage 15.00."""
    books.enter(date(2027, 3, 1), "Boris pays in", debit={"cash": "100"}, credit={"boris": "100"})
    books.enter(
        date(2027, 3, 2),
        "Hand-over: fee and deposit",
        debit={"boris": "80"},
        credit={"escrow": "80"},
    )
    books.enter(
        date(2027, 3, 9),
        "Settlement",
        debit={"escrow": "80"},
        credit={
            "lena": "39",  # 30.00 less 6.00 commission, and 15.00 for the damage
            "commission": "6",
            "late_fees": "10",
            "boris": "25",  # 50.00 less 10.00 and 15.00
        },
    )
    books.enter(date(2027, 3, 10), "Lena is paid out", debit={"lena": "39"}, credit={"cash": "39"})

    assert books.t_account("boris") == table("""
        debit     | credit
        (2) 80.00 | (1)   100.00
                  | (3)    25.00
                  | balance 45.00
    """)
    assert books.t_account("escrow") == table("""
        debit     | credit
        (3) 80.00 | (2) 80.00
    """)
    assert books.trial_balance() == table("""
        account    | debit | credit
        boris      |       |  45.00
        cash       | 61.00 |
        commission |       |   6.00
        late_fees  |       |  10.00
        total      | 61.00 |  61.00
    """)
    assert checking.check().ok


def test_what_a_borrower_cannot_pay_is_a_receivable_until_it_is_written_off(books: Books) -> None:
    books.enter(date(2027, 3, 1), "Boris pays in", debit={"cash": "50"}, credit={"boris": "50"})
    books.enter(date(2027, 3, 2), "Deposit", debit={"boris": "50"}, credit={"escrow": "50"})
    books.enter(
        date(2027, 3, 9),
        "Damage of 120.00, deposit of 50.00",
        debit={"escrow": "50", "receivables": "70"},
        credit={"lena": "120"},
    )
    books.enter(
        date(2027, 4, 9), "Half of it is paid", debit={"cash": "35"}, credit={"receivables": "35"}
    )
    books.enter(
        date(2027, 6, 9),
        "The rest is lost",
        debit={"write_offs": "35"},
        credit={"receivables": "35"},
    )

    assert books.t_account("receivables") == table("""
        debit     | credit
        (3) 70.00 | (4) 35.00
                  | (5) 35.00
    """)
    assert books.trial_balance() == table("""
        account    |  debit | credit
        lena       |        | 120.00
        cash       |  85.00 |
        write_offs |  35.00 |
        total      | 120.00 | 120.00
    """)
