"""Who sees what of money: all by a role, else what is their own, else nothing."""

import pytest

from apps.accounts.models import User
from apps.wallets import services as wallets
from apps.wallets.models import (
    Adjustment,
    AdjustmentBatch,
    Evidence,
    Hold,
    LedgerTransaction,
    Period,
    ReasonCode,
    Wallet,
)
from apps.wallets.states import Direction
from apps.wallets.tests.bulk import ask, line
from project.testing.make import Make

pytestmark = pytest.mark.django_db


@pytest.fixture
def wallet(make: Make, boris: User, system: User) -> Wallet:
    """Boris has 100.00, of which 25.00 are held."""
    wallet = make.wallet(boris, balance=10000)
    wallets.place_hold(wallet.pk, 2500, actor=system, key="h")
    return wallet


def test_wallets_and_holds_are_for_their_owner_and_who_may_view_them(
    wallet: Wallet, boris: User, bella: User, clara: User, adam: User
) -> None:
    assert list(Wallet.objects.visible_to(boris)) == [wallet]
    assert Hold.objects.visible_to(boris).count() == 1
    for stranger in (bella, adam):
        assert not Wallet.objects.visible_to(stranger)
        assert not Hold.objects.visible_to(stranger)
    assert Wallet.objects.visible_to(clara).count() == Wallet.objects.count() > 1
    assert Hold.objects.visible_to(clara).count() == 1


def test_adjustments_and_batches_are_for_who_asked_and_who_may_view_them(
    wallet: Wallet, walt: User, carol: User, boris: User, clara: User
) -> None:
    adjustment = wallets.request_adjustment(
        wallet_id=wallet.pk,
        direction=Direction.CREDIT,
        amount=100,
        reason_code=ReasonCode.objects.get(code="goodwill"),
        note="",
        actor=walt,
    )
    batch = ask(walt, line(wallet))
    for person, sees in ((walt, True), (carol, True), (boris, False), (clara, False)):
        assert list(Adjustment.objects.visible_to(person)) == [adjustment] * sees
        assert list(AdjustmentBatch.objects.visible_to(person)) == [batch] * sees
    # Who lost the role still sees what they asked for.
    walt.groups.clear()
    walt = User.objects.get(pk=walt.pk)
    assert list(Adjustment.objects.visible_to(walt)) == [adjustment]
    assert list(AdjustmentBatch.objects.visible_to(walt)) == [batch]


@pytest.mark.parametrize("model", [LedgerTransaction, ReasonCode, Period, Evidence])
def test_the_books_are_nobodys_own(
    model: type[LedgerTransaction], wallet: Wallet, fiona: User, boris: User, clara: User
) -> None:
    every = model.objects.count()

    assert model.objects.visible_to(fiona).count() == every
    for person in (boris, clara):
        assert not model.objects.visible_to(person)
