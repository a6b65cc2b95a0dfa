"""Holds: placed, captured in parts or whole, released, expired; once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.wallets import checking, errors, selectors, tasks
from apps.wallets import services as wallets
from apps.wallets.models import Hold, LedgerTransaction, Wallet
from apps.wallets.states import HoldStatus, Role, TransactionKind
from apps.wallets.tests.conftest import Move, figures, fresh, refusal, stored
from project.testing.make import Make

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def wallet(make: Make, boris: User) -> Wallet:
    """Boris has 100.00."""
    return make.wallet(boris, balance=10000)


@pytest.fixture
def escrow(db: None) -> Wallet:
    return wallets.system_wallet(Role.ESCROW, "USD")


@pytest.fixture
def hold(wallet: Wallet, system: User, boris: User) -> Hold:
    """60.00 of it are set aside, about Boris."""
    return wallets.place_hold(wallet.pk, 6000, actor=system, key="hold", about=boris, reason="rent")


def capture(
    hold: Hold, amount: int, to: Wallet, actor: User, key: str = "capture"
) -> wallets.Posted:
    return wallets.capture_hold(hold.pk, amount, to_wallet_id=to.pk, actor=actor, key=key)


def test_a_hold_lowers_what_is_available_but_not_what_is_posted(
    wallet: Wallet, hold: Hold, boris: User, system: User
) -> None:
    assert (hold.status, hold.rest, hold.about) == (HoldStatus.ACTIVE, 6000, boris)
    assert (hold.placed_by, hold.reason, hold.expires_at) == (system, "rent", None)
    assert figures(wallet) == (10000, 6000, 1)


def test_no_more_is_held_than_is_available(wallet: Wallet, hold: Hold, system: User) -> None:
    before = stored()
    said = refusal(lambda: wallets.place_hold(wallet.pk, 4001, actor=system, key="k"))
    assert isinstance(said, errors.InsufficientFunds)
    assert said.message.startswith(f"Wallet {wallet.number} has $40.00 available, and $40.01 is")
    assert stored() == before


@pytest.mark.parametrize("amount", [0, -1])
def test_a_hold_needs_an_amount(wallet: Wallet, system: User, amount: int) -> None:
    with pytest.raises(errors.AmountNotPositive, match="more than zero"):
        wallets.place_hold(wallet.pk, amount, actor=system, key="k")


def test_a_hold_beyond_the_ledger_is_refused(wallet: Wallet, system: User) -> None:
    with pytest.raises(errors.AmountTooLarge):
        wallets.place_hold(wallet.pk, 10**16, actor=system, key="k")


def test_a_hold_needs_a_wallet_that_is_active(wallet: Wallet, carol: User, system: User) -> None:
    wallets.freeze(wallet.pk, actor=carol, reason="fraud")
    said = refusal(lambda: wallets.place_hold(wallet.pk, 1, actor=system, key="k"))
    assert isinstance(said, errors.WalletNotActive)
    said = refusal(lambda: wallets.place_hold(987654, 1, actor=system, key="k"))
    assert isinstance(said, errors.UnknownWallet)


def test_the_same_key_places_one_hold(
    wallet: Wallet, hold: Hold, boris: User, lena: User, system: User
) -> None:
    before = stored()
    again = wallets.place_hold(wallet.pk, 6000, actor=system, key="hold", about=boris)
    assert again == hold
    for amount, about in ((5999, boris), (6000, lena), (6000, None)):
        with pytest.raises(errors.KeyReused), transaction.atomic():
            wallets.place_hold(wallet.pk, amount, actor=system, key="hold", about=about)
    assert stored() == before


def test_a_capture_moves_what_was_held(
    wallet: Wallet, hold: Hold, escrow: Wallet, boris: User, system: User
) -> None:
    posted = capture(hold, 6000, escrow, system)
    assert posted.balances == {wallet.pk: 4000}
    assert selectors.balance_of(escrow) == 6000
    assert figures(wallet) == (4000, 0, 2)
    hold.refresh_from_db()
    assert (hold.status, hold.captured, hold.rest) == (HoldStatus.CAPTURED, 6000, 0)
    assert hold.ended_at
    made = LedgerTransaction.objects.get(pk=posted.transaction_id)
    assert (made.kind, made.hold, made.about) == (TransactionKind.CAPTURE, hold, boris)


def test_a_hold_is_captured_in_parts_and_the_rest_released(
    wallet: Wallet, hold: Hold, escrow: Wallet, system: User
) -> None:
    capture(hold, 2000, escrow, system, "first")
    hold.refresh_from_db()
    assert (hold.status, hold.rest) == (HoldStatus.ACTIVE, 4000)
    assert figures(wallet) == (8000, 4000, 2)
    capture(hold, 1000, escrow, system, "second")
    assert figures(wallet) == (7000, 3000, 3)
    released = wallets.release_hold(hold.pk, actor=system)
    assert (released.status, released.captured, released.released) == ("released", 3000, 3000)
    assert figures(wallet) == (7000, 0, 3)
    assert figures(escrow) == (3000, 0, 2)


def test_a_hold_captured_in_parts_to_its_end_is_captured(
    wallet: Wallet, hold: Hold, escrow: Wallet, system: User
) -> None:
    capture(hold, 5999, escrow, system, "first")
    capture(hold, 1, escrow, system, "second")
    hold.refresh_from_db()
    assert hold.status == HoldStatus.CAPTURED
    assert figures(wallet) == (4000, 0, 3)


def test_a_capture_of_all_that_is_left_needs_nothing_else_to_be_available(
    make: Make, lena: User, escrow: Wallet, system: User
) -> None:
    wallet = make.wallet(lena, balance=6000)
    hold = wallets.place_hold(wallet.pk, 6000, actor=system, key="all")
    capture(hold, 6000, escrow, system)
    assert figures(wallet) == (0, 0, 2)


def test_a_capture_may_stay_in_its_wallet_and_the_books_are_right(hold: Hold, system: User) -> None:
    wallets.capture_hold(
        hold.pk, hold.amount, to_wallet_id=hold.wallet_id, actor=system, key="to itself"
    )
    hold.refresh_from_db()
    assert (hold.status, fresh(hold.wallet).held) == (HoldStatus.CAPTURED, 0)
    assert checking.check().fault == ""


def test_no_more_is_captured_than_is_left(hold: Hold, escrow: Wallet, system: User) -> None:
    capture(hold, 2000, escrow, system, "first")
    before = stored()
    said = refusal(lambda: capture(hold, 4001, escrow, system, "second"))
    assert isinstance(said, errors.HoldTooSmall)
    assert said.message == (
        f"Hold H-{hold.pk} has $40.00 left, and $40.01 is to be captured. Capture $40.00 at most."
    )
    assert stored() == before


@pytest.mark.parametrize("amount", [0, -6000])
def test_a_capture_needs_an_amount(hold: Hold, escrow: Wallet, system: User, amount: int) -> None:
    with pytest.raises(errors.AmountNotPositive):
        capture(hold, amount, escrow, system)


def test_a_capture_keeps_its_currency(hold: Hold, make: Make, lena: User, system: User) -> None:
    euros = make.wallet(lena, currency="EUR")
    said = refusal(lambda: capture(hold, 100, euros, system))
    assert isinstance(said, errors.CurrencyMismatch)
    assert said.facts == {"wallet": euros.number, "expected": "EUR", "currency": "USD"}


def test_a_capture_needs_a_wallet_to_go_to(hold: Hold, system: User) -> None:
    said = refusal(
        lambda: wallets.capture_hold(hold.pk, 1, to_wallet_id=987654, actor=system, key="k")
    )
    assert isinstance(said, errors.UnknownWallet)


def test_a_capture_out_of_a_frozen_wallet_is_refused(
    hold: Hold, wallet: Wallet, escrow: Wallet, carol: User, system: User
) -> None:
    wallets.freeze(wallet.pk, actor=carol, reason="fraud")
    before = stored()
    said = refusal(lambda: capture(hold, 1, escrow, system))
    assert isinstance(said, errors.WalletNotActive)
    assert stored() == before


def test_a_frozen_wallet_gets_back_what_is_released(
    hold: Hold, wallet: Wallet, carol: User, system: User
) -> None:
    wallets.freeze(wallet.pk, actor=carol, reason="fraud")
    wallets.release_hold(hold.pk, actor=system)
    assert figures(wallet) == (10000, 0, 1)


def test_the_same_key_captures_once_also_after_the_hold_has_ended(
    hold: Hold, escrow: Wallet, system: User
) -> None:
    first = capture(hold, 6000, escrow, system)
    before = stored()
    again = capture(hold, 6000, escrow, system)
    assert again.is_replay
    assert (again.transaction_id, again.balances) == (first.transaction_id, first.balances)
    with pytest.raises(errors.KeyReused), transaction.atomic():
        capture(hold, 5000, escrow, system)
    assert stored() == before


def test_the_key_of_another_hold_is_refused(
    wallet: Wallet, hold: Hold, escrow: Wallet, system: User
) -> None:
    other = wallets.place_hold(wallet.pk, 100, actor=system, key="other")
    capture(hold, 100, escrow, system)
    assert isinstance(refusal(lambda: capture(other, 100, escrow, system)), errors.KeyReused)


@pytest.mark.parametrize("deed", ["capture", "release", "release again with its key"])
@pytest.mark.parametrize("end", [HoldStatus.CAPTURED, HoldStatus.RELEASED, HoldStatus.EXPIRED])
def test_a_hold_ends_once(
    hold: Hold, escrow: Wallet, system: User, end: HoldStatus, deed: str
) -> None:
    end_as(hold, end, escrow, system)
    before = stored()
    if (deed, end) == ("release again with its key", HoldStatus.RELEASED):
        assert wallets.release_hold(hold.pk, actor=system, key="again").status == end
    elif deed == "capture":
        said = refusal(lambda: capture(hold, 1, escrow, system, "late"))
        assert isinstance(said, errors.HoldEnded)
        assert said.message.startswith(f"Hold H-{hold.pk} has ended: it is {end}.")
    else:
        key = "again" if "key" in deed else ""
        said = refusal(lambda: wallets.release_hold(hold.pk, actor=system, key=key))
        assert isinstance(said, errors.HoldEnded)
        assert str(end.label) in said.message
    assert stored() == before


def end_as(hold: Hold, end: HoldStatus, escrow: Wallet, actor: User) -> None:
    if end == HoldStatus.CAPTURED:
        capture(hold, hold.rest, escrow, actor, "end")
    elif end == HoldStatus.RELEASED:
        wallets.release_hold(hold.pk, actor=actor)
    else:
        late = wallets.place_hold(hold.wallet_id, 1, actor=actor, key="late", expires_at=LONG_AGO)
        Hold.objects.filter(pk=hold.pk).update(expires_at=LONG_AGO)
        assert wallets.expire_holds(now=LONG_AGO + timedelta(days=1), actor=actor) == 2
        late.refresh_from_db()
        assert late.status == HoldStatus.EXPIRED


def test_holds_expire_at_their_moment_and_it_is_recorded(
    wallet: Wallet, system: User, escrow: Wallet
) -> None:
    noon = datetime(2027, 1, 1, 12, tzinfo=UTC)
    holds = [
        wallets.place_hold(wallet.pk, 100, actor=system, key=f"h{number}", expires_at=moment)
        for number, moment in enumerate((noon, noon + timedelta(seconds=1), None))
    ]
    assert wallets.expire_holds(now=noon - timedelta(seconds=1), actor=system) == 0
    assert wallets.expire_holds(now=noon, actor=system) == 1
    assert wallets.expire_holds(now=noon, actor=system) == 0
    assert figures(wallet) == (10000, 200, 1)
    holds[0].refresh_from_db()
    assert (holds[0].status, holds[0].released) == (HoldStatus.EXPIRED, 100)
    event = AuditEvent.objects.get(action="wallets.hold_expired")
    assert (event.actor, event.target_id, event.after) == (
        system,
        str(holds[0].pk),
        {"released": 100},
    )


def test_a_hold_past_its_moment_is_not_captured_even_if_the_job_is_late(
    wallet: Wallet, escrow: Wallet, system: User
) -> None:
    hold = wallets.place_hold(wallet.pk, 100, actor=system, key="h", expires_at=LONG_AGO)
    said = refusal(lambda: capture(hold, 100, escrow, system))
    assert isinstance(said, errors.HoldEnded)
    assert "expired" in said.message


def test_the_job_expires_holds_as_the_system(wallet: Wallet, system: User) -> None:
    wallets.place_hold(wallet.pk, 100, actor=system, key="h", expires_at=LONG_AGO)
    assert tasks.expire_holds() == "1 hold has ended."
    assert tasks.expire_holds() == ""
    event = AuditEvent.objects.get(action="wallets.hold_expired")
    assert (event.actor, event.source) == (system, "job")


def test_money_that_is_held_cannot_be_moved_away(
    wallet: Wallet, hold: Hold, make: Make, lena: User, move: Move
) -> None:
    taker = make.wallet(lena)
    assert isinstance(refusal(lambda: move(4001, wallet, taker, key="k")), errors.InsufficientFunds)
    move(4000, wallet, taker, key="k")
