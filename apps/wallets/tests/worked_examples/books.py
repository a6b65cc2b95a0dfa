"""The books of a small office as a textbook keeps them: by names, in debit and credit.

    books.enter(date(2027, 3, 1), "Rent", debit={"rent": "900"}, credit={"cash": "900"})

Every entry of the journal has a number, and a T-account names its figures by it: `(1) 900.00`.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import zip_longest

from apps.accounts.models import User
from apps.common.money import plain_amount
from apps.wallets import selectors
from apps.wallets import services as wallets
from apps.wallets.models import Exchange, LedgerEntry, Wallet
from apps.wallets.services import Entry, Terms
from apps.wallets.states import CHART, AccountClass, ExchangeSide, Role, TransactionKind

type Table = list[tuple[str, ...]]


class Books:
    """The accounts of one currency by name: those of the chart, of people, and general ones."""

    def __init__(
        self,
        currency: str,
        actor: User,
        people: Mapping[str, Wallet] | None = None,
        general: Mapping[str, AccountClass] | None = None,
    ) -> None:
        self.currency, self.actor = currency, actor
        self.accounts = dict(people or {})
        for role, _label in CHART:
            self.accounts[role] = wallets.system_wallet(Role(role), currency)
        for name, kind in (general or {}).items():
            self.accounts[name] = Wallet.objects.create(
                number=f"{currency}-{name.upper()}",
                role=Role.GENERAL,
                title=name.capitalize(),
                general_class=kind,
                currency=currency,
            )
        self.numbers: dict[int, int] = {}

    def enter(
        self, day: date, text: str, *, debit: Mapping[str, str], credit: Mapping[str, str]
    ) -> int:
        """Post one entry of the journal and return its number."""
        sides = ((debit, -1), (credit, 1))
        posted = wallets.post(
            TransactionKind.TRANSFER,
            [
                Entry(self.accounts[name].pk, sign * self.minor(amount))
                for side, sign in sides
                for name, amount in side.items()
            ],
            actor=self.actor,
            key=f"{self.currency} {len(self.numbers) + 1}: {day}: {text}",
            description=text,
            effective_on=day,
        )
        return self.numbered(posted.transaction_id)

    def reverse(self, number: int, reason: str) -> int:
        """Reverse the entry with that number, and return the number of the reversal."""
        original = next(pk for pk, one in self.numbers.items() if one == number)
        return self.numbered(
            wallets.reverse(original, actor=self.actor, reason=reason).transaction_id
        )

    def exchange(
        self, day: date, account: str, amount: str, *, into: "Books", rate: str
    ) -> Exchange:
        """Exchange an amount of one account into the account of the same name in other books."""
        made = wallets.exchange(
            Terms(
                self.accounts[account].pk,
                into.accounts[account].pk,
                self.minor(amount),
                rate,
                ExchangeSide.SOLD,
            ),
            actor=self.actor,
            key=f"exchange {day}: {account}",
            reason="As in the example",
            effective_on=day,
        )
        self.numbered(made.transaction_id)
        into.numbered(made.transaction_id)
        return made

    def numbered(self, transaction_id: int) -> int:
        """Give the transaction the next number of this journal."""
        return self.numbers.setdefault(transaction_id, len(self.numbers) + 1)

    def minor(self, amount: str) -> int:
        """Return the minor units of an amount such as `1,250.00`."""
        decimals = {"JPY": 0, "USD": 2, "EUR": 2}[self.currency]
        return int(Decimal(amount.replace(",", "")).scaleb(decimals))

    def balance(self, name: str, as_of: date | None = None) -> int:
        """Return what is on the account; credit is positive."""
        return selectors.balance_of(self.accounts[name], as_of=as_of)

    def balances(self, *names: str, as_of: date | None = None) -> dict[str, str]:
        """Return what is on these accounts, a debit with a minus."""
        return {name: self.shown(self.balance(name, as_of)) for name in names}

    def shown(self, amount: int) -> str:
        """Return an amount with thousands: `1,250.00`."""
        return f"{Decimal(plain_amount(amount, self.currency)):,f}"

    def trial_balance(self, as_of: date | None = None) -> Table:
        """Return account, debit and credit of every account that is not zero, and both totals."""
        rows: Table = [("account", "debit", "credit")]
        totals = [0, 0]
        for name in self.accounts:
            balance = self.balance(name, as_of)
            if balance:
                totals[balance > 0] += abs(balance)
                figure = self.shown(abs(balance))
                rows.append((name, figure, "") if balance < 0 else (name, "", figure))
        # What the office's own trial balance says, which knows no names.
        own = selectors.trial_balance(self.currency, as_of)
        assert sum(line.balance for line in own) == 0
        return [*rows, ("total", *map(self.shown, totals))]

    def t_account(self, name: str) -> Table:
        """Return the account as a T: debits left, credits right, the balance below."""
        entries = LedgerEntry.objects.filter(wallet=self.accounts[name])
        figures = [
            (self.numbers[entry.transaction_id], entry.amount)
            for entry in entries.order_by("transaction_id", "line")
        ]
        on_the_left, on_the_right = (
            [f"({n}) {self.shown(abs(amount))}" for n, amount in figures if amount * sign > 0]
            for sign in (-1, 1)
        )
        rows: Table = [("debit", "credit"), *zip_longest(on_the_left, on_the_right, fillvalue="")]
        balance = sum(amount for _number, amount in figures)
        last = f"balance {self.shown(abs(balance))}"
        return [*rows, (last, "") if balance < 0 else ("", last)] if balance else rows


def table(text: str) -> Table:
    """Read a table that was drawn with bars."""
    lines = [line for line in text.strip().splitlines() if line.strip(" -+|")]
    return [tuple(" ".join(cell.split()) for cell in line.split("|")) for line in lines]
