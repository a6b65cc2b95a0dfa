"""The entries of one transaction, a page at a time: a batch of adjustments has thousands."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q, Sum

from apps.wallets.admin.linking import Link, link_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from apps.wallets.models import LedgerEntry, LedgerTransaction

ROWS = 200
# More digits than any line has.
_LONGEST = 9


@dataclass(frozen=True)
class EntriesPage:
    """Some entries of a transaction, and the totals of all of them."""

    entries: "Sequence[tuple[LedgerEntry, Link | None]]"
    totals: "Sequence[tuple[str, int, int]]"
    """Currency, debit and credit."""
    is_first: bool
    next: int | None


def entries_page(row: "LedgerTransaction", request: "HttpRequest") -> EntriesPage:
    """Return the entries after the line `after`."""
    text = request.GET.get("after", "")
    after = int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST else 0
    entries = row.entries.filter(line__gt=after).select_related("wallet__owner").order_by("line")
    found = list(entries[: ROWS + 1])
    shown = found[:ROWS]
    return EntriesPage(
        entries=[(entry, link_of(entry.wallet, request)) for entry in shown],
        totals=_totals(row),
        is_first=after == 0,
        next=shown[-1].line if len(found) > ROWS else None,
    )


def _totals(row: "LedgerTransaction") -> list[tuple[str, int, int]]:
    sums = row.entries.values("currency").order_by("currency")
    found = sums.annotate(
        debits=Sum("amount", filter=Q(amount__lt=0)), credits=Sum("amount", filter=Q(amount__gt=0))
    )
    return [(one["currency"], -int(one["debits"] or 0), int(one["credits"] or 0)) for one in found]
