"""Kits: assets that are lent together with the assets that are their parts.

An open ticket keeps the parts that it has; the register only says what goes along from now on.
"""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from apps.assets.errors import KitInvalid
from apps.assets.models import Asset
from apps.assets.services.keeping import keep, locked
from apps.assets.states import Status
from apps.audit import services as audit
from apps.audit.services import deed

if TYPE_CHECKING:
    from apps.accounts.models import User


@deed
def make_kit(asset_id: int, *, actor: "User", reason: str = "") -> Asset:
    """Let the asset be a kit, without parts at first; called twice, it does its work once.

    Raises:
        KitInvalid: it is a part of a kit itself, or retired.
    """
    actor.require("assets.change_asset")
    asset = locked(asset_id)
    if asset.kit_id:
        raise KitInvalid(
            asset=asset,
            why=_("it is a part of {kit}, and no kit is in a kit; take it out first").format(
                kit=asset.kit
            ),
        )
    _refuse_retired(asset)
    if not asset.is_kit:
        asset.is_kit = True
        _keep(asset, "assets.made_kit", actor=actor, reason=reason, before=_("no"), after=_("yes"))
    return asset


@deed
def dissolve_kit(asset_id: int, *, actor: "User", reason: str = "") -> Asset:
    """Let the asset be a kit no more; called twice, it does its work once.

    Raises:
        KitInvalid: it has parts.
    """
    actor.require("assets.change_asset")
    asset = locked(asset_id)
    if asset.parts.exists():
        why = _("it has parts; take them out first")
        raise KitInvalid(asset=asset, why=why)
    if asset.is_kit:
        asset.is_kit = False
        _keep(
            asset,
            "assets.dissolved_kit",
            actor=actor,
            reason=reason,
            before=_("yes"),
            after=_("no"),
        )
    return asset


@deed
def put_into_kit(asset_id: int, *, kit_id: int, actor: "User", reason: str = "") -> Asset:
    """Let the asset be a part of the kit, and go along when that is asked for from now on.

    Raises:
        KitInvalid: the kit is none, the asset is in another one or is one itself, it is somebody
            else’s, or retired.
    """
    actor.require("assets.change_asset")
    rows = {row.pk: row for row in map(locked, sorted({asset_id, kit_id}))}
    asset, kit = rows[asset_id], rows[kit_id]
    if asset.kit_id == kit.pk:
        return asset
    _refuse_misfits(asset, kit)
    asset.kit = kit
    _keep(asset, "assets.put_into_kit", actor=actor, reason=reason, before=None, after=str(kit))
    return asset


@deed
def take_out_of_kit(asset_id: int, *, actor: "User", reason: str = "") -> Asset:
    """Let the asset be part of no kit; called twice, it does its work once."""
    actor.require("assets.change_asset")
    asset = locked(asset_id)
    if asset.kit is not None:
        kit, asset.kit = asset.kit, None
        _keep(
            asset,
            "assets.taken_out_of_kit",
            actor=actor,
            reason=reason,
            before=str(kit),
            after=None,
        )
    return asset


def _refuse_misfits(asset: Asset, kit: Asset) -> None:
    if not kit.is_kit:
        raise KitInvalid(asset=kit, why=_("it is no kit; make it one first"))
    if asset.is_kit:
        raise KitInvalid(asset=asset, why=_("it is a kit itself, and no kit is in a kit"))
    if asset.kit is not None:
        raise KitInvalid(
            asset=asset,
            why=_("it is a part of {kit} already; take it out first").format(kit=asset.kit),
        )
    if asset.lender_id != kit.lender_id:
        # Only the lender of the kit is paid.
        why = _("it belongs to {lender}, and the kit to {owner}").format(
            lender=asset.lender, owner=kit.lender
        )
        raise KitInvalid(asset=asset, why=why)
    _refuse_retired(asset)
    _refuse_retired(kit)


def _refuse_retired(asset: Asset) -> None:
    if asset.status == Status.RETIRED:
        raise KitInvalid(asset=asset, why=_("it has been retired and is not lent any more"))


def _keep(
    asset: Asset,
    event: str,
    *,
    actor: "User",
    reason: str,
    before: str | None,
    after: str | None,
) -> None:
    asset.version += 1
    keep(asset, actor=actor, reason=reason)
    audit.record(
        event,
        actor=actor,
        target=asset,
        before={"kit": before},
        after={"kit": after},
        reason=reason,
    )
