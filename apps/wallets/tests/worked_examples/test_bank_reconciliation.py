"""Bank reconciliation: what the bank says, what is on its way, and what nobody knows yet."""

from datetime import date

import pytest

from apps.wallets.tests.worked_examples.books import Books, table


def april(day: int) -> date:
    return date(2027, 4, day)


def may(day: int) -> date:
    return date(2027, 5, day)


@pytest.fixture
def april_books(books: Books) -> Books:
    """Cash moves only with a line of the bank's statement; the rest waits on its way.

    On 30 April the bank says 2,070.50: 2,000.00, 75.00 from somebody, less 4.50 of charges.
    """
    books.enter(
        april(1), "Opening", debit={"cash": "2,000"}, credit={"capital": "1,880", "lena": "120"}
    )
    books.enter(
        april(29), "Payout ordered", debit={"lena": "120"}, credit={"payouts_in_transit": "120"}
    )
    books.enter(april(29), "From whom?", debit={"cash": "75"}, credit={"suspense": "75"})
    books.enter(april(30), "Charges", debit={"bank_charges": "4.50"}, credit={"cash": "4.50"})
    books.enter(
        april(30), "Boris shows his transfer", debit={"suspense": "60"}, credit={"boris": "60"}
    )
    return books


def test_the_books_say_what_the_bank_says_and_what_is_on_its_way(april_books: Books) -> None:
    books = april_books
    bank = books.minor("2,070.50")
    assert -books.balance("cash") == bank
    reconciled = [
        ("as of 30 April", "amount"),
        ("balance of the bank", books.shown(bank)),
        ("on its way to us, Boris", "60.00"),
        ("from somebody unknown", "-75.00"),
        ("on its way to Lena", books.shown(-books.balance("payouts_in_transit"))),
        (
            "ours",
            books.shown(bank - books.balance("suspense") - books.balance("payouts_in_transit")),
        ),
    ]
    assert reconciled == table("""
        as of 30 April          |   amount
        balance of the bank     | 2,070.50
        on its way to us, Boris |    60.00
        from somebody unknown   |   -75.00
        on its way to Lena      |  -120.00
        ours                    | 1,935.50
    """)
    assert books.t_account("suspense") == table("""
        debit      | credit
        (5)  60.00 | (3)  75.00
                   | balance 15.00
    """)


def test_what_was_on_its_way_arrives_and_suspense_is_empty(april_books: Books) -> None:
    books = april_books
    books.enter(may(2), "Payout", debit={"payouts_in_transit": "120"}, credit={"cash": "120"})
    books.enter(may(3), "Boris’s transfer", debit={"cash": "60"}, credit={"suspense": "60"})
    books.enter(may(4), "It was Bella", debit={"suspense": "75"}, credit={"bella": "75"})
    assert books.t_account("suspense") == table("""
        debit      | credit
        (5)  60.00 | (3)  75.00
        (8)  75.00 | (7)  60.00
    """)
    assert books.t_account("cash") == table("""
        debit            | credit
        (1)     2,000.00 | (4)   4.50
        (3)        75.00 | (6) 120.00
        (7)        60.00 |
        balance 2,010.50 |
    """)
    assert books.trial_balance() == table("""
        account      |    debit |   credit
        boris        |          |    60.00
        bella        |          |    75.00
        cash         | 2,010.50 |
        capital      |          | 1,880.00
        bank_charges |     4.50 |
        total        | 2,015.00 | 2,015.00
    """)
    # The end of April stays as it was reconciled.
    assert books.balances("cash", "suspense", as_of=april(30)) == {
        "cash": "-2,070.50",
        "suspense": "15.00",
    }
