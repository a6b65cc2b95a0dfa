"""Currencies: positions, and the gain or loss in them, with trading accounts.

The idea is Peter Selinger's (“Tutorial on multiple currency accounting”): an exchange goes through
an account for each currency, here the exchange wallets. What is left on them is the position; what
it is worth at today's rate is the gain or loss, without a rate anywhere in the other accounts.
"""

from datetime import date
from decimal import Decimal

import pytest

from apps.accounts.models import User
from apps.common.exchange import converted
from apps.wallets import checking
from apps.wallets.tests.worked_examples.books import Books, table
from project.testing.make import Make


def may(day: int) -> date:
    return date(2027, 5, day)


@pytest.fixture
def euros(make: Make, carol: User, boris: User) -> Books:
    return Books("EUR", carol, {"boris": make.wallet(boris, currency="EUR")})


@pytest.fixture
def traded(books: Books, euros: Books) -> tuple[Books, Books]:
    """Buy euros, sell some of them, and exchange a customer's dollars.

    (1) Capital of 10,000.00 USD.
    (2) 5,000.00 USD buy 4,000.00 EUR at 0.80: a euro has cost 1.25 dollars.
    (3) 1,500.00 EUR are sold for 1,950.00 USD at 1.30.
    (4) Boris pays in 130.00 USD and (5) exchanges them into 98.80 EUR at 0.76.
    """
    books.enter(may(1), "Capital", debit={"cash": "10,000"}, credit={"capital": "10,000"})
    books.exchange(may(2), "cash", "5,000", into=euros, rate="0.80")
    back = euros.exchange(may(9), "cash", "1,500", into=books, rate="1.30")
    assert (back.bought_amount, back.difference) == (195000, Decimal(0))
    books.enter(may(10), "Boris pays in", debit={"cash": "130"}, credit={"boris": "130"})
    books.exchange(may(10), "boris", "130", into=euros, rate="0.76")
    return books, euros


def test_each_currency_balances_by_itself(traded: tuple[Books, Books]) -> None:
    dollars, euros = traded
    assert dollars.t_account("exchange") == table("""
        debit            | credit
        (2)     5,000.00 | (3) 1,950.00
                         | (5)   130.00
        balance 2,920.00 |
    """)
    # The journal in euros has numbers of its own: 1, 2 and 3 are 2, 3 and 5 in dollars.
    assert euros.t_account("exchange") == table("""
        debit         | credit
        (2)  1,500.00 | (1)      4,000.00
        (3)     98.80 |
                      | balance  2,401.20
    """)
    assert dollars.trial_balance() == table("""
        account  |     debit |    credit
        cash     |  7,080.00 |
        exchange |  2,920.00 |
        capital  |           | 10,000.00
        total    | 10,000.00 | 10,000.00
    """)
    assert euros.trial_balance() == table("""
        account  |    debit |   credit
        boris    |          |    98.80
        cash     | 2,500.00 |
        exchange |          | 2,401.20
        total    | 2,500.00 | 2,500.00
    """)
    assert checking.check().ok


@pytest.mark.parametrize(
    ("rate", "worth", "gain"),
    [
        # 2,401.20 EUR at 1.28 are 3,073.536 USD; the position in dollars is -2,920.00.
        ("1.28", "3,073.54", "153.54"),
        # At 1.25, what they have cost: only what was earned by selling, 75.00 and 6.50.
        ("1.25", "3,001.50", "81.50"),
        ("1.20", "2,881.44", "-38.56"),
    ],
)
def test_the_position_at_the_rate_of_the_day_is_the_gain_or_loss(
    traded: tuple[Books, Books], rate: str, worth: str, gain: str
) -> None:
    dollars, euros = traded
    value = converted(euros.balance("exchange"), "EUR", "USD", Decimal(rate)).amount
    assert dollars.shown(value) == worth
    assert dollars.shown(value + dollars.balance("exchange")) == gain


def test_a_gain_is_realised_when_sold_and_a_loss_when_the_rest_goes(
    traded: tuple[Books, Books],
) -> None:
    """Average cost 1.25. Sold so far 1,598.80 EUR, which cost 1,998.50 USD, for 2,080.00 USD.

    The gain is 81.50; what is left on the account, 3,001.50, is the cost of 2,401.20 EUR. They are
    sold at 1.20 for 2,881.44: a loss of 120.06. Over all 38.56 were lost.
    """
    dollars, euros = traded
    dollars.enter(
        may(31), "Realised gain", debit={"exchange": "81.50"}, credit={"exchange_gains": "81.50"}
    )
    assert dollars.balances("exchange") == {"exchange": "-3,001.50"}
    euros.exchange(date(2027, 6, 3), "cash", "2,401.20", into=dollars, rate="1.20")
    dollars.enter(
        date(2027, 6, 3),
        "Realised loss",
        debit={"exchange_losses": "120.06"},
        credit={"exchange": "120.06"},
    )
    assert dollars.t_account("exchange") == table("""
        debit         | credit
        (2)  5,000.00 | (3) 1,950.00
        (6)     81.50 | (5)   130.00
                      | (7) 2,881.44
                      | (8)   120.06
    """)
    assert dollars.trial_balance() == table("""
        account         |     debit |    credit
        cash            |  9,961.44 |
        capital         |           | 10,000.00
        exchange_gains  |           |     81.50
        exchange_losses |    120.06 |
        total           | 10,081.50 | 10,081.50
    """)
    # What is left in euros is Boris's, and is there.
    assert euros.trial_balance() == table("""
        account | debit | credit
        boris   |       |  98.80
        cash    | 98.80 |
        total   | 98.80 |  98.80
    """)


def test_what_rounding_gives_away_stays_on_the_exchange_wallets(books: Books, euros: Books) -> None:
    """Three times 0.10 USD at 0.85 are 0.255 EUR, but each is 0.085 and becomes 0.09.

    In euros we gave 0.27 for what is worth 0.255: the 0.015 are the rounding differences, kept to
    the last digit with each exchange.
    """
    books.enter(may(1), "Boris pays in", debit={"cash": "1"}, credit={"boris": "1"})
    made = [books.exchange(may(day), "boris", "0.10", into=euros, rate="0.85") for day in (2, 3, 4)]
    assert [one.difference for one in made] == [Decimal("0.5")] * 3  # in cents
    assert euros.t_account("exchange") == table("""
        debit        | credit
        (1)     0.09 |
        (2)     0.09 |
        (3)     0.09 |
        balance 0.27 |
    """)
    worth = converted(books.balance("exchange"), "USD", "EUR", Decimal("0.85"))
    assert worth.unrounded + euros.balance("exchange") == Decimal("-1.5")
