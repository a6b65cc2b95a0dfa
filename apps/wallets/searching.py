"""How the journal is searched: which index leads to the rows, and what is looked at on the way.

A wallet leads through its positions, days through the index on effective days, a subject through
its own; without any of them the journal is read from its end. Kind, person, amount and reversal
have no index, because each index costs every posting; they are looked at one stretch at a time.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import OuterRef, Q, Subquery
from django.db.models.lookups import IsNull

from apps.common.keyset import Walk
from apps.wallets.models import LedgerEntry, LedgerTransaction

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from apps.wallets.models import Wallet

# A row says when its database transaction began, its number when it was written. No posting
# takes longer than this in between, so a moment tells the numbers to look at.
_SLACK = timedelta(hours=1)
_STRETCH = 100_000
# Looking into other tables costs more for each row.
_SHORT_STRETCH = 20_000

# The first number whose row began at or after a moment, by halving; one look-up for each step.
_HALVING = """
    WITH RECURSIVE halving (low, high) AS (
        SELECT min({number}), max({number}) + 1 FROM {numbers}
        UNION ALL
        SELECT CASE WHEN probe.is_later THEN low ELSE middle + 1 END,
            CASE WHEN probe.is_later THEN middle ELSE high END
        FROM halving, LATERAL (SELECT (low + high) / 2 AS middle) half, LATERAL (
            SELECT t.posted_at >= %(moment)s AS is_later FROM {rows}
            WHERE {number} >= middle ORDER BY {number} LIMIT 1
        ) probe
        WHERE low < high
    )
    SELECT low FROM halving WHERE low >= high
