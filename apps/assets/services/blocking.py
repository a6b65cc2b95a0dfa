"""Blackouts: time for which whoever owns an asset wants it back."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from apps.assets.errors import NotABlackout
from apps.assets.models import Reservation
from apps.assets.services.keeping import locked
from apps.assets.services.lending import free, reserve
from apps.assets.states import ReservationKind
from apps.assets.wording import moment
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.errors import NotPermitted

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.assets.models import Asset

PERMISSION = "assets.black_out_asset"


@deed
def black_out(
    asset_id: int, starts_at: datetime, ends_at: datetime, *, reason: str, actor: "User"
) -> Reservation:
    """Take the asset’s time for its lender; nothing that is promised gives way.

    Raises:
        NotPermitted: somebody else’s asset, and no role of the actor may block those.
        PeriodBackwards: the period does not end after it starts.
        AssetTaken: it is promised to somebody then, with every promise.
    """
    asset = locked(asset_id)
    _may_block(asset, actor=actor)
    reservation = reserve(
        asset_id,
        starts_at,
        ends_at,
        kind=ReservationKind.BLACKOUT,
        reason=reason.strip()[:254],
        actor=actor,
    )
    audit.record(
        "assets.blacked_out",
        actor=actor,
        target=asset,
        after={"from": moment(starts_at), "until": moment(ends_at)},
        reason=reason.strip(),
        on_behalf_of=None if actor.pk == asset.lender_id else asset.lender,
    )
    return reservation


@deed
def lift_blackout(reservation_id: int, *, actor: "User", reason: str = "") -> Reservation:
    """Let the rest of a blackout go; called twice, it does its work once.

    Raises:
        NotABlackout: it is a loan or maintenance.
        NotPermitted: somebody else’s asset, and no role of the actor may block those.
    """
    found = Reservation.objects.get(pk=reservation_id)
    asset = locked(found.asset_id)
    _may_block(asset, actor=actor)
    if found.kind != ReservationKind.BLACKOUT:
        raise NotABlackout(reservation=found.in_words)
    now = timezone.now()
    if not found.is_holding or found.ends_at <= now:
        return found
    lifted = free(reservation_id, actor=actor, until=now)
    audit.record(
        "assets.blackout_lifted",
        actor=actor,
        target=asset,
        after={"reservation": str(lifted)},
        reason=reason,
        on_behalf_of=None if actor.pk == asset.lender_id else asset.lender,
    )
    return lifted


def _may_block(asset: "Asset", *, actor: "User") -> None:
    if asset.lender_id != actor.pk:
        actor.require(PERMISSION)
    elif not actor.is_active:
        raise NotPermitted(permission=PERMISSION)
