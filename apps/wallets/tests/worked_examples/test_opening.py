"""Opening entries, and the first trial balance."""

from datetime import date

from apps.wallets import checking
from apps.wallets.tests.worked_examples.books import Books, table

NEW_YEAR = date(2027, 1, 1)


def test_books_are_opened_from_an_inventory(books: Books) -> None:
    """What is there less what is owed is the capital.

    Inventory of 1 January: 12,500.00 at the bank and a van worth 18,000.00, together 30,500.00.
    Owed: 400.00 to Boris and 250.00 to Lena, whose money we keep, and 8,000.00 to the bank,
    together 8,650.00. The capital is 30,500.00 less 8,650.00: 21,850.00.
    """
    books.enter(NEW_YEAR, "Bank account", debit={"cash": "12,500"}, credit={"opening": "12,500"})
    books.enter(NEW_YEAR, "Van", debit={"van": "18,000"}, credit={"opening": "18,000"})
    books.enter(
        NEW_YEAR, "Wallets", debit={"opening": "650"}, credit={"boris": "400", "lena": "250"}
    )
    books.enter(NEW_YEAR, "Loan", debit={"opening": "8,000"}, credit={"bank_loan": "8,000"})
    books.enter(NEW_YEAR, "Capital", debit={"opening": "21,850"}, credit={"capital": "21,850"})

    assert books.t_account("opening") == table("""
        debit           | credit
        (3)     650.00  | (1) 12,500.00
        (4)   8,000.00  | (2) 18,000.00
        (5)  21,850.00  |
    """)
    assert books.trial_balance() == table("""
        account    |     debit |    credit
        boris      |           |    400.00
        lena       |           |    250.00
        cash       | 12,500.00 |
        capital    |           | 21,850.00
        van        | 18,000.00 |
        bank_loan  |           |  8,000.00
        total      | 30,500.00 | 30,500.00
    """)
    assert checking.check().ok
