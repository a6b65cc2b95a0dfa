"""Kits: made, given parts and taken apart; free when all parts are; shown with where these are."""

from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.assets import services
from apps.assets.admin.kit_page import parts_of
from apps.assets.availability import why_not
from apps.assets.errors import AssetInvalid, KitInvalid
from apps.assets.models import Asset
from apps.assets.states import Status
from apps.assets.tests.conftest import DAY, MONDAY, beside, book
from apps.audit.models import AuditEvent
from apps.common.errors import NotPermitted
from project.testing.make import Make

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def kit(make: Make, clara: User, lena: User) -> Asset:
    """Return a kit with one part."""
    kit, part = make.asset(lender=lena), make.asset(lender=lena)
    services.make_kit(kit.pk, actor=clara, reason="Sold as one")
    services.put_into_kit(part.pk, kit_id=kit.pk, actor=clara)
    return Asset.objects.get(pk=kit.pk)


def put(part: Asset, kit: Asset, actor: User) -> Asset:
    return services.put_into_kit(part.pk, kit_id=kit.pk, actor=actor)


def test_each_deed_is_kept_in_history_and_audit_and_done_once(kit: Asset, clara: User) -> None:
    part = kit.parts.get()
    put(part, kit, clara)
    services.make_kit(kit.pk, actor=clara)
    services.take_out_of_kit(part.pk, actor=clara, reason="Broken case")
    services.take_out_of_kit(part.pk, actor=clara)
    services.dissolve_kit(kit.pk, actor=clara)
    services.dissolve_kit(kit.pk, actor=clara)
    done = AuditEvent.objects.filter(action__contains="kit").order_by("pk")
    assert list(done.values_list("action", flat=True)) == [
        "assets.made_kit",
        "assets.put_into_kit",
        "assets.taken_out_of_kit",
        "assets.dissolved_kit",
    ]
    left = done[2]
    assert (left.before, left.after, left.reason) == (
        {"kit": str(kit)},
        {"kit": None},
        "Broken case",
    )
    last, first = part.history.order_by("-history_id")[:2]
    assert (last.kit_id, first.kit_id, last.history_user) == (None, kit.pk, clara)


def test_what_cannot_be_a_part_is_refused_in_words(
    kit: Asset, make: Make, clara: User, lena: User, boris: User
) -> None:
    part, other, theirs = kit.parts.get(), make.asset(lender=lena), make.asset(lender=boris)
    second = make.asset(lender=lena)
    services.make_kit(second.pk, actor=clara)
    for asset, into, why in (
        (other, part, "it is no kit; make it one first"),
        (second, kit, "no kit is in a kit"),
        (part, second, f"it is a part of {kit} already"),
        (theirs, kit, "it belongs to Boris, and the kit to Lena"),
    ):
        with pytest.raises(KitInvalid, match=why):
            put(asset, into, clara)
    with pytest.raises(KitInvalid, match="take it out first"):
        services.make_kit(part.pk, actor=clara)
    with pytest.raises(KitInvalid, match="it has parts; take them out first"):
        services.dissolve_kit(kit.pk, actor=clara)
    services.retire(other.pk, reason="Old", actor=clara)
    with pytest.raises(KitInvalid, match="it has been retired"):
        put(other, kit, clara)


def test_who_may_not_change_the_register_makes_no_kit(
    kit: Asset, make: Make, lena: User, anna: User
) -> None:
    other = make.asset(lender=lena)
    deeds: list[Callable[[], Asset]] = [
        lambda: services.make_kit(other.pk, actor=anna),
        lambda: put(other, kit, anna),
        lambda: services.take_out_of_kit(kit.parts.get().pk, actor=anna),
        lambda: services.dissolve_kit(kit.pk, actor=anna),
    ]
    for deed in deeds:
        with pytest.raises(NotPermitted):
            deed()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda kit, _part, other: (other, {"kit": kit, "is_kit": True}), "asset_kit_is_in_no_kit"),
        (lambda _kit, part, other: (other, {"kit": part}), "is no kit and has no parts"),
        (lambda kit, _part, _other: (kit, {"is_kit": False}), "has parts, so that it stays a kit"),
    ],
)
def test_the_database_keeps_kits_one_deep(
    kit: Asset, make: Make, lena: User, change: object, name: str
) -> None:
    row, values = change(kit, kit.parts.get(), make.asset(lender=lena))  # type: ignore[operator]
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Asset.objects.filter(pk=row.pk).update(**values)


