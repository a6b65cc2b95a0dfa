"""The chart of accounts with its balances: by currency and class, debits beside credits."""

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from django.db import connection

from apps.wallets.models import Wallet
from apps.wallets.states import AccountClass, Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

_CLASSES = list(AccountClass)
_ROLES = ["", *Role.values]

_COMPUTED = "ledger_balances_on(%(day)s)"
_KEPT = """(
    SELECT wallet_id, balance FROM ledger_period_balances
    WHERE period_id = %(period)s AND closing = %(closing)s
)"""
# Each account of the chart, and all people's wallets of a currency as one.
_BALANCES = """
    SELECT CASE WHEN w.owner_id IS NULL THEN w.id END, w.currency,
        coalesce(sum(b.balance), 0)::bigint
    FROM wallets w LEFT JOIN {balances} b ON b.wallet_id = w.id
    GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Account:
    """A line of the chart: one account, or all people's wallets of a currency together."""

    currency: str
    balance: int
    """In minor units; credit is positive."""
    wallet: Wallet | None = None
    """The account; None for people's wallets."""

    @property
    def account_class(self) -> AccountClass:
        """The class; what we owe people is a liability."""
        return self.wallet.account_class if self.wallet else AccountClass.LIABILITY

    @property
    def debit(self) -> int:
        """The balance when it is a debit, as a positive figure; else 0."""
        return max(-self.balance, 0)

    @property
    def credit(self) -> int:
        """The balance when it is a credit; else 0."""
        return max(self.balance, 0)

    @property
    def place(self) -> tuple[str, int, int, str]:
        """Where the line stands: currency, class, place in the chart, name."""
        wallet = self.wallet
        role, name = (wallet.role, wallet.name) if wallet else ("", "")
        return self.currency, _CLASSES.index(self.account_class), _ROLES.index(role), name


@dataclass(frozen=True)
class Group:
    """The accounts of one class, with the sums of both sides."""

    account_class: AccountClass
    accounts: "Sequence[Account]"
    debit: int
    credit: int


@dataclass(frozen=True)
class Sheet:
    """The chart of one currency; debits and credits are equal when the books are right."""

    currency: str
    groups: "Sequence[Group]"
    debit: int
    credit: int

    @property
    def is_empty(self) -> bool:
        """Return whether no account has a balance."""
        return not (self.debit or self.credit)

    @property
    def difference(self) -> int:
        """Return what the two sides differ by; 0 in right books."""
        return abs(self.debit - self.credit)


def chart_of_accounts(
    as_of: "date | None" = None, *, kept: tuple[int, int] | None = None
) -> list[Sheet]:
    """Return the balances now, or by the end of the effective day `as_of`, of each currency.

    `kept` names a period and which of its closings: what the books said then, whatever happened
    since. Currencies in which nothing has a balance come last.
    """
    accounts = sorted(_accounts(as_of, kept), key=lambda line: line.place)
    sheets = [
        _sheet(currency, list(lines))
        for currency, lines in groupby(accounts, key=lambda line: line.currency)
    ]
    return sorted(sheets, key=lambda sheet: sheet.is_empty)


def _accounts(as_of: "date | None", kept: tuple[int, int] | None) -> "Iterator[Account]":
    chart = Wallet.objects.of_the_system().in_bulk()
    period, closing = kept or (None, None)
    asked = {"day": as_of, "period": period, "closing": closing}
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES.format(balances=_KEPT if kept else _COMPUTED), asked)
        rows = cursor.fetchall()
    for number, currency, balance in rows:
        yield Account(currency, int(balance), chart[number] if number else None)


def _sheet(currency: str, accounts: "Sequence[Account]") -> Sheet:
    groups = []
    for account_class, lines in groupby(accounts, key=lambda line: line.account_class):
        group = list(lines)
        debit, credit = sum(one.debit for one in group), sum(one.credit for one in group)
        groups.append(Group(account_class, group, debit, credit))
    return Sheet(
        currency,
        groups,
        debit=sum(group.debit for group in groups),
        credit=sum(group.credit for group in groups),
    )
