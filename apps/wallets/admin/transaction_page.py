"""What the page of one transaction shows."""

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from apps.wallets.admin.exchanging import exchange_of
from apps.wallets.admin.linking import link_of
from apps.wallets.models import LedgerTransaction
from apps.wallets.states import TransactionKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest

    from apps.wallets.models import LedgerEntry


def reversal_of(row: LedgerTransaction) -> LedgerTransaction | None:
    """Return the transaction that takes this one back, if there is one."""
    return LedgerTransaction.objects.filter(reverses=row).first()


def is_reversible(row: LedgerTransaction) -> bool:
    """Return whether it is a deed of its own that stands."""
    return row.kind != TransactionKind.REVERSAL and reversal_of(row) is None


def content_of(row: LedgerTransaction, request: "HttpRequest") -> dict[str, Any]:
    """Return what the template prints."""
    entries = list(row.entries.select_related("wallet__owner").order_by("line"))
    return {
        "row": row,
        "about": link_of(row.about, request),
        "hold": link_of(row.hold, request),
        "reverses": link_of(row.reverses, request),
        "reversed_by": link_of(reversal_of(row), request),
        "entries": [(entry, link_of(entry.wallet, request)) for entry in entries],
        "has_unplaced": any(entry.position is None for entry in entries),
        "totals": _totals(entries),
        "exchange": exchange_of(row),
        "days_apart": (timezone.localdate(row.posted_at) - row.effective_on).days,
    }


def _totals(entries: "Iterable[LedgerEntry]") -> list[tuple[str, int, int]]:
    """Return the sums of debits and credits by currency."""
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for entry in entries:
        sums[entry.currency][0] += entry.debit
        sums[entry.currency][1] += entry.credit
    return [(currency, debit, credit) for currency, (debit, credit) in sorted(sums.items())]