@pytest.mark.django_db(transaction=True)
def test_a_kit_that_is_dissolved_meanwhile_gets_no_part(
    make: Make, clara: User, lena: User
) -> None:
    kit, part = make.asset(lender=lena), make.asset(lender=lena)
    services.make_kit(kit.pk, actor=clara)
    refusal = beside(
        lambda: services.dissolve_kit(kit.pk, actor=clara), lambda: put(part, kit, clara)
    )
    assert isinstance(refusal, KitInvalid)
    assert not Asset.objects.get(pk=part.pk).kit_id


def test_a_kit_is_free_when_all_its_parts_are(kit: Asset, clara: User) -> None:
    part = kit.parts.get()
    week = (MONDAY, MONDAY + 7 * DAY)
    assert not why_not(kit, *week, now=MONDAY)
    reservation = book(part, clara, MONDAY + DAY, MONDAY + 2 * DAY)
    (reason,) = why_not(kit, *week, now=MONDAY)
    assert str(reason).startswith(f"Its part {part}: {reservation.in_words} takes it from")
    assert not why_not(kit, MONDAY + 3 * DAY, MONDAY + 4 * DAY, now=MONDAY)
    services.lose(part.pk, reason="Gone", actor=clara)
    (reason,) = why_not(kit, MONDAY + 3 * DAY, MONDAY + 4 * DAY, now=MONDAY)
    assert "reported lost" in str(reason)


def test_a_kit_that_is_taken_itself_is_said_once(kit: Asset, clara: User) -> None:
    for asset in (kit, kit.parts.get()):
        book(asset, clara, MONDAY, MONDAY + DAY)
    assert len(why_not(kit, MONDAY, MONDAY + DAY, now=MONDAY)) == 1


def test_a_retired_part_leaves_its_kit(kit: Asset, clara: User) -> None:
    part = kit.parts.get()
    services.retire(part.pk, reason="Worn out", actor=clara)
    assert not kit.parts.exists()
    event = AuditEvent.objects.get(action="assets.retired")
    assert event.after["taken out of"] == str(kit)


def test_kit_and_parts_keep_one_lender(kit: Asset, clara: User, boris: User) -> None:
    for asset in (kit, kit.parts.get()):
        with pytest.raises(AssetInvalid, match="take the part out of the kit first") as refused:
            services.change(asset.pk, actor=clara, lender=boris)
        assert set(refused.value.faults) == {"lender"}


def test_the_parts_are_shown_with_where_they_are(kit: Asset, clara: User) -> None:
    def shown() -> tuple[str, bool]:
        (part,) = parts_of(Asset.objects.select_related("loan").get(pk=kit.pk), MONDAY)
        return part.place, part.is_elsewhere

    part = kit.parts.get()
    assert shown() == ("in the store", False)
    services.change(part.pk, actor=clara, location="Shelf B")
    assert shown() == ("Shelf B", False)
    services.change(kit.pk, actor=clara, location="Shelf A")
    assert shown() == ("Shelf B", True)
    loans = {asset: book(asset, clara, MONDAY, MONDAY + DAY) for asset in (kit, part)}
    services.hand_over(part.pk, actor=clara, reservation_id=loans[part].pk)
    place, is_elsewhere = shown()
    assert place.startswith("out on R-")
    assert is_elsewhere
    services.hand_over(kit.pk, actor=clara, reservation_id=loans[kit].pk)
    assert not shown()[1]
    services.take_back(part.pk, condition="good", actor=clara)
    services.lose(part.pk, reason="Gone", actor=clara)
    assert shown() == (str(Status.LOST.label), True)
