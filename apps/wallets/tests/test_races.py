"""Two people at the same moment, made certain: one holds the row, the other is seen waiting."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connections, transaction

from apps.accounts.models import User
from apps.wallets import checking, errors
from apps.wallets import services as wallets
from apps.wallets.models import Hold, LedgerTransaction, Wallet
from apps.wallets.states import HoldStatus, Role
from apps.wallets.tests.conftest import Move, figures, fresh
from apps.wallets.tests.racing import beside
from project.testing.make import Make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pair(make: Make, boris: User, lena: User) -> tuple[Wallet, Wallet]:
    """Boris and Lena with 100.00 each."""
    return make.wallet(boris, balance=10000), make.wallet(lena, balance=10000)


@pytest.fixture
def hold(pair: tuple[Wallet, Wallet], system: User) -> Hold:
    """60.00 of Boris are set aside."""
    return wallets.place_hold(pair[0].pk, 6000, actor=system, key="hold")


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


def test_opposite_transfers_do_not_block_each_other(
    pair: tuple[Wallet, Wallet], move: Move
) -> None:
    one, other = pair
    outcome = beside(
        lambda: move(1000, one, other, key="there"), lambda: move(500, other, one, key="back")
    )
    assert isinstance(outcome, wallets.Posted)
    assert (fresh(one).posted, fresh(other).posted) == (9500, 10500)


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


def test_of_two_captures_of_one_hold_the_second_is_refused(hold: Hold, system: User) -> None:
    escrow = wallets.system_wallet(Role.ESCROW, "USD")

    def capture(key: str) -> object:
        return wallets.capture_hold(hold.pk, 6000, to_wallet_id=escrow.pk, actor=system, key=key)

    outcome = beside(lambda: capture("first"), lambda: capture("second"))
    assert isinstance(outcome, errors.HoldEnded)
    assert outcome.facts["status"] == HoldStatus.CAPTURED
    assert figures(escrow) == (6000, 0, 1)


def test_two_parts_of_one_hold_are_captured_one_after_the_other(
    hold: Hold, pair: tuple[Wallet, Wallet], system: User
) -> None:
    escrow = wallets.system_wallet(Role.ESCROW, "USD")

    def capture(key: str) -> object:
        return wallets.capture_hold(hold.pk, 3000, to_wallet_id=escrow.pk, actor=system, key=key)

    assert isinstance(beside(lambda: capture("first"), lambda: capture("second")), wallets.Posted)
    hold.refresh_from_db()
    assert (hold.status, hold.captured) == (HoldStatus.CAPTURED, 6000)
    assert figures(pair[0]) == (4000, 0, 3)


@pytest.mark.parametrize("is_capture_first", [True, False])
def test_capture_and_release_end_a_hold_once(
    hold: Hold, pair: tuple[Wallet, Wallet], system: User, *, is_capture_first: bool
) -> None:
    escrow = wallets.system_wallet(Role.ESCROW, "USD")

    def capture() -> object:
        return wallets.capture_hold(
            hold.pk, 6000, to_wallet_id=escrow.pk, actor=system, key="capture"
        )

    def release() -> object:
        return wallets.release_hold(hold.pk, actor=system)

    deeds = (capture, release) if is_capture_first else (release, capture)
    assert isinstance(beside(*deeds), errors.HoldEnded)
    assert figures(pair[0]) == ((4000, 0, 2) if is_capture_first else (10000, 0, 1))


def test_expiry_finds_a_hold_captured_meanwhile_and_lets_it_be(
    pair: tuple[Wallet, Wallet], system: User
) -> None:
    # Its moment lies in the future of the database, and in the past of the job.
    moment = datetime(2099, 1, 1, tzinfo=UTC)
    hold = wallets.place_hold(pair[0].pk, 6000, actor=system, key="h", expires_at=moment)
    escrow = wallets.system_wallet(Role.ESCROW, "USD")
    outcome = beside(
        lambda: wallets.capture_hold(
            hold.pk, 6000, to_wallet_id=escrow.pk, actor=system, key="capture"
        ),
        lambda: wallets.expire_holds(now=moment, actor=system),
    )
    assert outcome == 0
    hold.refresh_from_db()
    assert hold.status == HoldStatus.CAPTURED


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
