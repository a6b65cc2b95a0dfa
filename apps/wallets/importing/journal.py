"""A journal as a file tells it, in our words: credit is positive, amounts are minor units."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple


class ForeignAccount(NamedTuple):
    """An account of the file, which may have several currencies: each is one of these."""

    name: str
    currency: str


@dataclass(slots=True)
class ForeignTransaction:
    """A transaction of the file; an entry is the index of its account, and its amount."""

    id: str
    line: int
    day: date
    description: str
    entries: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Journal:
    """The transactions in the order in which the file begins them, and their accounts."""

    transactions: list[ForeignTransaction]
    accounts: list[ForeignAccount]

    @property
    def digest(self) -> str:
        """The SHA-256 of what the journal says.

        It is the same whatever the separators, the line ends, the order of the rows and the way
        to write an amount are, so that no file goes in a second time under another appearance.
        """
        digest = hashlib.sha256()
        for transaction in sorted(self.transactions, key=lambda one: one.id):
            entries = sorted(
                (*self.accounts[account], amount) for account, amount in transaction.entries
            )
            facts = [transaction.id, transaction.day.isoformat(), transaction.description, entries]
            digest.update(json.dumps(facts).encode())
        return digest.hexdigest()
