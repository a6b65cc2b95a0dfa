"""The figures of a journal that pages show without reading the file again."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from apps.wallets.importing.journal import ForeignAccount, Journal


@dataclass(frozen=True)
class AccountSum:
    """What the file posts on one of its accounts, in minor units."""

    name: str
    currency: str
    entry_count: int
    debit: int
    credit: int

    @property
    def account(self) -> ForeignAccount:
        """The account."""
        return ForeignAccount(self.name, self.currency)


@dataclass(frozen=True)
class Summary:
    """How much there is in a file, of which days, and on which accounts, by their names."""

    transaction_count: int
    first_day: str
    last_day: str
    accounts: tuple[AccountSum, ...]

    @property
    def entry_count(self) -> int:
        """The number of entries."""
        return sum(account.entry_count for account in self.accounts)

    @property
    def currencies(self) -> list[str]:
        """The currencies, in order."""
        return sorted({account.currency for account in self.accounts})

    def total(self, currency: str) -> int:
        """Return what is debited in a currency, which equals what is credited."""
        return sum(one.debit for one in self.accounts if one.currency == currency)

    def as_json(self) -> dict[str, Any]:
        """Return what the row keeps."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """Return what a row has kept."""
        accounts = tuple(AccountSum(**account) for account in kept["accounts"])
        return cls(**{**kept, "accounts": accounts})


def summed(journal: Journal) -> Summary:
    """Return the figures of a journal."""
    counts = [0] * len(journal.accounts)
    debits, credits_ = counts.copy(), counts.copy()
    for transaction in journal.transactions:
        for account, amount in transaction.entries:
            counts[account] += 1
            if amount < 0:
                debits[account] -= amount
            else:
                credits_[account] += amount
    days = [transaction.day for transaction in journal.transactions]
    sums = zip(journal.accounts, counts, debits, credits_, strict=True)
    return Summary(
        transaction_count=len(journal.transactions),
        first_day=min(days).isoformat(),
        last_day=max(days).isoformat(),
        accounts=tuple(
            sorted(
                (AccountSum(*account, *figures) for account, *figures in sums),
                key=lambda one: one.account,
            )
        ),
    )
