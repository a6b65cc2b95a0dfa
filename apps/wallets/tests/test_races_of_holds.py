"""Holds at the same moment, made certain: one holds the row, the other is seen waiting."""

from datetime import UTC, datetime

import pytest

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.wallets import errors
from apps.wallets import services as wallets
from apps.wallets.models import Hold, Wallet
from apps.wallets.states import HoldStatus, Role
from apps.wallets.tests.conftest import Move, figures
from apps.wallets.tests.racing import at_a_gate, beside
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


def capture(hold: Hold, amount: int, actor: User, *, key: str = "capture") -> wallets.Posted:
    escrow = wallets.system_wallet(Role.ESCROW, "USD")
    return wallets.capture_hold(hold.pk, amount, to_wallet_id=escrow.pk, actor=actor, key=key)


def release(hold: Hold, actor: User) -> Hold:
    return wallets.release_hold(hold.pk, actor=actor)


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


@pytest.mark.parametrize("deed", ["capture", "release"])
@pytest.mark.parametrize("is_expiry_first", [True, False])
def test_expiry_and_another_end_of_a_hold_end_it_once(
    pair: tuple[Wallet, Wallet], system: User, deed: str, *, is_expiry_first: bool
) -> None:
    # Its moment lies in the future of the database, and in the past of the job.
    moment = datetime(2099, 1, 1, tzinfo=UTC)
    hold = wallets.place_hold(pair[0].pk, 6000, actor=system, key="h", expires_at=moment)

    def expire() -> object:
        return wallets.expire_holds(now=moment, actor=system)

    def end() -> object:
        return capture(hold, 6000, system) if deed == "capture" else release(hold, system)

    outcome = beside(expire, end) if is_expiry_first else beside(end, expire)
    hold.refresh_from_db()
    if is_expiry_first:
        assert isinstance(outcome, errors.HoldEnded)
        assert (hold.status, figures(pair[0])) == (HoldStatus.EXPIRED, (10000, 0, 1))
    else:
        assert outcome == 0
        assert hold.status == (HoldStatus.CAPTURED if deed == "capture" else HoldStatus.RELEASED)


def test_of_two_expiries_one_ends_the_hold(pair: tuple[Wallet, Wallet], system: User) -> None:
    moment = datetime(2099, 1, 1, tzinfo=UTC)
    hold = wallets.place_hold(pair[0].pk, 6000, actor=system, key="h", expires_at=moment)
    outcome = beside(
        lambda: wallets.expire_holds(now=moment, actor=system),
        lambda: wallets.expire_holds(now=moment, actor=system),
    )
    assert outcome == 0
    assert AuditEvent.objects.filter(action="wallets.hold_expired").count() == 1
    hold.refresh_from_db()
    assert (hold.status, figures(pair[0])) == (HoldStatus.EXPIRED, (10000, 0, 1))


def test_of_two_releases_the_second_is_refused_unless_it_repeats(
    hold: Hold, pair: tuple[Wallet, Wallet], system: User
) -> None:
    outcome = beside(lambda: release(hold, system), lambda: release(hold, system))
    assert isinstance(outcome, errors.HoldEnded)
    assert figures(pair[0]) == (10000, 0, 1)


@pytest.mark.parametrize("is_hold_first", [True, False])
def test_the_last_money_is_held_or_paid_but_not_both(
    pair: tuple[Wallet, Wallet], system: User, move: Move, *, is_hold_first: bool
) -> None:
    giver, taker = pair

    def place() -> object:
        return wallets.place_hold(giver.pk, 7000, actor=system, key="h")

    def pay() -> object:
        return move(7000, giver, taker, key="p")

    outcome = beside(place, pay) if is_hold_first else beside(pay, place)
    assert isinstance(outcome, errors.InsufficientFunds)
    assert (outcome.facts["available"], outcome.facts["amount"]) == (3000, 7000)
    assert figures(giver) == ((10000, 7000, 1) if is_hold_first else (3000, 0, 2))


def test_a_capture_and_an_opposite_transfer_never_wait_in_a_ring(
    pair: tuple[Wallet, Wallet], system: User, move: Move
) -> None:
    taker, giver = pair
    hold = wallets.place_hold(giver.pk, 6000, actor=system, key="h")
    outcomes = at_a_gate(
        lambda: Wallet.objects.locked().get(pk=giver.pk),
        # Did it let go of what is held first, it would want next what the other has by now.
        lambda: wallets.capture_hold(
            hold.pk, 6000, to_wallet_id=taker.pk, actor=system, key="capture"
        ),
        lambda: move(500, taker, giver, key="back"),
    )
    assert [type(outcome) for outcome in outcomes] == [wallets.Posted] * 2
    assert (figures(taker), figures(giver)) == ((15500, 0, 3), (4500, 0, 3))


def test_of_two_holds_on_the_last_money_the_second_is_refused(
    pair: tuple[Wallet, Wallet], system: User
) -> None:
    outcome = beside(
        lambda: wallets.place_hold(pair[0].pk, 7000, actor=system, key="first"),
        lambda: wallets.place_hold(pair[0].pk, 7000, actor=system, key="second"),
    )
    assert isinstance(outcome, errors.InsufficientFunds)
    assert figures(pair[0]) == (10000, 7000, 1)


def test_a_hold_that_waited_for_a_freeze_is_refused(
    pair: tuple[Wallet, Wallet], system: User, carol: User
) -> None:
    outcome = beside(
        lambda: wallets.freeze(pair[0].pk, actor=carol, reason="fraud"),
        lambda: wallets.place_hold(pair[0].pk, 100, actor=system, key="h"),
    )
    assert isinstance(outcome, errors.WalletNotActive)
    assert figures(pair[0]) == (10000, 0, 1)


def test_the_same_key_at_the_same_moment_holds_once(
    pair: tuple[Wallet, Wallet], system: User
) -> None:
    def place(amount: int) -> Hold:
        return wallets.place_hold(pair[0].pk, amount, actor=system, key="once")

    outcome = beside(lambda: place(1000), lambda: place(1000))
    assert outcome == Hold.objects.get(key="once")
    assert figures(pair[0]) == (10000, 1000, 1)


def test_the_same_key_for_another_hold_at_the_same_moment_is_refused(
    pair: tuple[Wallet, Wallet], system: User
) -> None:
    def place(amount: int) -> Hold:
        return wallets.place_hold(pair[0].pk, amount, actor=system, key="once")

    assert isinstance(beside(lambda: place(1000), lambda: place(2000)), errors.KeyReused)
    assert figures(pair[0]) == (10000, 1000, 1)


def test_the_same_key_at_the_same_moment_captures_once(
    hold: Hold, pair: tuple[Wallet, Wallet], system: User
) -> None:
    outcome = beside(lambda: capture(hold, 1000, system), lambda: capture(hold, 1000, system))
    assert isinstance(outcome, wallets.Posted)
    assert (outcome.is_replay, outcome.balances) == (True, {pair[0].pk: 9000})
    assert figures(pair[0]) == (9000, 5000, 2)
