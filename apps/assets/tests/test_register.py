"""Registering and changing: what is written, what is refused, what is left behind."""

from typing import Any

import pytest
from django.db import IntegrityError

from apps.accounts.models import User
from apps.assets import services
from apps.assets.errors import AssetChangedMeanwhile, AssetInvalid, TagTaken, TariffInOtherCurrency
from apps.assets.models import Asset, Category
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import NotPermitted
from project.testing.make import Make


def fields(make: Make, lena: User, **others: Any) -> dict[str, Any]:
    usual = {
        "tag": " CAM-1 ",
        "name": "Camera",
        "category": Category.objects.filter(name="Cameras").first()
        or make.category(name="Cameras"),
        "lender": lena,
        "value": 120050,
        "currency": "USD",
    }
    return {**usual, **others}


def test_an_asset_comes_into_the_register_available(make: Make, clara: User, lena: User) -> None:
    asset = services.register(
        actor=clara, reason="bought", **fields(make, lena, serial=" 77 ", location="Shelf 3")
    )
    asset.refresh_from_db()
    assert (asset.tag, asset.serial, asset.status) == ("CAM-1", "77", "available")
    version = asset.history.get()
    assert (version.history_user, version.history_change_reason) == (clara, "bought")
    event = AuditEvent.objects.get(action="assets.registered")
    assert (event.actor, event.reason, event.target_id) == (clara, "bought", str(asset.pk))
    assert event.after == {
        "tag": "CAM-1",
        "name": "Camera",
        "category": "Cameras",
        "lender": "Lena",
        "value": "1200.50 USD",
        "currency": "USD",
        "serial": "77",
        "location": "Shelf 3",
        "condition": "good",
    }


def test_who_may_not_register_is_refused_and_that_is_kept(
    make: Make, anna: User, lena: User
) -> None:
    with pytest.raises(NotPermitted, match=r"assets\.add_asset"):
        services.register(actor=anna, **fields(make, lena))
    assert not Asset.objects.exists()
    assert AuditEvent.objects.get(outcome=Outcome.DENIED).actor == anna


