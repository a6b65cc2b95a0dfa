"""Two times: the day on which an entry counts, and the moment at which it was written."""

from datetime import date

from django.utils import timezone

from apps.accounts.models import User
from apps.wallets import errors, selectors
from apps.wallets import services as wallets
from apps.wallets.tests.conftest import refusal
from apps.wallets.tests.worked_examples.books import Books, table

MARCH = date(2024, 3, 2)


def february(day: int) -> date:
    return date(2024, 2, day)


def test_a_forgotten_rental_of_february_is_posted_in_march(books: Books) -> None:
    """On 1 March the figures of February are handed in. On 5 March a slip of 20 February turns up.

    The day says to which month an entry belongs, the moment when we knew of it.
    """
    books.enter(february(1), "Boris pays in", debit={"cash": "100"}, credit={"boris": "100"})
    books.enter(february(10), "Rental", debit={"boris": "30"}, credit={"commission": "30"})
    handed_in = timezone.now()
    books.enter(MARCH, "Rental", debit={"boris": "8"}, credit={"commission": "8"})
    books.enter(february(20), "Forgotten slip", debit={"boris": "12"}, credit={"commission": "12"})

    boris = books.accounts["boris"]
    days = (february(10), february(19), february(20), february(29), MARCH)
    seen = [
        ("Boris on", "as handed in", "as known now"),
        *(
            (
                f"{day:%-d %b}",
                books.shown(selectors.balance_of(boris, as_of=day, known_at=handed_in)),
                books.shown(selectors.balance_of(boris, as_of=day)),
            )
            for day in days
        ),
    ]
    assert seen == table("""
        Boris on | as handed in | as known now
        10 Feb   |        70.00 |        70.00
        19 Feb   |        70.00 |        70.00
        20 Feb   |        70.00 |        58.00
        29 Feb   |        70.00 |        58.00
        2 Mar    |        70.00 |        50.00
    """)
    # By the moment alone: what a look at the wallet said then.
    assert books.shown(selectors.balance_at(boris, handed_in)) == "70.00"
    assert books.trial_balance(as_of=february(29)) == table("""
        account    |  debit | credit
        boris      |        |  58.00
        cash       | 100.00 |
        commission |        |  42.00
        total      | 100.00 | 100.00
    """)


def test_once_february_is_closed_the_slip_counts_in_march(books: Books, system: User) -> None:
    books.enter(february(1), "Boris pays in", debit={"cash": "100"}, credit={"boris": "100"})
    books.enter(february(10), "Rental", debit={"boris": "30"}, credit={"commission": "30"})
    wallets.close_period(february(1), actor=system, reason="Handed in")
    slip = {"debit": {"boris": "12"}, "credit": {"commission": "12"}}
    said = refusal(lambda: books.enter(february(20), "Forgotten slip", **slip))
    assert isinstance(said, errors.PeriodClosed)
    books.enter(MARCH, "Slip of 20 February", **slip)

    assert books.t_account("boris") == table("""
        debit     | credit
        (2) 30.00 | (1)   100.00
        (3) 12.00 |
                  | balance 58.00
    """)
    assert books.trial_balance(as_of=february(29)) == table("""
        account    |  debit | credit
        boris      |        |  70.00
        cash       | 100.00 |
        commission |        |  30.00
        total      | 100.00 | 100.00
    """)


def test_a_statement_runs_in_the_order_of_writing(books: Books) -> None:
    """So its running balances never change: the entry of 20 February stands after that of March."""
    books.enter(february(1), "Pays in", debit={"cash": "100"}, credit={"boris": "100"})
    books.enter(MARCH, "Rental", debit={"boris": "8"}, credit={"commission": "8"})
    books.enter(february(20), "Forgotten", debit={"boris": "12"}, credit={"commission": "12"})
    statement = [
        ("position", "day", "text", "amount", "balance"),
        *(
            (
                str(entry.position),
                f"{entry.effective_on:%-d %b}",
                entry.transaction.description,
                books.shown(entry.amount),
                books.shown(entry.balance or 0),
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
