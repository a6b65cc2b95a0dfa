"""How the tests of batches write files, ask, and decide."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from django.core.files.base import ContentFile

from apps.accounts.models import User
from apps.approvals import selectors as approval_selectors
from apps.approvals import services as approvals
from apps.approvals.states import Verdict
from apps.wallets import services as wallets
from apps.wallets.models import AdjustmentBatch, Wallet

COLUMNS = ("wallet", "direction", "amount", "reason_code", "note")


def line(
    wallet: Wallet | str,
    amount: str = "1.00",
    direction: str = "credit",
    reason_code: str = "goodwill",
    note: str = "",
) -> tuple[str, ...]:
    """Return the cells of a line."""
    number = wallet.number if isinstance(wallet, Wallet) else wallet
    return (number, direction, amount, reason_code, note)


def file_of(*lines: Iterable[str], columns: Iterable[str] = COLUMNS, delimiter: str = ",") -> bytes:
    """Return these lines as a CSV file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(columns)
    writer.writerows(lines)
    return text.getvalue().encode()


def receipt(name: str = "receipt.txt", content: bytes = b"Paid in cash") -> "ContentFile[bytes]":
    """Return a piece of evidence."""
    return ContentFile(content, name=name)


def ask(actor: User, *lines: Iterable[str], **options: Any) -> AdjustmentBatch:
    """Draft a batch of these lines."""
    return wallets.request_batch(
        **{
            "content": file_of(*lines),
            "file_name": "goodwill.csv",
            "note": "Power cut of 3 March",
            "actor": actor,
            **options,
        }
    )


def now(batch: AdjustmentBatch) -> AdjustmentBatch:
    """Return the batch as it is stored."""
    return AdjustmentBatch.objects.get(pk=batch.pk)


def decide(
    batch: AdjustmentBatch, actor: User, verdict: Verdict = Verdict.APPROVE, reason: str = "Seen"
) -> AdjustmentBatch:
    """Decide on the latest request about the batch."""
    request = approval_selectors.requests_about(batch).latest("pk")
    approvals.decide(request.pk, verdict=verdict, actor=actor, reason=reason)
    return now(batch)
