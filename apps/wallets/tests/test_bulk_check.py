"""Whatever is done to a batch behind the ledger's back, the check of the books names it."""

import pytest

from apps.accounts.models import User
from apps.wallets import checking
from apps.wallets import services as wallets
from apps.wallets.models import AdjustmentBatch
from apps.wallets.tests.bulk import ask, decide, line
from apps.wallets.tests.conftest import Tamper
from project.testing.make import Make


@pytest.fixture
def batch(make: Make, boris: User, lena: User, walt: User, carol: User) -> AdjustmentBatch:
    """Two lines that were asked for, approved and posted."""
    asked = ask(walt, line(make.wallet(boris), "25.00"), line(make.wallet(lena), "10.00"))
    return decide(wallets.submit_batch(asked.pk, actor=walt), carol)


DAMAGE = [
    (
        "UPDATE adjustment_lines SET amount = amount + 1 WHERE number = 2",
        "Line 3 of batch {batch} and what was posted for it differ.",
    ),
    (
        "UPDATE adjustment_lines SET direction = 'debit' WHERE number = 1",
        "Line 2 of batch {batch} and what was posted for it differ.",
    ),
    (
        "UPDATE adjustment_lines SET wallet_id = (SELECT min(id) FROM wallets) WHERE number = 2",
        "Line 3 of batch {batch} and what was posted for it differ.",
    ),
    (
        "UPDATE adjustment_batches SET file_number = 2",
        "Batch {batch} says that it has 2 lines, and its 0 lines differ.",
    ),
    (
        "DELETE FROM adjustment_lines WHERE number = 2",
        "Batch {batch} says that it has 2 lines, and its 1 lines differ.",
    ),
    (
        "UPDATE adjustment_batches SET credit = credit + 1",
        "Batch {batch} says that it has 2 lines, and its 2 lines differ.",
    ),
    (
        "UPDATE adjustment_batches SET transaction_id = NULL, status = 'pending'",
        "Transaction T-{transaction} posts an adjustment that was not approved.",
    ),
    (
        "UPDATE approval_decisions SET decider_id = (SELECT requester_id FROM adjustment_batches)",
        "Batch {batch} of Walt was approved by nobody else.",
    ),
    ("DELETE FROM approval_decisions", "Batch {batch} of Walt was approved by nobody else."),
]


def test_a_batch_that_was_posted_is_right(batch: AdjustmentBatch) -> None:
    assert checking.check().fault == ""


@pytest.mark.parametrize(("sql", "sentence"), DAMAGE)
def test_a_batch_that_was_changed_behind_the_ledgers_back_is_named(
    batch: AdjustmentBatch, tamper: Tamper, sql: str, sentence: str
) -> None:
    tamper(sql)
    found = checking.check()
    assert found.fault == sentence.format(batch=batch, transaction=batch.transaction_id)
