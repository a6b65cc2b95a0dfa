"""What of the journal is exported: effective days, perhaps one currency; names of accounts."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from apps.wallets.account_names import PEOPLE, names_of
from apps.wallets.models import Wallet

_FROM = """
  FROM ledger_transactions AS t
  JOIN ledger_entries AS e ON e.transaction_id = t.id
  JOIN wallets AS w ON w.id = e.wallet_id
  LEFT JOIN unnest(%(wallets)s::bigint[], %(names)s::text[]) AS named (id, name) ON named.id = w.id
 WHERE (%(from)s::date IS NULL OR t.effective_on >= %(from)s::date)
   AND (%(until)s::date IS NULL OR t.effective_on <= %(until)s::date)
   AND (%(currency)s::text IS NULL OR e.currency = %(currency)s::text)
"""
NAME = f"coalesce(named.name, '{PEOPLE}' || w.number)"


@dataclass(frozen=True)
class Selection:
    """Effective days, both inclusive, and a currency; whatever is left out does not narrow."""

    from_: date | None = None
    until: date | None = None
    currency: str = ""

    def as_json(self) -> dict[str, str]:
        """Return what an audit event keeps."""
        return {
            "from": self.from_.isoformat() if self.from_ else "",
            "until": self.until.isoformat() if self.until else "",
            "currency": self.currency,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, str]) -> "Selection":
        """Return what `as_json` has written."""
        return cls(
            from_=date.fromisoformat(kept["from"]) if kept["from"] else None,
            until=date.fromisoformat(kept["until"]) if kept["until"] else None,
            currency=kept["currency"],
        )

    def query(self, columns: str, rest: str) -> tuple[str, dict[str, Any]]:
        """Return SQL over transactions `t`, entries `e`, wallets `w` and `NAME`; its parameters."""
        names = names_of(Wallet.objects.of_the_system())
        parameters = {
            "wallets": list(names),
            "names": list(names.values()),
            "from": self.from_,
            "until": self.until,
            "currency": self.currency or None,
        }
        return f"SELECT {columns} {_FROM} {rest}", parameters

    def rows(self, columns: str, rest: str) -> list[tuple[Any, ...]]:
        """Return all rows of an answer that is short."""
        with connection.cursor() as cursor:
            cursor.execute(*self.query(columns, rest))
            return list(cursor.fetchall())


@contextmanager
def copied(sql: str, parameters: dict[str, Any], options: str) -> Iterator[Any]:
    """Give the rows of a query as the database writes them, one buffer at a time."""
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY ({sql}) TO STDOUT WITH ({options})", parameters) as copy,
    ):
        yield copy
