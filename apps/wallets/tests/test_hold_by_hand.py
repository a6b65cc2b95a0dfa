"""Holds by hand: moving money takes two, nobody’s own is touched, and tickets keep theirs."""

from datetime import UTC, datetime
from typing import Any

import pytest

from apps.accounts.models import User
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import DomainError, NotPermitted, OwnMatter
from apps.notifications.models import Notice
from apps.wallets import errors
from apps.wallets import services as wallets
from apps.wallets.models import Hold, Wallet
from apps.wallets.states import Role
from project.testing.cast import person
from project.testing.make import Make

pytestmark = pytest.mark.django_db


@pytest.fixture
def wallet(make: Make, boris: User) -> Wallet:
    """Boris has 100.00."""
    return make.wallet(boris, balance=10000)


def place(wallet: Wallet, actor: User, **options: Any) -> Hold:
    options = {"key": "by hand", "reason": "Deposit", **options}
    return wallets.place_hold_by_hand(wallet.pk, 2500, actor=actor, **options)


def capture(hold: Hold, actor: User, to: Wallet, **options: Any) -> Any:
    options = {"key": "capture", "reason": "Lost", **options}
    return wallets.capture_hold_by_hand(hold.pk, 1000, to_wallet_id=to.pk, actor=actor, **options)


def release(hold: Hold, actor: User, reason: str = "Returned") -> Hold:
    return wallets.release_hold_by_hand(hold.pk, actor=actor, reason=reason)


def commission() -> Wallet:
    return wallets.system_wallet(Role.COMMISSION, "USD")


def test_a_hold_is_placed_once_for_a_key_and_audited_once(wallet: Wallet, walt: User) -> None:
    assert place(wallet, walt) == place(wallet, walt)

    event = AuditEvent.objects.get(action="wallets.hold_placed")
    assert (event.actor, event.reason, event.after["amount"]) == (walt, "Deposit", 2500)
    wallet.refresh_from_db()
    assert wallet.available == 7500


def test_a_capture_is_done_once_for_a_key_and_its_owner_is_told(
    wallet: Wallet, walt: User, carol: User, boris: User
) -> None:
    hold = place(wallet, walt)

    assert capture(hold, carol, commission()) == capture(hold, carol, commission())

    assert AuditEvent.objects.filter(action="wallets.hold_captured").count() == 1
    # One on the page, one by e-mail.
    subjects = set(Notice.objects.filter(recipient=boris).values_list("subject", flat=True))
    assert subjects == {f"$10.00 that was held in {wallet.number} was taken"}
    wallet.refresh_from_db()
    assert (wallet.placed, wallet.held) == (9000, 1500)


def test_a_release_gives_back_the_rest(wallet: Wallet, walt: User, carol: User) -> None:
    hold = place(wallet, walt)
    capture(hold, carol, commission())

    assert release(hold, walt).released == 1500
    assert AuditEvent.objects.get(action="wallets.hold_released").reason == "Returned"


def test_who_placed_a_hold_does_not_capture_it(wallet: Wallet) -> None:
    both = person("Bruno", "Wallet clerk", "Finance controller")
    hold = place(wallet, both)

    with pytest.raises(OwnMatter):
        capture(hold, both, commission())
    assert AuditEvent.objects.filter(outcome=Outcome.DENIED, actor=both).count() == 1


def test_nobody_has_a_hand_in_their_own_wallet(make: Make, wallet: Wallet, walt: User) -> None:
    clerk = person("Bruno", "Wallet clerk", "Finance controller")
    own = make.wallet(clerk, balance=10000)
    theirs, his = place(own, walt), place(wallet, walt, key="of Boris")

    for deed in (
        lambda: place(own, clerk, key="own"),
        lambda: capture(theirs, clerk, commission()),
        lambda: capture(his, clerk, own),
        lambda: release(theirs, clerk),
    ):
        with pytest.raises(OwnMatter):
            deed()
    assert not Hold.objects.filter(captured__gt=0).exists()


def test_what_a_hold_was_placed_for_decides_about_it(
    make: Make, wallet: Wallet, walt: User, carol: User, lena: User, system: User
) -> None:
    asset = make.asset(lender=lena)
    hold = wallets.place_hold(wallet.pk, 2500, actor=system, key="rent", about=asset)

    for deed in (lambda: capture(hold, carol, commission()), lambda: release(hold, walt)):
        with pytest.raises(errors.HoldBelongs, match=asset.name):
            deed()
    hold.refresh_from_db()
    assert hold.rest == 2500


def test_who_may_not_is_refused(wallet: Wallet, walt: User, carol: User, clara: User) -> None:
    hold = place(wallet, walt)

    for deed in (
        lambda: place(wallet, carol, key="other"),
        lambda: capture(hold, walt, commission()),
        lambda: release(hold, clara),
    ):
        with pytest.raises(NotPermitted, match="lack the permission"):
            deed()
    assert AuditEvent.objects.filter(outcome=Outcome.DENIED).count() == 3


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ({"currency": "EUR"}, errors.CurrencyMismatch),
        ({"reason": " "}, errors.ReasonMissing),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, errors.HoldWouldEnd),
    ],
)
def test_a_hold_that_makes_no_sense_is_refused(
    wallet: Wallet, walt: User, options: dict[str, Any], refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        place(wallet, walt, **options)
    assert not Hold.objects.exists()


def test_money_of_the_house_is_not_held_by_hand(wallet: Wallet, walt: User) -> None:
    with pytest.raises(errors.SystemWallet):
        place(commission(), walt)
    with pytest.raises(errors.UnknownWallet):
        place(Wallet(pk=2**62), walt)


def test_a_capture_goes_into_a_wallet_that_takes_it(
    make: Make, wallet: Wallet, walt: User, carol: User, lena: User
) -> None:
    hold = place(wallet, walt)

    for to, options, refusal in (
        (make.wallet(lena, currency="EUR"), {}, errors.CurrencyMismatch),
        (commission(), {"currency": "EUR"}, errors.CurrencyMismatch),
        (wallets.system_wallet(Role.EXCHANGE, "USD"), {}, errors.ExchangeWallet),
        (Wallet(pk=2**62), {}, errors.UnknownWallet),
        (commission(), {"reason": ""}, errors.ReasonMissing),
    ):
        with pytest.raises(refusal):
            capture(hold, carol, to, **options)
    with pytest.raises(errors.ReasonMissing):
        release(hold, walt, reason=" ")
