"""What the page of one transaction shows."""

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from apps.wallets.admin.entries_page import entries_page
from apps.wallets.admin.exchanging import exchange_of
from apps.wallets.admin.linking import link_of
from apps.wallets.models import LedgerTransaction
from apps.wallets.states import TransactionKind

if TYPE_CHECKING:
    from django.http import HttpRequest


def reversal_of(row: LedgerTransaction) -> LedgerTransaction | None:
    """Return the transaction that takes this one back, if there is one."""
    return LedgerTransaction.objects.filter(reverses=row).first()


def is_reversible(row: LedgerTransaction) -> bool:
    """Return whether it is a deed of its own that stands."""
    return row.kind != TransactionKind.REVERSAL and reversal_of(row) is None


def content_of(row: LedgerTransaction, request: "HttpRequest") -> dict[str, Any]:
    """Return what the template prints."""
    page = entries_page(row, request)
    return {
        "row": row,
        "about": link_of(row.about, request),
        "hold": link_of(row.hold, request),
        "reverses": link_of(row.reverses, request),
        "reversed_by": link_of(reversal_of(row), request),
        "page": page,
        "has_unplaced": any(entry.position is None for entry, _wallet in page.entries),
        "exchange": exchange_of(row),
        "days_apart": (timezone.localdate(row.posted_at) - row.effective_on).days,
    }
