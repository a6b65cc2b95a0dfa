"""What the page of one adjustment shows, and what can be done on it now."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.approvals import selectors as approvals
from apps.approvals.progress import progress_of
from apps.wallets.admin.linking import link_of
from apps.wallets.states import AdjustmentStatus

if TYPE_CHECKING:
    from django.http import HttpRequest

    from apps.wallets.models import Adjustment

VARIANTS: dict[str, str] = {
    AdjustmentStatus.DRAFT: "default",
    AdjustmentStatus.PENDING: "warning",
    AdjustmentStatus.APPROVED: "success",
    AdjustmentStatus.REJECTED: "danger",
    AdjustmentStatus.WITHDRAWN: "default",
    AdjustmentStatus.EXPIRED: "default",
}


@dataclass(frozen=True)
class Balance:
    """What an adjustment does to its wallet."""

    before: int
    after: int
    is_posted: bool
    missing: int
    """By how much the wallet would fall below its floor; 0 when it does not."""


def balance_of(adjustment: "Adjustment") -> Balance | None:
    """Return the balance before and after, as posted or as it would be now; None when it ended."""
    wallet, change = adjustment.wallet, adjustment.signed_amount
    if adjustment.transaction is not None:
        entry = adjustment.transaction.entries.get(wallet=wallet)
        assert entry.balance is not None, "what a person's wallet takes has its place at once"
        return Balance(entry.balance - entry.amount, entry.balance, is_posted=True, missing=0)
    if adjustment.status not in {AdjustmentStatus.DRAFT, AdjustmentStatus.PENDING}:
        return None
    rest = wallet.available + change
    missing = max(wallet.floor - rest, 0) if wallet.floor is not None and change < 0 else 0
    return Balance(wallet.posted, wallet.posted + change, is_posted=False, missing=missing)


def content_of(adjustment: "Adjustment", request: "HttpRequest") -> dict[str, Any]:
    """Return what the templates of the page print."""
    asked = list(approvals.requests_about(adjustment).select_related("requester", "role"))
    last = asked[-1] if asked else None
    return {
        "adjustment": adjustment,
        "variant": VARIANTS[AdjustmentStatus(adjustment.status)],
        "is_draft": adjustment.status == AdjustmentStatus.DRAFT,
        "wallet": link_of(adjustment.wallet, request),
        "transaction": link_of(adjustment.transaction, request),
        "balance": balance_of(adjustment),
        "evidence": adjustment.evidence.select_related("added_by"),
        "is_evidence_required": adjustment.reason_code.is_evidence_required,
        "request": last,
        "is_waiting": adjustment.status == AdjustmentStatus.PENDING,
        "my_parts": _parts_of(last, request),
        "levels": progress_of(last) if last else [],
        "rounds": [(one, progress_of(one)) for one in asked],
    }


def _parts_of(asked: Any, request: "HttpRequest") -> list[str]:
    """Return what this person is in the matter, for which they may not decide."""
    if asked is None:
        return []
    return list(asked.parties.filter(person=request.user).values_list("part", flat=True))
