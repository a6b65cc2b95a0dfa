"""Two times: the day on which an entry counts, and the moment at which it was written."""

from datetime import date

from django.db.models import Sum

from apps.wallets import selectors
from apps.wallets.models import LedgerEntry
from apps.wallets.tests.worked_examples.books import Books, table


def february(day: int) -> date:
    return date(2027, 2, day)


def known_at(books: Books, name: str, position: int, as_of: date) -> str:
    """Return the balance of that day as it was known when the journal ended at `position`."""
    known = LedgerEntry.objects.filter(
        wallet=books.accounts[name], transaction_id__lte=position, effective_on__lte=as_of
    )
    return books.shown(known.aggregate(total=Sum("amount"))["total"] or 0)


def test_a_forgotten_rental_of_february_is_posted_in_march(books: Books) -> None:
    """On 1 March the figures of February are handed in. On 5 March a slip of 20 February turns up.

    The day says to which month it belongs, the position in the journal when we knew.
    """
    books.enter(february(1), "Boris pays in", debit={"cash": "100"}, credit={"boris": "100"})
    books.enter(february(10), "Rental", debit={"boris": "30"}, credit={"commission": "30"})
    handed_in = selectors.ledger_position()
    books.enter(date(2027, 3, 2), "Rental", debit={"boris": "8"}, credit={"commission": "8"})
    books.enter(february(20), "Forgotten slip", debit={"boris": "12"}, credit={"commission": "12"})

    today = selectors.ledger_position()
    days = (february(10), february(19), february(20), february(28), date(2027, 3, 2))
    seen = [
        ("Boris on", "as handed in", "as known now"),
        *(
            (
                f"{day:%-d %b}",
                known_at(books, "boris", handed_in, day),
                known_at(books, "boris", today, day),
            )
            for day in days
        ),
    ]
    assert seen == table("""
        Boris on | as handed in | as known now
        10 Feb   |        70.00 |        70.00
        19 Feb   |        70.00 |        70.00
        20 Feb   |        70.00 |        58.00
        28 Feb   |        70.00 |        58.00
        2 Mar    |        70.00 |        50.00
    """)
    # By the day: what the office asks for a balance on a date.
    assert books.balances("boris", "commission", as_of=february(28)) == {
        "boris": "58.00",
        "commission": "42.00",
    }
    assert books.trial_balance(as_of=february(28)) == table("""
        account    |  debit | credit
        boris      |        |  58.00
        cash       | 100.00 |
        commission |        |  42.00
        total      | 100.00 | 100.00
    """)


def test_a_statement_runs_in_the_order_of_writing(books: Books) -> None:
    """So its running balances never change: the entry of 20 February stands after that of March."""
    books.enter(february(1), "Pays in", debit={"cash": "100"}, credit={"boris": "100"})
    books.enter(date(2027, 3, 2), "Rental", debit={"boris": "8"}, credit={"commission": "8"})
    books.enter(february(20), "Forgotten", debit={"boris": "12"}, credit={"commission": "12"})
    statement = [
        ("position", "day", "text", "amount", "balance"),
        *(
            (
                str(entry.position),
                f"{entry.effective_on:%-d %b}",
                entry.transaction.description,
                books.shown(entry.amount),
                books.shown(entry.balance),
            )
            for entry in selectors.statement_entries(books.accounts["boris"])
        ),
    ]
    assert statement == table("""
        position | day    | text      | amount | balance
        1        | 1 Feb  | Pays in   | 100.00 |  100.00
        2        | 2 Mar  | Rental    |  -8.00 |   92.00
        3        | 20 Feb | Forgotten | -12.00 |   80.00
    """)
