"""What a statement is read from: a wallet's entries, page by page, and the balance after each.

Without days they come by position, the order of posting, with the balances that they carry. With
days they come by effective day, and each balance counts what is effective by then.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db.models import Subquery, Sum, Window

from apps.common.keyset import Walk
from apps.wallets import selectors
from apps.wallets.models import LedgerEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from apps.wallets.models import Wallet

# More entries than a roll-up ever leaves waiting while its job runs.
MOST_WAITING = 200


@dataclass(frozen=True)
class Line:
    """One entry, and the balance after it in the order of the page; None when nobody knows yet."""

    entry: LedgerEntry
    balance: int | None


def walk_of(wallet: "Wallet", since: date | None, until: date | None) -> Walk[LedgerEntry]:
    """Return how to read the entries that have their place, of these days, both inclusive."""
    entries = LedgerEntry.objects.filter(wallet=wallet, position__isnull=False)
    entries = _on_days(entries.select_related("transaction"), since, until)
    return Walk(entries, ("effective_on", "position") if since or until else ("position",))


def by_position(entries: "Sequence[LedgerEntry]") -> list[Line]:
    """Return the lines with the balances that the entries carry."""
    return [Line(entry, entry.balance) for entry in entries]


def by_day(wallet: "Wallet", entries: "Sequence[LedgerEntry]") -> list[Line]:
    """Return the lines with balances that count what is effective by then, from the top down."""
    if not entries:
        return []
    top = entries[0]
    of_the_day = LedgerEntry.objects.filter(
        wallet=wallet, effective_on=top.effective_on, position__lte=top.position
    )
    before = selectors.balance_of(wallet, as_of=top.effective_on - timedelta(days=1))
    balance = before + (of_the_day.aggregate(total=Sum("amount"))["total"] or 0)
    lines = []
    for entry in entries:
        lines.append(Line(entry, balance))
        balance -= entry.amount
    return lines


def waiting_lines(wallet: "Wallet", since: date | None, until: date | None) -> list[Line]:
    """Return the newest entries that wait for their position, with the balance after each."""
    entries = LedgerEntry.objects.filter(wallet=wallet)
    placed = entries.filter(position__isnull=False).order_by("-position").values("balance")[:1]
    # One statement, so that an entry that is placed meanwhile is counted once.
    waiting = entries.filter(position__isnull=True).annotate(
        running=Window(Sum("amount"), order_by="id"), placed=Subquery(placed)
    )
    found = waiting.select_related("transaction").order_by("-id")[:MOST_WAITING]
    lines = [Line(entry, entry.running + (entry.placed or 0)) for entry in found]
    if not (since or until):
        return lines
    first, last = since or date.min, until or date.max
    return [Line(line.entry, None) for line in lines if first <= line.entry.effective_on <= last]


def _on_days(
    entries: "QuerySet[LedgerEntry]", since: date | None, until: date | None
) -> "QuerySet[LedgerEntry]":
    if since:
        entries = entries.filter(effective_on__gte=since)
    return entries.filter(effective_on__lte=until) if until else entries
