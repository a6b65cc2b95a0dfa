"""What a scanner types leads to the asset."""

import pytest
from django.urls import reverse

from apps.accounts.models import User
from apps.assets.selectors import find_by_scan
from project.testing.make import Make


@pytest.mark.parametrize("text", ["CAM-7", "cam-7", "  Cam-7\r\n"])
def test_a_tag_is_found_whatever_its_case(make: Make, lena: User, text: str) -> None:
    asset = make.asset(lender=lena, tag="CAM-7")
    make.asset(lender=lena, tag="CAM-77")
    assert find_by_scan(text) == asset


@pytest.mark.parametrize("host", ["https://assets.example", "http://10.0.0.7:8000"])
def test_the_address_of_its_page_stands_for_an_asset(make: Make, lena: User, host: str) -> None:
    asset = make.asset(lender=lena)
    address = host + reverse("admin:assets_asset_change", args=(asset.pk,))
    assert find_by_scan(address) == asset
    assert find_by_scan(address + "?from=mail") == asset


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "CAM",
        "https://[broken",
        "ftp://assets.example/admin/assets/asset/1/change/",
        "https://assets.example/admin/tickets/ticket/1/change/",
        f"https://assets.example/admin/assets/asset/{'9' * 30}/change/",
    ],
)
def test_anything_else_is_no_asset(make: Make, lena: User, text: str) -> None:
    make.asset(lender=lena, tag="CAM-7")
    assert find_by_scan(text) is None
