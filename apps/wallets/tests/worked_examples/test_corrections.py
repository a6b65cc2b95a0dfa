"""Corrections: nothing is erased; a wrong entry is reversed and the right one is posted."""

from datetime import date

from apps.wallets import checking, errors
from apps.wallets.tests.conftest import refusal
from apps.wallets.tests.worked_examples.books import Books, table

DAY = date(2027, 6, 1)


def test_a_wrong_amount_is_reversed_and_posted_again(books: Books) -> None:
    """A late fee of 5.00 was entered as 50.00."""
    books.enter(DAY, "Boris pays in", debit={"cash": "80"}, credit={"boris": "80"})
    wrong = books.enter(DAY, "Late fee", debit={"boris": "50"}, credit={"late_fees": "50"})
    books.reverse(wrong, "The fee is 5.00")
    books.enter(DAY, "Late fee", debit={"boris": "5"}, credit={"late_fees": "5"})

    assert books.t_account("boris") == table("""
        debit     | credit
        (2) 50.00 | (1) 80.00
        (4)  5.00 | (3) 50.00
                  | balance 75.00
    """)
    # The totals of both sides are higher, the balances are those of the right entry alone.
    assert books.trial_balance() == table("""
        account   | debit | credit
        boris     |       |  75.00
        cash      | 80.00 |
        late_fees |       |   5.00
        total     | 80.00 |  80.00
    """)
    again = refusal(lambda: books.reverse(wrong, "Once more"))
    assert isinstance(again, errors.AlreadyReversed)
    assert checking.check().ok


def test_an_entry_on_the_wrong_account_is_moved_to_the_right_one(books: Books) -> None:
    """A goodwill of 12.00 for Boris was credited to Bella."""
    wrong = books.enter(DAY, "Goodwill", debit={"goodwill": "12"}, credit={"bella": "12"})
    books.reverse(wrong, "It was for Boris")
    books.enter(DAY, "Goodwill", debit={"goodwill": "12"}, credit={"boris": "12"})

    assert books.t_account("bella") == table("""
        debit     | credit
        (2) 12.00 | (1) 12.00
    """)
    assert books.t_account("goodwill") == table("""
        debit         | credit
        (1) 12.00     | (2) 12.00
        (3) 12.00     |
        balance 12.00 |
    """)


def test_a_correction_does_not_take_what_is_spent(books: Books) -> None:
    """30.00 came in for Lena, were credited to Boris, and he has spent 20.00 of them."""
    wrong = books.enter(DAY, "Unclear", debit={"cash": "30"}, credit={"boris": "30"})
    books.enter(DAY, "Rental", debit={"boris": "20"}, credit={"commission": "20"})
    assert isinstance(refusal(lambda: books.reverse(wrong, "Lena’s")), errors.InsufficientFunds)
    # So Boris owes us the 20.00, and then the wrong entry can go.
    books.enter(DAY, "Boris owes", debit={"receivables": "20"}, credit={"boris": "20"})
    books.reverse(wrong, "Lena’s")
    books.enter(DAY, "Lena’s", debit={"cash": "30"}, credit={"lena": "30"})
    assert books.trial_balance() == table("""
        account     | debit | credit
        lena        |       |  30.00
        cash        | 30.00 |
        receivables | 20.00 |
        commission  |       |  20.00
        total       | 50.00 |  50.00
    """)
