"""The engine of lending: time promised and freed, assets handed over and taken back.

These ask for no permission, because the deed that calls them (approving a ticket, taking back)
has asked already.
"""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.assets import upkeep
from apps.assets.availability import told_to, why_not
from apps.assets.errors import AssetTaken, PeriodBackwards
from apps.assets.models import Asset, Reservation
from apps.assets.services.keeping import locked, move
from apps.assets.states import Action, ReservationKind, Status
from apps.assets.wording import moment
from apps.audit import services as audit
from apps.audit.services import deed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apps.accounts.models import User


def lock(asset_ids: "Iterable[int]") -> None:
    """Lock these assets, by primary key, for the rest of the transaction."""
    list(Asset.objects.locked().filter(pk__in=list(asset_ids)).values_list("pk", flat=True))


@deed
def reserve(
    asset_id: int,
    starts_at: datetime,
    ends_at: datetime,
    *,
    kind: ReservationKind,
    reason: str,
    actor: "User",
    within_hours: bool = True,
) -> Reservation:
    """Take the asset's time from `starts_at` until `ends_at`; a loan also takes the turnaround.

    Without `within_hours` it may begin and end while the office is closed.

    Raises:
        PeriodBackwards: the period does not end after it starts.
        AssetTaken: the asset is not free then, with every reason.
    """
    # Moments of one zone compare and add by the wall clock, on which an hour in autumn comes twice.
    starts_at, ends_at = starts_at.astimezone(UTC), ends_at.astimezone(UTC)
    if ends_at <= starts_at:
        raise PeriodBackwards(starts_at=moment(starts_at), ends_at=moment(ends_at))
    asset = locked(asset_id)
    turnaround = asset.category.turnaround if kind == ReservationKind.LOAN else timedelta(0)

    def refuse_when_taken() -> None:
        why = why_not(
            asset,
            starts_at,
            ends_at,
            now=timezone.now(),
            kind=kind,
            within_hours=within_hours,
            # Each part is reserved by itself, with the kit or before it.
            with_parts=False,
        )
        if why:
            raise AssetTaken(asset=asset, why=told_to(actor, why, lender_id=asset.lender_id))

    refuse_when_taken()
    try:
        with transaction.atomic():
            reservation = asset.reservations.create(
                period=DateTimeTZRange(starts_at, ends_at + turnaround),
                turnaround=turnaround,
                kind=kind,
                reason=reason,
            )
    except IntegrityError:
        # Somebody who did not lock the asset was quicker; the database decided, now say why.
        refuse_when_taken()
        raise
    audit.record("assets.reserved", actor=actor, target=asset, after=_period_facts(reservation))
    return reservation


@deed
def prolong(reservation_id: int, until: datetime, *, actor: "User") -> Reservation:
    """Take the asset’s time until `until` too, and the turnaround of its category after that.

    Raises:
        PeriodBackwards: it is due later than that already.
        AssetTaken: the asset is not free then, or the reservation holds no more; with every reason.
    """
    asset = locked(Reservation.objects.values_list("asset_id", flat=True).get(pk=reservation_id))
    reservation = Reservation.objects.get(pk=reservation_id)
    until, due_at = until.astimezone(UTC), reservation.due_at.astimezone(UTC)
    if until <= due_at:
        raise PeriodBackwards(starts_at=moment(due_at), ends_at=moment(until))
    if not reservation.is_holding:
        raise AssetTaken(asset=asset, why=[_("The time of this loan has been let go.")])
    turnaround = asset.category.turnaround

    def refuse_when_taken() -> None:
        why = why_not(asset, due_at, until, now=timezone.now(), except_reservation=reservation_id)
        if why:
            raise AssetTaken(asset=asset, why=told_to(actor, why, lender_id=asset.lender_id))

    refuse_when_taken()
    before = _period_facts(reservation)
    reservation.end(due_at=until, ends_at=until + turnaround)
    try:
        with transaction.atomic():
            reservation.save(update_fields=["turnaround", "period"])
    except IntegrityError:
        # Somebody who did not lock the asset was quicker; the database decided, now say why.
        refuse_when_taken()
        raise
    after = _period_facts(reservation)
    audit.record("assets.prolonged", actor=actor, target=asset, before=before, after=after)
    return reservation


@deed
def free(reservation_id: int, *, actor: "User", until: datetime | None = None) -> Reservation:
    """Let go of the asset's time: all of it, or what is left after a return at `until`.

    With `until` the reservation ends with the return and its turnaround, earlier or later than
    planned, but never inside the next reservation. Called twice, it does its work once.
    """
    asset_id = Reservation.objects.values_list("asset_id", flat=True).get(pk=reservation_id)
    asset = locked(asset_id)
    reservation = Reservation.objects.get(pk=reservation_id)
    before = _period_facts(reservation)
    if not reservation.is_holding:
        return reservation
    until = until and until.astimezone(UTC)
    if until is None or until <= reservation.starts_at:
        reservation.is_holding = False
    else:
        next_starts = (
            asset.reservations.holding()
            .filter(period__startswith__gte=reservation.ends_at)
            .order_by("period")
            .values_list("period__startswith", flat=True)
            .first()
        )
        ends_at = until + reservation.turnaround
        if next_starts is not None:
            ends_at = min(ends_at, next_starts)
        reservation.end(due_at=until, ends_at=ends_at)
    reservation.save(update_fields=["is_holding", "turnaround", "period"])
    after = _period_facts(reservation)
    if after != before:
        audit.record("assets.freed", actor=actor, target=asset, before=before, after=after)
    return reservation


@deed
def hand_over(asset_id: int, *, actor: "User", reservation_id: int | None = None) -> Asset:
    """Let the asset go out on the reservation; without one, nobody knows until when.

    Raises:
        MoveNotAllowed: it is not available.
        MaintenanceOverdue: a plan that blocks waits to be done.
    """
    asset = locked(asset_id)
    for refusal in upkeep.refusals(asset, now=timezone.now()):
        raise refusal
    asset.loan = (
        asset.reservations.holding().get(pk=reservation_id)
        if reservation_id is not None
        else asset.reservations.holding().loans().current(timezone.now()).first()
    )
    facts = {"reservation": asset.loan.in_words} if asset.loan else {}
    return move(asset, Action.HAND_OVER, "assets.handed_over", actor=actor, **facts)


@deed
def take_back(asset_id: int, *, condition: str, actor: "User") -> Asset:
    """Have the asset back in the store, in that condition.

    Raises:
        MoveNotAllowed: it is not out.
    """
    asset = locked(asset_id)
    asset.loan = None
    asset.condition = condition
    return move(asset, Action.TAKE_BACK, "assets.taken_back", actor=actor, condition=str(condition))


@deed
def lose_on_loan(asset_id: int, *, reason: str, actor: "User") -> Asset:
    """Have the asset lost on the loan that it is out on; called twice, it does its work once."""
    asset = locked(asset_id)
    if asset.status == Status.LOST:
        return asset
    return move(asset, Action.LOSE, "assets.lost", actor=actor, reason=reason)


def _period_facts(reservation: Reservation) -> dict[str, Any]:
    return {
        "reservation": str(reservation),
        "kind": reservation.kind,
        "from": reservation.starts_at,
        "until": reservation.ends_at,
        "holds": reservation.is_holding,
    }
