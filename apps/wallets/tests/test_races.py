"""Two people at the same moment, made certain: one holds the row, the other is seen waiting."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from apps.accounts.models import User
from apps.approvals import selectors as approval_selectors
from apps.approvals import services as approvals
from apps.approvals.errors import AlreadyDecided
from apps.approvals.states import Verdict
from apps.wallets import checking, errors
from apps.wallets import services as wallets
from apps.wallets.models import LedgerTransaction, ReasonCode, Wallet
from apps.wallets.states import Direction, TransactionKind
from apps.wallets.tests.conftest import Move, figures, fresh
from apps.wallets.tests.racing import at_a_gate, beside
from project.testing.make import Make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pair(make: Make, boris: User, lena: User) -> tuple[Wallet, Wallet]:
    """Boris and Lena with 100.00 each."""
    return make.wallet(boris, balance=10000), make.wallet(lena, balance=10000)


def test_of_two_payments_that_are_covered_once_the_second_is_refused(
    pair: tuple[Wallet, Wallet], move: Move
) -> None:
    giver, taker = pair
    outcome = beside(
        lambda: move(7000, giver, taker, key="first"),
        lambda: move(7000, giver, taker, key="second"),
    )
    assert isinstance(outcome, errors.InsufficientFunds)
    assert (outcome.facts["available"], outcome.facts["amount"]) == (3000, 7000)
    assert figures(giver) == (3000, 0, 2)


def test_a_payment_that_waited_sees_what_came_in_meanwhile(
    pair: tuple[Wallet, Wallet], move: Move
) -> None:
    giver, taker = pair
    outcome = beside(
        lambda: move(7000, taker, giver, key="in"), lambda: move(17000, giver, taker, key="out")
    )
    assert isinstance(outcome, wallets.Posted)
    assert (figures(giver), figures(taker)) == ((0, 0, 3), (20000, 0, 3))


def test_opposite_transfers_queue_alike_and_never_wait_in_a_ring(
    pair: tuple[Wallet, Wallet], move: Move
) -> None:
    one, other = pair
    outcomes = at_a_gate(
        lambda: Wallet.objects.locked().get(pk=one.pk),
        lambda: move(1000, one, other, key="there"),
        # Were the giver's wallet locked first, this would hold what the one before needs next.
        lambda: move(500, other, one, key="back"),
    )
    assert [type(outcome) for outcome in outcomes] == [wallets.Posted] * 2
    assert (fresh(one).posted, fresh(other).posted) == (9500, 10500)


@pytest.mark.parametrize("is_batch", [False, True])
def test_three_transfers_in_a_ring_never_wait_in_a_ring(
    make: Make,
    pair: tuple[Wallet, Wallet],
    bella: User,
    move: Move,
    system: User,
    *,
    is_batch: bool,
) -> None:
    first, second, third = (*pair, make.wallet(bella, balance=10000))

    def pay(giver: Wallet, taker: Wallet) -> object:
        entries = [wallets.Entry(giver.pk, -1000), wallets.Entry(taker.pk, 1000)]
        if not is_batch:
            return move(1000, giver, taker, key=f"from {giver}")
        posting = wallets.Posting(TransactionKind.TRANSFER, entries, key=f"from {giver}")
        return wallets.post_many([posting], actor=system)[0]

    outcomes = at_a_gate(
        lambda: Wallet.objects.locked().get(pk=first.pk),
        lambda: pay(first, second),
        lambda: pay(third, first),
        lambda: pay(second, third),
    )
    assert [type(outcome) for outcome in outcomes] == [wallets.Posted] * 3
    assert [fresh(wallet).posted for wallet in (first, second, third)] == [10000] * 3


def test_hundreds_of_opposite_transfers_never_deadlock(
    make: Make, pair: tuple[Wallet, Wallet], bella: User, move: Move
) -> None:
    people = (*pair, make.wallet(bella, balance=10000))
    start = threading.Barrier(3)

    def post(turn: int) -> None:
        start.wait(timeout=10)
        for number in range(60):
            giver, taker = people[(turn + number) % 3], people[(turn + 2 * number + 1) % 3]
            if giver != taker:
                move(1, giver, taker, key=f"{turn}-{number}")
        connections.close_all()

    with ThreadPoolExecutor(max_workers=3) as pool:
        list(pool.map(post, range(3)))
    assert sum(fresh(wallet).posted for wallet in people) == 30000
    assert checking.check().fault == ""


def test_the_same_key_at_the_same_moment_posts_once(
    pair: tuple[Wallet, Wallet], move: Move
) -> None:
    giver, taker = pair
    outcome = beside(
        lambda: move(1000, giver, taker, key="once"), lambda: move(1000, giver, taker, key="once")
    )
    assert isinstance(outcome, wallets.Posted)
    assert outcome.is_replay
    assert outcome.balances == {giver.pk: 9000, taker.pk: 11000}
    assert LedgerTransaction.objects.filter(key="once").count() == 1
    assert figures(giver) == (9000, 0, 2)


def test_the_same_key_for_another_amount_at_the_same_moment_is_refused(
    pair: tuple[Wallet, Wallet], move: Move
) -> None:
    outcome = beside(lambda: move(1000, *pair, key="once"), lambda: move(2000, *pair, key="once"))
    assert isinstance(outcome, errors.KeyReused)


def test_a_batch_that_waited_for_one_of_its_keys_tells_what_was_posted(
    pair: tuple[Wallet, Wallet], move: Move, system: User
) -> None:
    giver, taker = pair

    def batch() -> list[wallets.Posted]:
        entries = [wallets.Entry(giver.pk, -1000), wallets.Entry(taker.pk, 1000)]
        postings = [wallets.Posting(TransactionKind.TRANSFER, entries, key=key) for key in "ab"]
        return wallets.post_many(postings, actor=system)

    outcome = beside(lambda: move(1000, giver, taker, key="b"), batch)
    assert isinstance(outcome, list)
    assert [posted.is_replay for posted in outcome] == [False, True]
    assert figures(giver) == (8000, 0, 3)


def test_a_posting_that_waited_for_a_freeze_is_refused(
    pair: tuple[Wallet, Wallet], move: Move, carol: User
) -> None:
    giver, taker = pair
    outcome = beside(
        lambda: wallets.freeze(giver.pk, actor=carol, reason="fraud"),
        lambda: move(1000, giver, taker, key="k"),
    )
    assert isinstance(outcome, errors.WalletNotActive)
    assert figures(taker) == (10000, 0, 1)


def test_a_freeze_waits_for_a_posting(pair: tuple[Wallet, Wallet], move: Move, carol: User) -> None:
    giver, taker = pair
    outcome = beside(
        lambda: move(1000, giver, taker, key="k"),
        lambda: wallets.freeze(giver.pk, actor=carol, reason="fraud"),
    )
    assert isinstance(outcome, Wallet)
    assert (fresh(giver).status, fresh(giver).posted) == ("frozen", 9000)


def test_a_wallet_into_which_somebody_pays_is_not_closed(
    make: Make, pair: tuple[Wallet, Wallet], bella: User, carol: User, move: Move
) -> None:
    empty = make.wallet(bella)
    outcome = beside(
        lambda: move(1000, pair[0], empty, key="k"),
        lambda: wallets.close(empty.pk, actor=carol, reason="left"),
    )
    assert isinstance(outcome, errors.WalletNotEmpty)
    assert fresh(empty).status == "active"


def test_a_posting_that_waited_for_a_close_is_refused(
    make: Make, pair: tuple[Wallet, Wallet], bella: User, carol: User, move: Move
) -> None:
    empty = make.wallet(bella)
    outcome = beside(
        lambda: wallets.close(empty.pk, actor=carol, reason="left"),
        lambda: move(1000, pair[0], empty, key="k"),
    )
    assert isinstance(outcome, errors.WalletNotActive)
    assert (figures(pair[0]), fresh(empty).status) == ((10000, 0, 1), "closed")


@pytest.mark.parametrize("second", ["carol", "conrad"])
def test_an_adjustment_approved_twice_at_once_is_posted_once(
    pair: tuple[Wallet, Wallet], walt: User, carol: User, conrad: User, second: str
) -> None:
    adjustment = wallets.request_adjustment(
        wallet_id=pair[0].pk,
        direction=Direction.CREDIT,
        amount=2500,
        reason_code=ReasonCode.objects.get(code="goodwill"),
        note="Camera bag was missing",
        actor=walt,
    )
    wallets.submit_adjustment(adjustment.pk, actor=walt)
    request = approval_selectors.requests_about(adjustment).get()

    def approve(actor: User) -> object:
        return approvals.decide(request.pk, verdict=Verdict.APPROVE, actor=actor)

    rival = {"carol": carol, "conrad": conrad}[second]
    outcome = beside(lambda: approve(carol), lambda: approve(rival))
    assert isinstance(outcome, AlreadyDecided)
    assert figures(pair[0]) == (12500, 0, 2)
    assert LedgerTransaction.objects.filter(kind=TransactionKind.ADJUSTMENT).count() == 1


def test_of_two_reversals_the_second_is_refused(
    pair: tuple[Wallet, Wallet], move: Move, carol: User, conrad: User
) -> None:
    mistake = move(1000, *pair, key="mistake").transaction_id
    outcome = beside(
        lambda: wallets.reverse(mistake, actor=carol, reason="wrong"),
        lambda: wallets.reverse(mistake, actor=conrad, reason="wrong"),
    )
    assert isinstance(outcome, errors.AlreadyReversed)
    assert figures(pair[0]) == (10000, 0, 3)


def test_two_clerks_open_one_wallet_of_a_person(bella: User, system: User) -> None:
    outcome = beside(
        lambda: wallets.wallet_for(bella, "USD", actor=system),
        lambda: wallets.wallet_for(bella, "USD", actor=system),
    )
    assert outcome == Wallet.objects.get(owner=bella)


def test_who_would_wait_for_each_other_forever_is_told_to_try_again(
    make: Make, pair: tuple[Wallet, Wallet], bella: User, arno: User, move: Move
) -> None:
    aside = make.wallet(bella), make.wallet(arno)
    meeting = threading.Barrier(2)

    def pay_from_both(turn: int) -> object:
        """Hold one wallet, wait until the rival holds the other, and reach for it."""
        try:
            with transaction.atomic():
                move(1, pair[turn], aside[turn], key=f"{turn} first")
                meeting.wait(timeout=10)
                move(1, pair[1 - turn], aside[turn], key=f"{turn} second")
        except errors.Collision as refusal:
            return refusal
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor(max_workers=2) as pool:
        outcomes = list(pool.map(pay_from_both, range(2)))
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert [str(refusal) for refusal in refused] == [
        "Somebody else is moving money on the same wallets right now. Try again."
    ]
    assert sorted(fresh(wallet).posted for wallet in aside) == [0, 2]
    assert checking.check().fault == ""
