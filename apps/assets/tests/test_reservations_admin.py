"""The pages of reservations: listed by what they take, read and never written."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.assets import services
from apps.assets.models import Asset
from apps.assets.tests.conftest import DAY, HOUR, book
from project.testing.make import Make


@pytest.fixture
def asset(make: Make, lena: User) -> Asset:
    return make.asset(lender=lena)


@pytest.fixture
def desk(client: Client, clara: User) -> Client:
    """Clara's browser."""
    client.force_login(clara)
    return client


@pytest.mark.parametrize(
    ("tab", "reasons"),
    [
        ("", ["now", "soon"]),
        ("past", ["past"]),
        ("released", ["gone"]),
        ("all", ["gone", "soon", "now", "past"]),
    ],
)
def test_reservations_are_listed_by_what_they_take(
    desk: Client, asset: Asset, clara: User, tab: str, reasons: list[str]
) -> None:
    now = timezone.now()
    book(asset, clara, now - HOUR, now + HOUR, reason="now")
    book(asset, clara, now + DAY, now + 2 * DAY, reason="soon")
    book(asset, clara, now - 2 * DAY, now - DAY, reason="past")
    gone = book(asset, clara, now + 5 * DAY, now + 6 * DAY, reason="gone")
    services.free(gone.pk, actor=clara)
    answer = desk.get(reverse("admin:assets_reservation_changelist"), {"tab": tab} if tab else {})
    assert [one.reason for one in answer.context["cl"].result_list] == reasons


def test_a_reservation_is_read_and_never_written(desk: Client, asset: Asset, clara: User) -> None:
    now = timezone.now()
    reservation = book(asset, clara, now, now + DAY, reason="T-7 Boris")
    url = reverse("admin:assets_reservation_change", args=(reservation.pk,))
    text = desk.get(url).content.decode()
    assert "T-7 Boris" in text
    assert reverse("admin:assets_asset_change", args=(asset.pk,)) in text
    assert desk.post(url, {"reason": "x"}).status_code == 403
    assert desk.get(reverse("admin:assets_asset_changelist")).status_code == 200
