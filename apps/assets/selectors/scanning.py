"""Which asset a scanner means."""

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from apps.assets.models import Asset

if TYPE_CHECKING:
    from django.db.models import QuerySet

_PAGE = re.compile(r"/assets/asset/(\d{1,18})(?:/|$)")


def find_by_scan(text: str) -> Asset | None:
    """Return the asset of which a scanner, or somebody at the keys, gave the tag.

    Case and blanks at the ends do not matter. The address of an asset’s page stands for it too.
    """
    term = text.strip()
    if not term:
        return None
    asset = _with_prices().filter(tag__iexact=term).first()
    if asset is None and (page := _page_in(term)):
        asset = _with_prices().filter(pk=page).first()
    return asset


def _with_prices() -> "QuerySet[Asset]":
    return Asset.objects.select_related("category__tariff", "tariff", "lender", "loan")


def _page_in(address: str) -> int | None:
    """Return the number in the address of an asset’s page; nothing when it is another text."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"}:
        return None
    found = _PAGE.search(unquote(parts.path))
    return int(found[1]) if found else None