@pytest.mark.parametrize(
    ("wrong", "field", "reason"),
    [
        ({"tag": "  "}, "tag", "blank"),
        ({"tag": "x" * 41}, "tag", "at most 40 characters"),
        ({"name": ""}, "name", "blank"),
        ({"value": -1}, "value", "may not be negative"),
        ({"value": 2**70}, "value", "less than or equal"),
        ({"currency": "XXZ"}, "currency", "not an ISO 4217 currency"),
        ({"condition": "shiny"}, "condition", "not a valid choice"),
    ],
)
def test_what_cannot_be_right_is_refused_at_its_field(
    make: Make, clara: User, lena: User, wrong: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(AssetInvalid) as refusal:
        services.register(actor=clara, **fields(make, lena, **wrong))
    assert list(refusal.value.faults) == [field]
    assert reason in refusal.value.message
    assert not Asset.objects.exists()
    assert not AuditEvent.objects.filter(action__startswith="assets.").exists()


def test_only_active_people_lend(make: Make, clara: User, lena: User, system: User) -> None:
    lena.is_active = False
    lena.save()
    for lender in (lena, system):
        with pytest.raises(AssetInvalid, match="choose an active person"):
            services.register(actor=clara, **fields(make, lena, lender=lender))


def test_a_tag_is_taken_whatever_its_case(make: Make, clara: User, lena: User) -> None:
    make.asset(lender=lena, tag="cam-1")
    with pytest.raises(TagTaken, match="“CAM-1” is taken by another asset") as refusal:
        services.register(actor=clara, **fields(make, lena))
    assert list(refusal.value.faults) == ["tag"]
    assert Asset.objects.count() == 1


def test_a_tariff_is_in_the_currency_of_the_value(make: Make, clara: User, lena: User) -> None:
    with pytest.raises(TariffInOtherCurrency, match="valued in EUR") as refusal:
        services.register(actor=clara, **fields(make, lena, currency="EUR"))
    assert list(refusal.value.faults) == ["tariff"]
    own = make.tariff(currency="EUR")
    services.register(actor=clara, **fields(make, lena, tag="E", currency="EUR", tariff=own))


def test_a_change_keeps_old_and_new(make: Make, clara: User, lena: User) -> None:
    asset = make.asset(lender=lena, name="Camera", value=20000)
    other = make.category(name="Lenses")
    changed = services.change(
        asset.pk,
        actor=clara,
        seen_version=1,
        reason="typo",
        name="Lens",
        value=25000,
        category=other,
        serial="",
    )
    assert (changed.version, changed.name) == (2, "Lens")
    event = AuditEvent.objects.get(action="assets.changed")
    assert event.before == {
        "name": "Camera",
        "value": "200.00 USD",
        "category": str(asset.category),
    }
    assert event.after == {"name": "Lens", "value": "250.00 USD", "category": "Lenses"}
    version = changed.history.first()
    assert (version.name, version.history_user) == ("Lens", clara)
    assert version.history_change_reason == "typo"


def test_a_change_that_changes_nothing_leaves_nothing(make: Make, clara: User, lena: User) -> None:
    asset = make.asset(lender=lena)
    services.change(asset.pk, actor=clara, name=asset.name, lender=lena)
    asset.refresh_from_db()
    assert asset.version == 1
    assert asset.history.count() == 1
    assert not AuditEvent.objects.filter(action="assets.changed").exists()


def test_lenders_of_one_name_are_two_people(
    make: Make, clara: User, lena: User, bella: User
) -> None:
    bella.display_name = lena.display_name
    bella.save()
    asset = make.asset(lender=lena)
    assert services.change(asset.pk, actor=clara, lender=bella).lender == bella
    assert AuditEvent.objects.filter(action="assets.changed").count() == 1


def test_a_stale_page_changes_nothing(make: Make, clara: User, lena: User) -> None:
    asset = make.asset(lender=lena)
    services.change(asset.pk, actor=clara, seen_version=1, name="First")
    with pytest.raises(AssetChangedMeanwhile, match="Reload the page"):
        services.change(asset.pk, actor=clara, seen_version=1, name="Second")
    asset.refresh_from_db()
    assert asset.name == "First"


def test_a_change_is_checked_like_a_new_asset(make: Make, clara: User, lena: User) -> None:
    asset = make.asset(lender=lena, name="Old")
    other = make.asset(lender=lena)
    with pytest.raises(TagTaken):
        services.change(asset.pk, actor=clara, tag=other.tag.lower())
    with pytest.raises(AssetInvalid):
        services.change(asset.pk, actor=clara, name=" ")
    asset.refresh_from_db()
    assert (asset.name, asset.version) == ("Old", 1)


def test_a_fault_of_ours_is_not_called_a_taken_tag(
    make: Make, clara: User, lena: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_asset: Asset) -> None:
        raise IntegrityError("asset_loan_is_out")

    asset = make.asset(lender=lena)
    monkeypatch.setattr(Asset, "save", fail)
    with pytest.raises(IntegrityError, match="asset_loan_is_out"):
        services.change(asset.pk, actor=clara, name="New")


def test_who_may_not_change_is_refused(make: Make, anna: User, lena: User) -> None:
    asset = make.asset(lender=lena)
    with pytest.raises(NotPermitted):
        services.change(asset.pk, actor=anna, name="New")


def test_status_is_no_field_to_write(make: Make, clara: User, lena: User) -> None:
    asset = make.asset(lender=lena)
    with pytest.raises(AssertionError, match="only deeds change"):
        services.change(asset.pk, actor=clara, status="retired")


def test_a_category_is_added_by_who_imports(make: Make, clara: User, anna: User) -> None:
    tariff = make.tariff()
    category = services.add_category(name="Drones", tariff=tariff, actor=clara)
    assert category.history.get().history_user == clara
    assert AuditEvent.objects.get(action="assets.category_added").after["name"] == "Drones"
    with pytest.raises(AssetInvalid, match="120 characters"):
        services.add_category(name="x" * 121, tariff=tariff, actor=clara)
    with pytest.raises(NotPermitted):
        services.add_category(name="Tools", tariff=tariff, actor=anna)
    assert Category.objects.get() == category