"""
_BY_NUMBER = _HALVING.format(
    number="t.id", numbers="ledger_transactions t", rows="ledger_transactions t"
)
_OF_WALLET = (
    "(SELECT position, transaction_id FROM ledger_entries"
    " WHERE wallet_id = %(wallet)s AND position IS NOT NULL) e"
)
_BY_POSITION = _HALVING.format(
    number="e.position",
    numbers=_OF_WALLET,
    rows=f"{_OF_WALLET} JOIN ledger_transactions t ON t.id = e.transaction_id",
)


@dataclass(frozen=True)
class Search:
    """What somebody looks for in the journal; everything given must fit."""

    wallet: "Wallet | None" = None
    about: tuple[int, int] | None = None
    """Content type and id of what the money was about."""
    first_day: date | None = None
    last_day: date | None = None
    """Effective days, both inclusive."""
    posted_from: datetime | None = None
    posted_until: datetime | None = None
    kind: str = ""
    actor_id: int | None = None
    amounts: tuple[int, int] | None = None
    """Least and most of an entry on either side, in minor units of `currency`."""
    currency: str = ""
    state: str = ""
    """`reversed`, `reversal`, or `standing` for neither."""

    def walk(self) -> "Walk[LedgerEntry] | Walk[LedgerTransaction]":
        """Return how to read what fits: entries when a wallet leads to it, else transactions."""
        return self._through_wallet(self.wallet) if self.wallet else self._through_journal()

    def waiting(self) -> "QuerySet[LedgerEntry] | None":
        """Return what fits and waits for its position, which the walk through a wallet leaves out.

        Only accounts of the chart have such entries, those of the last seconds.
        """
        if self.wallet is None:
            return None
        entries = self._on_days(self._entries_of(self.wallet).filter(position__isnull=True))
        return entries.filter(*self._tests_of_entries()).order_by("-id")

    def _entries_of(self, wallet: "Wallet") -> "QuerySet[LedgerEntry]":
        entries = LedgerEntry.objects.filter(wallet=wallet)
        return entries.select_related("transaction__actor", "transaction__reverses")

    def _tests_of_entries(self) -> list[Q]:
        tests = self._tests("transaction__")
        if self.amounts:
            tests.append(_between(*self.amounts))
        if self.about:
            tests.append(_about("transaction__", self.about))
        return tests

    def _through_wallet(self, wallet: "Wallet") -> Walk[LedgerEntry]:
        entries = self._entries_of(wallet).filter(position__isnull=False)
        tests = self._tests_of_entries()
        key: tuple[str, ...] = ("position",)
        if self._has_days:
            entries, key = self._on_days(entries), ("effective_on", "position")
        else:
            first, end = self._numbers(_BY_POSITION, wallet=wallet.pk)
            entries = _within(entries, "position", first, end)
        return Walk(entries, key, tuple(tests), _SHORT_STRETCH if tests else _STRETCH)

    def _through_journal(self) -> Walk[LedgerTransaction]:
        rows: QuerySet[LedgerTransaction] = LedgerTransaction.objects.select_related(
            "actor", "reverses"
        )
        tests = self._tests("")
        has_entries_test = bool(self.amounts or self.currency)
        if has_entries_test:
            tests.append(_has(self._entries_of_row()))
        key: tuple[str, ...] = ("pk",)
        if self.about:
            rows = self._on_days(rows.filter(_about("", self.about)))
        elif self._has_days:
            rows, key = self._on_days(rows), ("effective_on", "pk")
        else:
            first, end = self._numbers(_BY_NUMBER)
            rows = _within(rows, "pk", first, end)
        is_dear = has_entries_test or bool(self.state)
        return Walk(rows, key, tuple(tests), _SHORT_STRETCH if is_dear else _STRETCH)

    @property
    def _has_days(self) -> bool:
        return bool(self.first_day or self.last_day)

    def _on_days[Row: (LedgerEntry, LedgerTransaction)](
        self, rows: "QuerySet[Row]"
    ) -> "QuerySet[Row]":
        if self.first_day:
            rows = rows.filter(effective_on__gte=self.first_day)
        return rows.filter(effective_on__lte=self.last_day) if self.last_day else rows

    def _numbers(self, halving: str, **facts: int) -> tuple[int | None, int | None]:
        """Return the first number and the end of those that the moments leave; None for open."""

        def numbered(moment: datetime) -> int | None:
            with connection.cursor() as cursor:
                cursor.execute(halving, {**facts, "moment": moment})
                row = cursor.fetchone()
            return int(row[0]) if row else None

        first = numbered(self.posted_from - _SLACK) if self.posted_from else None
        end = numbered(self.posted_until + _SLACK) if self.posted_until else None
        return first, end

    def _tests(self, prefix: str) -> list[Q]:
        tests = []
        if self.kind:
            tests.append(Q(**{f"{prefix}kind": self.kind}))
        if self.actor_id:
            tests.append(Q(**{f"{prefix}actor_id": self.actor_id}))
        if self.posted_from:
            tests.append(Q(**{f"{prefix}posted_at__gte": self.posted_from}))
        if self.posted_until:
            tests.append(Q(**{f"{prefix}posted_at__lte": self.posted_until}))
        if self.state:
            tests.append(self._state(prefix))
        return tests

    def _state(self, prefix: str) -> Q:
        is_reversal = Q(**{f"{prefix}reverses__isnull": False})
        if self.state == "reversal":
            return is_reversal
        number = OuterRef(f"{prefix}pk")
        is_reversed = _has(LedgerTransaction.objects.filter(reverses=number))
        return is_reversed if self.state == "reversed" else ~is_reversed & ~is_reversal

    def _entries_of_row(self) -> "QuerySet[LedgerEntry]":
        entries = LedgerEntry.objects.filter(transaction=OuterRef("pk"))
        if self.currency:
            entries = entries.filter(currency=self.currency)
        return entries.filter(_between(*self.amounts)) if self.amounts else entries


def _has(rows: "QuerySet[LedgerEntry] | QuerySet[LedgerTransaction]") -> Q:
    """Return whether there is such a row, looked up for each row of the stretch.

    EXISTS could become a join that reads the whole of the other table.
    """
    return Q(IsNull(Subquery(rows.values("pk")[:1]), False))  # noqa: FBT003  (Django's own form)


def _between(least: int, most: int) -> Q:
    return Q(amount__range=(least, most)) | Q(amount__range=(-most, -least))


def _about(prefix: str, about: tuple[int, int]) -> Q:
    return Q(**{f"{prefix}about_type_id": about[0], f"{prefix}about_id": about[1]})


def _within[Row: (LedgerEntry, LedgerTransaction)](
    rows: "QuerySet[Row]", number: str, first: int | None, end: int | None
) -> "QuerySet[Row]":
    if first is not None:
        rows = rows.filter(**{f"{number}__gte": first})
    return rows.filter(**{f"{number}__lt": end}) if end is not None else rows
