"""What the page of one batch shows: totals, and its lines with what they do to each wallet."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from apps.approvals import selectors as approvals
from apps.approvals.progress import progress_of
from apps.wallets import batches
from apps.wallets.admin.adjustment_page import VARIANTS
from apps.wallets.admin.linking import Link, link_of
from apps.wallets.batch_summary import facts_of
from apps.wallets.states import AdjustmentStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from apps.common.admin import StaffRequest
    from apps.wallets.batches import Balance
    from apps.wallets.models import AdjustmentBatch, AdjustmentLine

ROWS = 50
SHOWN_TWICE = 10
# More digits than any line has.
_LONGEST = 9


@dataclass(frozen=True)
class LinesPage:
    """Some lines of a batch, and where the pages beside them begin."""

    rows: "Sequence[tuple[AdjustmentLine, Link | None, Balance | None]]"
    search: str
    previous: int | None
    next: int | None
    is_first: bool


def lines_page(batch: "AdjustmentBatch", request: "HttpRequest") -> LinesPage:
    """Return the lines after `after`, or before `before`; all of them, or those of `q`."""
    search = request.GET.get("q", "").strip()
    after, before = (_number(request.GET.get(name, "")) for name in ("after", "before"))
    lines = _found(batches.lines_with_wallets(batch), search)
    if before:
        found = list(lines.filter(number__lt=before).order_by("-number")[: ROWS + 1])
        shown = found[:ROWS][::-1]
        has_previous, has_next = len(found) > ROWS, True
    else:
        found = list(lines.filter(number__gt=after)[: ROWS + 1])
        shown = found[:ROWS]
        has_previous, has_next = after > 0, len(found) > ROWS
    balances = batches.balances_of(batch, shown)
    return LinesPage(
        rows=[
            (line, link_of(line.wallet, request), balances.get(line.wallet_id)) for line in shown
        ],
        search=search,
        previous=shown[0].number if shown and has_previous else None,
        next=shown[-1].number if shown and has_next else None,
        is_first=not has_previous,
    )


def _found(lines: "QuerySet[AdjustmentLine]", search: str) -> "QuerySet[AdjustmentLine]":
    if not search:
        return lines
    return lines.filter(
        Q(wallet__number__icontains=search)
        | Q(wallet__owner__display_name__icontains=search)
        | Q(wallet__owner__email__icontains=search)
    )


def _number(text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) <= _LONGEST
    return int(text) if is_number else 0


def content_of(batch: "AdjustmentBatch", request: "StaffRequest") -> dict[str, Any]:
    """Return what the templates of the page print."""
    asked = list(approvals.requests_about(batch).select_related("requester", "role"))
    last = asked[-1] if asked else None
    facts = facts_of(batch)
    is_own = batch.requester_id == request.user.pk
    return {
        **facts,
        "adjustment": batch,
        "variant": VARIANTS[AdjustmentStatus(batch.status)],
        "is_own_draft": batch.status == AdjustmentStatus.DRAFT and is_own,
        "is_waiting": batch.status == AdjustmentStatus.PENDING,
        "shown_twice": facts["twice"][:SHOWN_TWICE] if batch.status in batches.UNDECIDED else [],
        "hidden_twice_count": max(len(facts["twice"]) - SHOWN_TWICE, 0),
        "lines": lines_page(batch, request),
        "transaction": link_of(batch.transaction, request),
        "evidence": batch.evidence.select_related("added_by"),
        "is_evidence_required": bool(facts["asks_for_evidence"]),
        "request": last,
        "levels": progress_of(last) if last else [],
        "rounds": [(one, progress_of(one)) for one in asked],
        "my_parts": list(last.parties.filter(person=request.user).values_list("part", flat=True))
        if last
        else [],
    }
