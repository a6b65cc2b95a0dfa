"""What people do with an asset: maintenance, loss, retirement."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.assets.availability import why_not
from apps.assets.errors import AssetStillPromised, AssetTaken, LoanStillOpen, PeriodBackwards
from apps.assets.models import Asset
from apps.assets.services.keeping import locked, move
from apps.assets.services.lending import free, reserve
from apps.assets.states import Action, ReservationKind
from apps.assets.wording import moment
from apps.audit.services import deed

if TYPE_CHECKING:
    from apps.accounts.models import User


@deed
def send_to_maintenance(
    asset_id: int,
    *,
    reason: str,
    actor: "User",
    until: datetime | None = None,
    despite: Collection[int] = (),
) -> Asset:
    """Take the asset out of service, and reserve it for the workshop when `until` is known.

    `despite` names the reservations of borrowers that the person knows to be broken by this: the
    workshop's time then ends where the first of them begins, and those concerned are told.

    Raises:
        MoveNotAllowed: it is not available.
        PeriodBackwards: `until` has passed.
        AssetTaken: it is promised to somebody before `until`, whom `despite` does not name.
    """
    actor.require("assets.change_asset")
    asset = locked(asset_id)
    now = timezone.now()
    if until is not None:
        _cut_turnaround(asset, now)
        _reserve_for_workshop(asset, now, until, despite, reason=reason, actor=actor)
    asset.back_at = until
    facts = {"until": moment(until)} if until else {}
    return move(
        asset,
        Action.SEND_TO_MAINTENANCE,
        "assets.sent_to_maintenance",
        actor=actor,
        reason=reason,
        **facts,
    )


@deed
def return_to_service(asset_id: int, *, actor: "User", reason: str = "") -> Asset:
    """Make the asset available again, and free what the workshop had reserved.

    Raises:
        MoveNotAllowed: it is not in maintenance.
    """
    actor.require("assets.change_asset")
    asset = locked(asset_id)
    now = timezone.now()
    for reservation in asset.reservations.holding().maintenance().current(now):
        free(reservation.pk, actor=actor, until=now)
    return move(
        asset,
        Action.RETURN_TO_SERVICE,
        "assets.returned_to_service",
        actor=actor,
        reason=reason,
    )


@deed
def retire(asset_id: int, *, reason: str, actor: "User") -> Asset:
    """Lend the asset no more; it is part of no kit any more either.

    Raises:
        MoveNotAllowed: it is on loan, or retired already.
        LoanStillOpen: it was lost on a loan that is still open.
        AssetStillPromised: somebody has it reserved.
    """
    actor.require("assets.change_asset")
    asset = locked(asset_id)
    _refuse_open_loan(asset)
    promised = asset.reservations.holding().loans().unfinished(timezone.now()).order_by("period")
    if promised:
        raise AssetStillPromised(
            asset=asset,
            reservations=", ".join(
                _("{reservation} from {start}").format(
                    reservation=reservation.in_words, start=moment(reservation.starts_at)
                )
                for reservation in promised
            ),
        )
    # Its kit could never be lent again.
    facts = {"taken out of": str(asset.kit)} if asset.kit else {}
    asset.kit = None
    return move(asset, Action.RETIRE, "assets.retired", actor=actor, reason=reason, **facts)


@deed
def lose(asset_id: int, *, reason: str, actor: "User") -> Asset:
    """Report the asset lost, wherever it was.

    Raises:
        MoveNotAllowed: it is lost or retired already.
    """
    actor.require("assets.change_asset")
    return move(locked(asset_id), Action.LOSE, "assets.lost", actor=actor, reason=reason)


@deed
def find(asset_id: int, *, reason: str, actor: "User") -> Asset:
    """Report that a lost asset is back in the store.

    Raises:
        MoveNotAllowed: it is not lost.
        LoanStillOpen: it was lost on a loan that is still open, and comes back through its ticket.
    """
    actor.require("assets.change_asset")
    asset = locked(asset_id)
    _refuse_open_loan(asset)
    return move(asset, Action.FIND, "assets.found", actor=actor, reason=reason)


def _reserve_for_workshop(
    asset: Asset,
    now: datetime,
    until: datetime,
    despite: Collection[int],
    *,
    reason: str,
    actor: "User",
) -> None:
    """Reserve the time until then, or until the first loan that is knowingly broken."""
    if until <= now:
        raise PeriodBackwards(starts_at=moment(now), ends_at=moment(until))
    why = why_not(asset, now, until, now=now, kind=ReservationKind.MAINTENANCE)
    broken = asset.reservations.holding().loans().overlapping(now, until).filter(pk__in=despite)
    known = {reservation.pk: reservation.starts_at for reservation in broken.order_by("period")}
    if unknown := [one for one in why if one.reservation_id not in known]:
        raise AssetTaken(asset=asset, why=unknown)
    ends_at = min(known.values(), default=until)
    if ends_at > now:
        reserve(
            asset.pk,
            now,
            ends_at,
            kind=ReservationKind.MAINTENANCE,
            reason=reason[:254],
            actor=actor,
        )


def _cut_turnaround(asset: Asset, now: datetime) -> None:
    """End the turnaround of a loan that is back: the workshop need not wait for it."""
    for reservation in asset.reservations.holding().current(now):
        if reservation.due_at <= now and reservation.pk != asset.loan_id:
            reservation.end(due_at=reservation.due_at, ends_at=now)
            reservation.save(update_fields=["period", "turnaround"])


def _refuse_open_loan(asset: Asset) -> None:
    if asset.loan is not None and asset.status == "lost":
        raise LoanStillOpen(asset=asset, reservation=asset.loan.in_words)
