"""The page of a kit, and its dialogs."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.assets.models import Asset
from project.testing.make import Make


def page(asset: Asset) -> str:
    return reverse("admin:assets_asset_change", args=(asset.pk,))


def dialog(name: str, asset: Asset) -> str:
    return reverse(f"admin:assets_asset_{name}", args=(asset.pk,))


@pytest.fixture
def desk(client: Client, clara: User) -> Client:
    """Clara's browser."""
    client.force_login(clara)
    return client


def confirm(desk: Client, name: str, asset: Asset, **typed: str) -> Any:
    return desk.post(dialog(name, asset), {"_form_submitted": "true", "reason": "", **typed})


def buttons(desk: Client, asset: Asset) -> set[str]:
    paths = {button["path"] for button in desk.get(page(asset)).context["actions_detail"]}
    names = ("make_kit", "add_part", "leave_kit", "dissolve_kit")
    return {name for name in names if dialog(name, asset) in paths}


def test_a_kit_is_made_filled_and_taken_apart_in_dialogs(
    desk: Client, make: Make, lena: User
) -> None:
    kit, part = make.asset(lender=lena), make.asset(lender=lena, name="Tripod")
    assert buttons(desk, kit) == {"make_kit"}
    assert confirm(desk, "make_kit", kit)["HX-Redirect"] == page(kit)
    assert buttons(desk, kit) == {"add_part", "dissolve_kit"}
    assert "It has no parts yet." in desk.get(page(kit)).content.decode()
    done = confirm(desk, "add_part", kit, tag=part.tag.lower())
    assert done["HX-Redirect"] == page(kit)
    assert buttons(desk, kit) == {"add_part"}
    assert buttons(desk, part) == {"leave_kit"}
    shown = desk.get(page(kit)).content.decode()
    assert "Tripod" in shown
    assert dialog("leave_kit", part) in shown
    assert str(kit) in desk.get(page(part)).content.decode()
    assert confirm(desk, "leave_kit", part)["HX-Redirect"] == page(kit)
    assert confirm(desk, "dissolve_kit", kit)["HX-Redirect"] == page(kit)
    kit.refresh_from_db()
    assert not kit.is_kit


def test_what_cannot_be_a_part_keeps_the_dialog_open(desk: Client, make: Make, lena: User) -> None:
    kit = make.asset(lender=lena)
    confirm(desk, "make_kit", kit)
    unknown = confirm(desk, "add_part", kit, tag="NOPE").content.decode()
    assert "No asset has the tag “NOPE”." in unknown
    itself = confirm(desk, "add_part", kit, tag=kit.tag).content.decode()
    assert "no kit is in a kit" in itself


def test_who_only_reads_sees_the_parts_and_no_buttons(
    desk: Client, client: Client, make: Make, lena: User, anna: User
) -> None:
    kit, part = make.asset(lender=lena), make.asset(lender=lena)
    confirm(desk, "make_kit", kit)
    confirm(desk, "add_part", kit, tag=part.tag)
    client.force_login(anna)
    assert buttons(client, kit) == set()
    shown = client.get(page(kit)).content.decode()
    assert part.tag in shown
    assert dialog("leave_kit", part) not in shown


def test_the_page_shows_how_the_value_falls(desk: Client, make: Make, lena: User) -> None:
    asset = make.asset(
        lender=lena,
        purchased_on="2000-01-01",
        category=make.category(useful_life=36, residual_share=1000),
    )
    shown = desk.get(page(asset)).content.decode()
    assert "$200.00 − 36 of 36 months × ($200.00 − $20.00) = $20.00" in shown
    assert "straight line over 36 months down to 10 %" in shown
