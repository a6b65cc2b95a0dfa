"""Adjustments: what was asked for, decided and posted."""

from pathlib import Path

import pytest

from apps.accounts.models import User
from apps.approvals import selectors as approval_selectors
from apps.approvals import services as approvals
from apps.approvals.states import Verdict
from apps.reports.tests.conftest import OCTOBER, Asked, ask, behind_the_ledger
from apps.reports.tests.golden_files import assert_golden
from apps.wallets import services as wallets
from apps.wallets.models import Adjustment, ReasonCode, Wallet
from apps.wallets.states import Direction
from apps.wallets.tests import bulk
from project.testing.make import Make

REQUESTED = {**OCTOBER, "by": "requested"}
POSTED = {**OCTOBER, "by": "posted"}


def _adjustment(wallet: Wallet, amount: int, walt: User) -> Adjustment:
    drafted = wallets.request_adjustment(
        wallet_id=wallet.pk,
        direction=Direction.CREDIT,
        amount=amount,
        reason_code=ReasonCode.objects.get(code="goodwill"),
        note="Power cut",
        actor=walt,
    )
    return wallets.submit_adjustment(drafted.pk, actor=walt)


@pytest.fixture
def wallet(make: Make, boris: User, walt: User, carol: User) -> Wallet:
    """Credits of 1.00 and 2.00, the first approved, and a batch of 3.00, approved; in October."""
    wallet = make.wallet(boris)
    approved = _adjustment(wallet, 100, walt)
    request = approval_selectors.requests_about(approved).get()
    approvals.decide(request.pk, verdict=Verdict.APPROVE, actor=carol, reason="Seen")
    _adjustment(wallet, 200, walt)
    batch = bulk.ask(walt, bulk.line(wallet, "3.00"))
    wallets.submit_batch(batch.pk, actor=walt)
    bulk.decide(batch, carol)
    for table in ("adjustments", "adjustment_batches"):
        behind_the_ledger(f"UPDATE {table} SET created_at = '2026-10-05 09:00+00'")  # noqa: S608
    behind_the_ledger("UPDATE ledger_transactions SET posted_at = '2026-10-06 09:00+00'")
    return wallet


def _stated(asked: Asked) -> list[tuple[object, ...]]:
    keys = ("credit", "requester", "deciders", "status")
    return [tuple(row[key] for key in keys) for row in asked.rows]


def test_every_request_stands_with_who_decided_and_what_was_posted(wallet: Wallet) -> None:
    asked = ask("adjustments", **REQUESTED)

    assert _stated(asked) == [
        (100, "Walt", "Carol", "approved and posted"),
        (200, "Walt", None, "pending"),
        (300, "Walt", "Carol", "approved and posted"),
    ]
    assert [row["transaction"] is None for row in asked.rows] == [False, True, False]
    assert asked.totals.sums == {"USD": {"debit": 0, "credit": 600}}
    # By hand: of 6.00 that were asked for, 1.00 and 3.00 are posted.
    assert [(tie.expected, tie.found) for tie in asked.frame.tie_outs] == [(0, 0), (400, 400)]


def test_by_posting_what_nobody_approved_is_left_out(wallet: Wallet) -> None:
    asked = ask("adjustments", **POSTED)

    assert [credit for credit, *_rest in _stated(asked)] == [100, 300]
    assert not asked.broken
    assert ask("adjustments", **POSTED, currency="EUR").rows == []


def test_its_pages_and_its_csv(wallet: Wallet, tmp_path: Path) -> None:
    assert_golden(ask("adjustments", **REQUESTED), tmp_path)


@pytest.mark.parametrize("asked", [REQUESTED, POSTED])
def test_an_amount_changed_after_the_posting_breaks_it(
    wallet: Wallet, asked: dict[str, str]
) -> None:
    behind_the_ledger("UPDATE adjustments SET amount = amount + 1 WHERE status = 'approved'")

    broken = ask("adjustments", **asked).broken

    assert [(tie.label, tie.expected, tie.found) for tie in broken] == [
        ("Credits that were approved", 400, 401)
    ]
