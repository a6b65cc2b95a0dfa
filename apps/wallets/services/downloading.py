"""Handing out files: each time with a trace, and evidence only as it was attached."""

import csv
import io
from typing import TYPE_CHECKING

from apps.audit import services as audit
from apps.audit.services import deed
from apps.common import uploads
from apps.common.formulas import guarded
from apps.common.money import plain_amount
from apps.wallets import batches
from apps.wallets.models import AdjustmentBatch, AdjustmentLine, Evidence
from apps.wallets.services.bulk_file import ADDED, COLUMNS

if TYPE_CHECKING:
    from apps.accounts.models import User


@deed
def download_evidence(evidence_id: int, *, actor: "User") -> tuple[Evidence, bytes]:
    """Return a file and its content, and keep who took it.

    Raises:
        FileDamaged: the file is gone, or is not the one that was attached.
    """
    actor.require("wallets.view_evidence")
    evidence = Evidence.objects.select_related("adjustment", "batch").get(pk=evidence_id)
    content = uploads.stored(evidence.file, name=evidence.name, sha256=evidence.sha256)
    audit.record(
        "wallets.evidence_downloaded",
        actor=actor,
        target=evidence.subject,
        after={"name": evidence.name, "sha256": evidence.sha256},
    )
    return evidence, content


@deed
def download_batch(batch_id: int, *, actor: "User") -> tuple[AdjustmentBatch, str]:
    """Return the lines of a batch as CSV with each wallet's balance, and keep who took them.

    The file can be sent in again: what we add to it is then left aside.
    """
    actor.require("wallets.view_adjustmentbatch")
    batch = AdjustmentBatch.objects.get(pk=batch_id)
    balances = batches.balances_of(batch)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow((*COLUMNS, *ADDED))
    for line in batches.lines_with_wallets(batch).iterator(chunk_size=2000):
        writer.writerow(guarded(cell) for cell in _cells(batch, line, balances))
    audit.record(
        "wallets.batch_downloaded", actor=actor, target=batch, after={"lines": batch.line_count}
    )
    return batch, text.getvalue()


def _cells(
    batch: AdjustmentBatch, line: AdjustmentLine, balances: dict[int, batches.Balance]
) -> tuple[str, ...]:
    balance = balances.get(line.wallet_id)
    return (
        line.wallet.number,
        line.direction,
        plain_amount(line.amount, batch.currency),
        line.reason_code.code,
        line.note,
        batch.currency,
        str(line.wallet.owner),
        plain_amount(balance.before, batch.currency) if balance else "",
        plain_amount(balance.after, batch.currency) if balance else "",
    )
