"""Worked examples, as in a textbook: the journal on the left, the books that follow from it.

Credit is written without a sign and debit with a minus, as the ledger stores them.
"""

from datetime import date
from decimal import Decimal

import pytest

from apps.accounts.models import User
from apps.common.money import plain_amount
from apps.wallets import checking, selectors
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.services import Entry
from apps.wallets.states import Role, TransactionKind
from project.testing.make import Make


class Books:
    """The books of a small office, kept by names instead of ids."""

    def __init__(self, currency: str, system: User, **people: Wallet) -> None:
        self.currency, self.system = currency, system
        self.accounts = people | {
            role.value: wallets.system_wallet(role, currency)
            for role in Role
            if role != Role.GENERAL
        }

    def journal(self, day: date, description: str, **amounts: str) -> wallets.Posted:
        """Post one line of the journal."""
        minor = 1 if self.currency == "JPY" else 100
        return wallets.post(
            TransactionKind.TRANSFER,
            [
                Entry(self.accounts[name].pk, int(Decimal(amount) * minor))
                for name, amount in amounts.items()
            ],
            actor=self.system,
            key=f"{day}: {description}",
            description=description,
            effective_on=day,
        )

    def balances(self, *names: str, as_of: date | None = None) -> dict[str, str]:
        """Return what is on these accounts."""
        return {
            name: plain_amount(
                selectors.balance_of(self.accounts[name], as_of=as_of), self.currency
            )
            for name in names
        }

    def trial_balance(self, as_of: date | None = None) -> list[tuple[str, str, str]]:
        """Return account, debit and credit of every account that is not zero."""
        return [
            (
                line.role or "people",
                plain_amount(line.debit, self.currency) if line.debit else "",
                plain_amount(line.credit, self.currency) if line.credit else "",
            )
            for line in selectors.trial_balance(self.currency, as_of)
            if line.balance
        ]


@pytest.fixture
def books(make: Make, system: User, boris: User, lena: User) -> Books:
    return Books("USD", system, boris=make.wallet(boris), lena=make.wallet(lena))


def test_a_camera_is_rented_returned_late_and_damaged(books: Books) -> None:
    """Fee 30.00 of which the house keeps 20 %, deposit 50.00, late fee 10.00, damage 15.00."""
    books.journal(date(2027, 3, 1), "Boris pays in by bank transfer", cash="-100", boris="100")
    books.journal(date(2027, 3, 2), "Hand-over: fee and deposit", boris="-80", escrow="80")
    books.journal(
        date(2027, 3, 9),
        "Settlement",
        escrow="-80",
        lena="39",  # 30.00 less 6.00 commission, and 15.00 for the damage
        commission="6",
        late_fees="10",
        boris="25",  # 50.00 less 10.00 and 15.00
    )
    books.journal(date(2027, 3, 10), "Lena is paid out", lena="-39", cash="39")

    assert books.trial_balance() == [
        ("people", "", "45.00"),
        ("cash", "61.00", ""),
        ("commission", "", "6.00"),
        ("late_fees", "", "10.00"),
    ]
    assert books.balances("boris", "lena", "escrow") == {
        "boris": "45.00",
        "lena": "0.00",
        "escrow": "0.00",
    }
    assert checking.check().ok


def test_what_a_borrower_cannot_pay_is_a_receivable_until_it_is_written_off(books: Books) -> None:
    books.journal(date(2027, 3, 1), "Boris pays in", cash="-50", boris="50")
    books.journal(date(2027, 3, 2), "Deposit", boris="-50", escrow="50")
    books.journal(
        date(2027, 3, 9),
        "Damage of 120.00, deposit of 50.00",
        escrow="-50",
        receivables="-70",
        lena="120",
    )
    books.journal(date(2027, 4, 9), "Half of it is paid", cash="-35", receivables="35")
    books.journal(date(2027, 6, 9), "The rest is lost", receivables="35", write_offs="-35")

    assert books.trial_balance() == [
        ("people", "", "120.00"),
        ("cash", "85.00", ""),
        ("write_offs", "35.00", ""),
    ]


def test_the_books_of_a_day_stay_as_they_were_when_something_is_posted_later(books: Books) -> None:
    books.journal(date(2027, 1, 31), "January", cash="-100", boris="100")
    books.journal(date(2027, 2, 5), "February", boris="-30", lena="30")
    books.journal(date(2027, 2, 1), "Early February, posted late", boris="-1", lena="1")

    assert books.trial_balance(date(2027, 1, 30)) == []
    assert books.balances("boris", "lena", as_of=date(2027, 1, 31)) == {
        "boris": "100.00",
        "lena": "0.00",
    }
    assert books.balances("boris", "lena", as_of=date(2027, 2, 1)) == {
        "boris": "99.00",
        "lena": "1.00",
    }
    assert books.balances("boris", "lena", as_of=date(2027, 2, 5)) == {
        "boris": "69.00",
        "lena": "31.00",
    }
    # A statement runs in the order of posting; its balances never change again.
    statement = selectors.statement_entries(books.accounts["boris"])
    assert [(e.transaction.description, e.amount, e.balance, e.position) for e in statement] == [
        ("January", 10000, 10000, 1),
        ("February", -3000, 7000, 2),
        ("Early February, posted late", -100, 6900, 3),
    ]
    february = (date(2027, 2, 1), date(2027, 2, 28))
    shown = selectors.statement_entries(books.accounts["boris"], *february)
    assert [(e.position, e.debit, e.credit) for e in shown] == [(2, 3000, 0), (3, 100, 0)]


def test_money_is_exchanged_with_zero_in_each_currency(
    make: Make, system: User, boris: User
) -> None:
    dollars = Books("USD", system, boris=make.wallet(boris))
    yen = Books("JPY", system, boris=make.wallet(boris, currency="JPY"))
    dollars.journal(date(2027, 5, 1), "Boris pays in", cash="-100", boris="100")
    wallets.post(
        TransactionKind.TRANSFER,
        [
            Entry(dollars.accounts["boris"].pk, -10000),
            Entry(dollars.accounts["suspense"].pk, 10000),
            Entry(yen.accounts["suspense"].pk, -15234),
            Entry(yen.accounts["boris"].pk, 15234),
        ],
        actor=system,
        key="exchange",
        description="100.00 US dollars at 152.34",
    )
    assert dollars.trial_balance() == [("cash", "100.00", ""), ("suspense", "", "100.00")]
    assert yen.trial_balance() == [("people", "", "15234"), ("suspense", "15234", "")]
    assert {line.currency for line in selectors.trial_balance() if line.balance} == {"USD", "JPY"}
