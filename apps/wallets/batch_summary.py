"""What a decider sees of a batch on the page of the request: its totals and its largest lines."""

from typing import TYPE_CHECKING

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from apps.wallets import batches
from apps.wallets.models import AdjustmentBatch

if TYPE_CHECKING:
    from typing import Any

LARGEST = 5


def drawn(batch_id: int) -> SafeString:
    """Return the card."""
    batch = AdjustmentBatch.objects.get(pk=batch_id)
    lines = list(batches.lines_with_wallets(batch).order_by("-amount", "number")[:LARGEST])
    balances = batches.balances_of(batch, lines)
    context = {
        **facts_of(batch),
        "lines": [(line, balances.get(line.wallet_id)) for line in lines],
        "rest": batch.line_count - len(lines),
    }
    return SafeString(render_to_string("wallets/batch_summary.html", context))


def facts_of(batch: AdjustmentBatch) -> "dict[str, Any]":
    """Return what is so with a batch in a few lines."""
    totals = batches.totals_of(batch)
    return {
        "batch": batch,
        "totals": totals,
        "twice": batches.named_twice(batch),
        "files": list(batch.evidence.all()),
        "asks_for_evidence": [
            total.reason_code for total in totals if total.reason_code.is_evidence_required
        ],
    }
