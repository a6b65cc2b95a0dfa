"""Between the preview and the import: what changed, who clicks twice, who is quicker."""

from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import User
from apps.assets import services as assets
from apps.assets.errors import AlreadyImported, PreviewGone
from apps.assets.importing import services
from apps.assets.importing.rows import Defaults
from apps.assets.models import Asset, AssetImport, Tariff
from apps.assets.tests.conftest import beside
from apps.assets.tests.importing import CSV, faults, preview
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import NotPermitted
from project.testing.make import Make


@pytest.fixture
def tariff(make: Make) -> Tariff:
    return make.tariff(name="Usual")


@pytest.fixture
def defaults(lena: User, tariff: Tariff) -> Defaults:
    return Defaults(lender=lena, currency="USD", tariff=tariff)


def test_a_register_that_changed_meanwhile_is_shown_again(
    make: Make, defaults: Defaults, clara: User, lena: User
) -> None:
    asset = make.asset(lender=lena, tag="A-1", category=make.category(name="Cameras"))
    file, _result = preview(CSV, defaults, clara)
    assets.change(asset.pk, actor=clara, location="Moved")
    assets.change(asset.pk, actor=clara, name="Somebody else's name")
    file, result = services.carry_out(file.key, actor=clara)
    assert (file.imported_at, result.is_refused) == (None, False)
    assert not AuditEvent.objects.filter(action="assets.imported").exists()
    assert Asset.objects.count() == 1
    # What is shown now is what is confirmed next.
    file, _result = services.carry_out(file.key, actor=clara)
    assert file.imported_at is not None
    assert Asset.objects.count() == 2


def test_a_tag_that_was_taken_meanwhile_keeps_the_file_out(
    make: Make, defaults: Defaults, clara: User, bella: User
) -> None:
    file, _result = preview(CSV, defaults, clara)
    make.asset(lender=bella, tag="A-2")
    file, result = services.carry_out(file.key, actor=clara)
    assert file.imported_at is None
    assert [(line, column) for line, column, _why in faults(result)] == [(3, "tag")]
    assert Asset.objects.count() == 1


def test_a_second_click_imports_nothing(defaults: Defaults, clara: User) -> None:
    file, _result = preview(CSV, defaults, clara)
    services.carry_out(file.key, actor=clara)
    with pytest.raises(AlreadyImported, match="nothing was imported a second time"):
        services.carry_out(file.key, actor=clara)
    assert AuditEvent.objects.filter(action="assets.imported").count() == 1


def test_only_who_previewed_confirms(defaults: Defaults, clara: User, adam: User) -> None:
    file, _result = preview(CSV, defaults, clara)
    adam.is_superuser = True
    adam.save()
    with pytest.raises(PreviewGone, match="Choose the file again"):
        services.carry_out(file.key, actor=adam)


def test_previews_are_kept_for_a_day(defaults: Defaults, clara: User, time_machine: Any) -> None:
    file, _result = preview(CSV, defaults, clara)
    done, _result = preview(CSV, defaults, clara)
    services.carry_out(done.key, actor=clara)
    file.refresh_from_db()
    time_machine.move_to(file.uploaded_at + timedelta(days=1, minutes=1))
    preview(CSV, defaults, clara)
    assert not AssetImport.objects.filter(pk=file.pk).exists()
    assert AssetImport.objects.filter(pk=done.pk).exists()


def test_who_may_not_import_is_refused(defaults: Defaults, clara: User, anna: User) -> None:
    file, _result = preview(CSV, defaults, clara)
    with pytest.raises(NotPermitted, match=r"assets\.import_asset"):
        preview(CSV, defaults, anna)
    with pytest.raises(NotPermitted, match=r"assets\.import_asset"):
        services.carry_out(file.key, actor=anna)
    denied = AuditEvent.objects.filter(outcome=Outcome.DENIED).order_by("pk")
    assert [event.action for event in denied] == ["assets.preview", "assets.carry_out"]


@pytest.mark.django_db(transaction=True)
def test_a_double_click_imports_once(defaults: Defaults, clara: User) -> None:
    file, _result = preview(CSV, defaults, clara)
    refusal = beside(
        lambda: services.carry_out(file.key, actor=clara),
        lambda: services.carry_out(file.key, actor=clara),
    )
    assert isinstance(refusal, AlreadyImported)
    assert Asset.objects.count() == 2
    assert AuditEvent.objects.filter(action="assets.imported").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_tag_registered_at_the_same_moment_keeps_the_file_out(
    make: Make, defaults: Defaults, clara: User, lena: User
) -> None:
    file, _result = preview(CSV, defaults, clara)
    category = make.category(name="Cameras", tariff=defaults.tariff)
    results = []
    refusal = beside(
        lambda: assets.register(
            actor=clara,
            tag="A-2",
            name="Mine",
            category=category,
            lender=lena,
            value=1,
            currency="USD",
        ),
        lambda: results.append(services.carry_out(file.key, actor=clara)),
    )
    assert refusal is None
    ((file, result),) = results
    assert file.imported_at is None
    assert faults(result) == [(3, "tag", "Another asset has this tag already.")]
    assert Asset.objects.count() == 1
