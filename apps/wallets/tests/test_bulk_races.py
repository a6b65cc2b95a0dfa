"""Batches and rivals, made certain: one holds the row, the other is seen waiting."""

import pytest

from apps.accounts.models import User
from apps.approvals.errors import AlreadyDecided, NotWaiting
from apps.common.errors import DomainError
from apps.wallets import checking, errors
from apps.wallets import services as wallets
from apps.wallets.models import AdjustmentBatch, LedgerTransaction, Wallet
from apps.wallets.states import AdjustmentStatus
from apps.wallets.tests.bulk import ask, decide, file_of, line, now
from apps.wallets.tests.conftest import Move, figures
from apps.wallets.tests.racing import beside
from project.testing.make import Make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pair(make: Make, boris: User, lena: User) -> tuple[Wallet, Wallet]:
    """Boris and Lena with 100.00 each."""
    return make.wallet(boris, balance=10000), make.wallet(lena, balance=10000)


@pytest.fixture
def draft(pair: tuple[Wallet, Wallet], walt: User) -> AdjustmentBatch:
    """Walt takes 60.00 from Boris and gives 5.00 to Lena."""
    return ask(walt, line(pair[0], "60.00", "debit", "transfer-out"), line(pair[1], "5.00"))


@pytest.fixture(autouse=True)
def transfer_out(db: None) -> None:
    """Allow debits that need no evidence."""
    from apps.wallets.models import ReasonCode  # noqa: PLC0415

    ReasonCode.objects.create(code="transfer-out", name="Out", contra_role="cash")


@pytest.fixture
def pending(draft: AdjustmentBatch, walt: User) -> AdjustmentBatch:
    return wallets.submit_batch(draft.pk, actor=walt)


def test_of_two_last_approvals_one_posts(
    pending: AdjustmentBatch, pair: tuple[Wallet, Wallet], carol: User, conrad: User
) -> None:
    outcome = beside(lambda: decide(pending, carol), lambda: decide(pending, conrad))
    assert isinstance(outcome, AlreadyDecided)
    assert LedgerTransaction.objects.filter(kind="adjustment").count() == 1
    assert (figures(pair[0]), figures(pair[1])) == ((4000, 0, 2), (10500, 0, 2))
    assert checking.check().fault == ""


def test_a_wallet_that_is_frozen_while_the_approval_waits_is_named_and_nothing_moves(
    pending: AdjustmentBatch, pair: tuple[Wallet, Wallet], carol: User, conrad: User
) -> None:
    outcome = beside(
        lambda: wallets.freeze(pair[1].pk, actor=conrad, reason="fraud"),
        lambda: decide(pending, carol),
    )
    assert isinstance(outcome, errors.WalletNotActive)
    assert outcome.facts["wallet"] == pair[1].number
    assert now(pending).status == AdjustmentStatus.PENDING
    assert (figures(pair[0]), figures(pair[1])) == ((10000, 0, 1), (10000, 0, 1))
    wallets.unfreeze(pair[1].pk, actor=conrad, reason="cleared")
    assert decide(pending, carol).status == AdjustmentStatus.APPROVED


def test_money_that_is_spent_while_the_approval_waits_is_missed(
    pending: AdjustmentBatch, pair: tuple[Wallet, Wallet], move: Move, carol: User
) -> None:
    outcome = beside(
        lambda: move(5000, *pair, key="rent"),
        lambda: decide(pending, carol),
    )
    assert isinstance(outcome, errors.InsufficientFunds)
    assert (outcome.facts["available"], outcome.facts["amount"]) == (5000, 6000)
    assert now(pending).status == AdjustmentStatus.PENDING


def test_a_payment_that_waited_for_a_batch_sees_what_it_took(
    pending: AdjustmentBatch, pair: tuple[Wallet, Wallet], move: Move, carol: User
) -> None:
    outcome = beside(lambda: decide(pending, carol), lambda: move(5000, *pair, key="rent"))
    assert isinstance(outcome, errors.InsufficientFunds)
    assert outcome.facts["available"] == 4000


def test_of_a_withdrawal_and_an_approval_the_first_counts(
    pending: AdjustmentBatch, pair: tuple[Wallet, Wallet], walt: User, carol: User
) -> None:
    outcome = beside(
        lambda: wallets.withdraw_batch(pending.pk, actor=walt), lambda: decide(pending, carol)
    )
    assert isinstance(outcome, NotWaiting)
    assert figures(pair[0]) == (10000, 0, 1)


def test_a_file_that_comes_while_the_batch_is_submitted_is_refused(
    draft: AdjustmentBatch, pair: tuple[Wallet, Wallet], walt: User
) -> None:
    outcome = beside(
        lambda: wallets.submit_batch(draft.pk, actor=walt),
        lambda: wallets.change_batch(
            draft.pk,
            seen_version=1,
            note="",
            content=file_of(line(pair[0])),
            file_name="x.csv",
            actor=walt,
        ),
    )
    assert isinstance(outcome, DomainError)
    assert now(draft).file_number == 1


def test_two_batches_over_the_same_wallets_never_deadlock(
    pair: tuple[Wallet, Wallet], walt: User, carol: User, conrad: User
) -> None:
    one = wallets.submit_batch(ask(walt, line(pair[0]), line(pair[1])).pk, actor=walt)
    other = wallets.submit_batch(ask(walt, line(pair[1]), line(pair[0])).pk, actor=walt)
    outcome = beside(lambda: decide(one, carol), lambda: decide(other, conrad))
    assert isinstance(outcome, AdjustmentBatch)
    assert (figures(pair[0])[0], figures(pair[1])[0]) == (10200, 10200)
