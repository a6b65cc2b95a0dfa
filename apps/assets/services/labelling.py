"""Printing labels: they name assets and owners, so it is recorded that they left the house."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from apps.assets.labels import printing
from apps.assets.labels.printing import Wish
from apps.assets.models import Asset
from apps.audit import services as audit
from apps.audit.services import deed

if TYPE_CHECKING:
    from datetime import datetime

    from apps.accounts.models import User


@deed
def order_labels(asset_ids: Sequence[int], wish: Wish, *, actor: "User") -> list[Asset]:
    """Record that labels of these assets are printed, and return the assets, by tag.

    Raises:
        NoLabels, TooManyLabels, StartBeyondSheet, CodeNotPossible: they cannot be printed so.
    """
    actor.require("assets.export_asset")
    assets = _assets(asset_ids)
    printing.html_of(assets, wish)
    audit.record(
        "assets.labels_printed",
        actor=actor,
        target=assets[0] if len(assets) == 1 else None,
        after={
            "assets": len(assets),
            "from": assets[0].tag,
            "to": assets[-1].tag,
            "format": str(wish.format.name),
            "code": wish.code.value,
        },
    )
    return assets


def labels_of(asset_ids: Sequence[int], wish: Wish, *, at: "datetime", actor: "User") -> bytes:
    """Return the labels that were ordered at that moment, as PDF.

    Raises:
        LabelsNotPossible: the server cannot print.
    """
    actor.require("assets.export_asset")
    return printing.pdf_of(_assets(asset_ids), wish, at=at)


def _assets(asset_ids: Sequence[int]) -> list[Asset]:
    return list(
        Asset.objects.filter(pk__in=asset_ids).select_related("lender").order_by("tag", "pk")
    )
