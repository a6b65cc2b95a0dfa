"""Blackouts: a lender wants the own asset back for a while; no promise gives way for that."""

from functools import partial

import pytest

from apps.accounts.models import User
from apps.assets import services
from apps.assets.availability import why_not
from apps.assets.errors import AssetTaken, NotABlackout, PeriodBackwards
from apps.assets.models import Asset
from apps.assets.states import ReservationKind
from apps.assets.tests.conftest import DAY, HOUR, MONDAY, beside, book
from apps.audit.models import AuditEvent
from apps.common.errors import NotPermitted
from project.testing.make import Make


@pytest.fixture
def asset(make: Make, lena: User) -> Asset:
    return make.asset(lender=lena, tag="CAM-1", name="Camera")


def test_a_lender_blocks_an_own_asset(asset: Asset, lena: User) -> None:
    blackout = services.black_out(asset.pk, MONDAY, MONDAY + DAY, reason="Holidays", actor=lena)
    assert blackout.kind == ReservationKind.BLACKOUT
    assert "Holidays" in str(why_not(asset, MONDAY + HOUR, MONDAY + 2 * DAY, now=MONDAY)[0])
    event = AuditEvent.objects.get(action="assets.blacked_out")
    assert (event.reason, event.on_behalf_of) == ("Holidays", None)


def test_a_clerk_does_so_for_the_lender(asset: Asset, lena: User, clara: User) -> None:
    services.black_out(asset.pk, MONDAY, MONDAY + DAY, reason="Holidays", actor=clara)
    assert AuditEvent.objects.get(action="assets.blacked_out").on_behalf_of == lena


def test_nobody_blocks_what_is_not_theirs(asset: Asset, anna: User, boris: User) -> None:
    for stranger in (anna, boris):
        with pytest.raises(NotPermitted):
            services.black_out(asset.pk, MONDAY, MONDAY + DAY, reason="Mine", actor=stranger)


def test_a_lender_who_has_left_blocks_nothing(asset: Asset, lena: User) -> None:
    lena.is_active = False
    with pytest.raises(NotPermitted):
        services.black_out(asset.pk, MONDAY, MONDAY + DAY, reason="Holidays", actor=lena)


def test_what_is_promised_is_listed_and_nothing_is_blocked(
    asset: Asset, lena: User, clara: User
) -> None:
    book(asset, clara, MONDAY, MONDAY + HOUR, reason="TK-1 Boris")
    book(asset, clara, MONDAY + 2 * HOUR, MONDAY + 3 * HOUR, reason="TK-2 Bella")
    with pytest.raises(AssetTaken) as refusal:
        services.black_out(asset.pk, MONDAY, MONDAY + DAY, reason="Holidays", actor=lena)
    assert len(refusal.value.reasons) == 2
    assert "TK-1 Boris" in refusal.value.message
    assert "TK-2 Bella" in refusal.value.message
    assert not AuditEvent.objects.filter(action="assets.blacked_out").exists()


def test_a_blackout_ends_after_it_starts(asset: Asset, lena: User) -> None:
    with pytest.raises(PeriodBackwards):
        services.black_out(asset.pk, MONDAY, MONDAY, reason="Holidays", actor=lena)


def test_lifting_frees_what_is_left_once(asset: Asset, lena: User, anna: User) -> None:
    blackout = services.black_out(asset.pk, MONDAY, MONDAY + DAY, reason="Holidays", actor=lena)
    with pytest.raises(NotPermitted):
        services.lift_blackout(blackout.pk, actor=anna)
    for _twice in range(2):
        assert not services.lift_blackout(blackout.pk, actor=lena).is_holding
    assert AuditEvent.objects.filter(action="assets.blackout_lifted").count() == 1


def test_a_loan_is_not_lifted(asset: Asset, lena: User, clara: User) -> None:
    loan = book(asset, clara, MONDAY, MONDAY + DAY)
    with pytest.raises(NotABlackout, match="is no blackout"):
        services.lift_blackout(loan.pk, actor=lena)


@pytest.mark.django_db(transaction=True)
def test_a_promise_and_a_blackout_at_once(asset: Asset, lena: User, clara: User) -> None:
    refusal = beside(
        partial(book, asset, clara, MONDAY, MONDAY + DAY),
        partial(services.black_out, asset.pk, MONDAY, MONDAY + DAY, reason="Holidays", actor=lena),
    )
    assert isinstance(refusal, AssetTaken)
    assert asset.reservations.get().kind == ReservationKind.LOAN
