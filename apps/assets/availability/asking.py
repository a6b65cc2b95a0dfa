"""Whether an asset is free, and if not, why not."""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from apps.assets.availability import hours, reasons
from apps.assets.models import Asset, Reservation
from apps.assets.states import ReasonKind, ReservationKind, Status

if TYPE_CHECKING:
    from apps.assets.availability.reasons import Reason
    from apps.assets.models import ReservationQuerySet


def why_not(
    asset: Asset,
    starts_at: datetime,
    ends_at: datetime,
    *,
    now: datetime,
    except_reservation: int | None = None,
    kind: ReservationKind = ReservationKind.LOAN,
    within_hours: bool = True,
    with_parts: bool = True,
) -> "list[Reason]":
    """Return every reason why `asset` cannot be taken for this period; empty means it is free.

    `except_reservation` is the caller's own reservation, which does not stand in its own way. Only
    loans are followed by a turnaround and keep opening hours; the latter are left out when the
    asset is at the desk already, or fixed long ago, by `within_hours=False`; so are the parts of a
    kit by `with_parts=False`, when each of them is asked about by itself.
    """
    return why_not_each(
        [asset],
        starts_at,
        ends_at,
        now=now,
        except_reservations=() if except_reservation is None else (except_reservation,),
        kind=kind,
        within_hours=within_hours,
        with_parts=with_parts,
    )[asset.pk]


def why_not_each(
    assets: Iterable[Asset],
    starts_at: datetime,
    ends_at: datetime,
    *,
    now: datetime,
    except_reservations: Collection[int] = (),
    kind: ReservationKind = ReservationKind.LOAN,
    within_hours: bool = True,
    with_parts: bool = True,
) -> "dict[int, list[Reason]]":
    """Answer as `why_not` does for each of these assets, by primary key.

    The number of queries does not depend on the number of assets, whose categories are read along.
    """
    assets = list(assets)
    # Moments of one zone compare by the wall clock, on which an hour in autumn comes twice.
    starts_at, ends_at = starts_at.astimezone(UTC), ends_at.astimezone(UTC)
    if ends_at <= starts_at:
        return {asset.pk: [reasons.backwards(starts_at, ends_at)] for asset in assets}
    is_loan = kind == ReservationKind.LOAN
    # Whoever has it already does not collect it again.
    begins = None if except_reservations else starts_at
    closed = list(hours.why_closed(begins, ends_at, now=now)) if is_loan and within_hours else []
    until = {
        asset.pk: ends_at + (asset.category.turnaround if is_loan else timedelta(0))
        for asset in assets
    }
    taken = _taken(assets, starts_at, max(until.values(), default=ends_at))
    standing = _Standing(assets, now, except_reservations)
    answers = {}
    for asset in assets:
        in_the_way = [
            reasons.in_the_way(reservation, starts_at, ends_at)
            for reservation in taken.get(asset.pk, ())
            if reservation.starts_at < until[asset.pk] and reservation.pk not in except_reservations
        ]
        answers[asset.pk] = [*standing.why_never(asset), *closed, *in_the_way]
        if not any(reason.kind == ReasonKind.MAINTENANCE for reason in answers[asset.pk]):
            answers[asset.pk] += standing.why_not_yet(asset, starts_at)
    # Whoever has reserved a kit has reserved its parts with it; and when the kit itself is taken,
    # its parts are for the same reason.
    kits = [asset for asset in assets if asset.is_kit and not answers[asset.pk]]
    if kits and with_parts and not except_reservations:
        parts = list(Asset.objects.of_kits(kits))
        _add_parts(
            answers,
            parts,
            why_not_each(parts, starts_at, ends_at, now=now, kind=kind, within_hours=within_hours),
        )
    return answers


def _add_parts(
    answers: "dict[int, list[Reason]]", parts: Iterable[Asset], found: "dict[int, list[Reason]]"
) -> None:
    """Say of each kit why its parts are not free."""
    for part in parts:
        assert part.kit_id, "it is a part"
        answers[part.kit_id] += [reasons.of_part(part, why) for why in found[part.pk]]


def why_not_at_all(
    asset: Asset, *, now: datetime, except_reservation: int | None = None
) -> "list[Reason]":
    """Return why `asset` can be promised to nobody, whatever the period."""
    own = () if except_reservation is None else (except_reservation,)
    return list(_Standing([asset], now, own).why_never(asset))


class _Standing:
    """Where some assets are, read in at most two queries."""

    def __init__(
        self, assets: Collection[Asset], now: datetime, except_reservations: Collection[int]
    ) -> None:
        self.now, self.own = now, except_reservations
        unread = [
            asset.loan_id
            for asset in assets
            if asset.loan_id is not None and not Asset.loan.is_cached(asset)
        ]
        self.loans = Reservation.objects.in_bulk(unread) if unread else {}
        self.back_at = {asset.pk: asset.back_at for asset in assets if asset.back_at is not None}
        unknown = [
            asset
            for asset in assets
            if asset.status == Status.IN_MAINTENANCE and asset.back_at is None
        ]
        if unknown:
            planned = _of(unknown).holding().maintenance().current(now)
            self.back_at |= {one.asset_id: one.ends_at for one in planned}

    def why_never(self, asset: Asset) -> "Iterator[Reason]":
        """Yield why it can be promised to nobody."""
        match asset.status:
            case Status.LOST:
                yield reasons.lost()
            case Status.RETIRED:
                yield reasons.retired()
            case Status.ON_LOAN:
                yield from self._still_out(asset)
            case Status.IN_MAINTENANCE:
                back_at = self.back_at.get(asset.pk)
                if back_at is None or back_at <= self.now:
                    yield reasons.in_maintenance_without_end()

    def why_not_yet(self, asset: Asset, starts_at: datetime) -> "Iterator[Reason]":
        """Yield the maintenance that goes on over what was promised to others."""
        back_at = self.back_at.get(asset.pk)
        if asset.status == Status.IN_MAINTENANCE and back_at and starts_at < back_at:
            yield reasons.in_maintenance_until(back_at)

    def _still_out(self, asset: Asset) -> "Iterator[Reason]":
        if asset.loan_id is None:
            yield reasons.out_without_end()
            return
        loan = self.loans.get(asset.loan_id) or asset.loan
        assert loan is not None, "it has an identifier"
        if loan.pk not in self.own and loan.due_at < self.now:
            yield reasons.late(loan)


def _taken(
    assets: Collection[Asset], starts_at: datetime, ends_at: datetime
) -> dict[int, list[Reservation]]:
    taken: dict[int, list[Reservation]] = {}
    for one in _of(assets).holding().overlapping(starts_at, ends_at).order_by("period"):
        taken.setdefault(one.asset_id, []).append(one)
    return taken


def _of(assets: Collection[Asset]) -> "ReservationQuerySet":
    pks = [asset.pk for asset in assets]
    if len(pks) == 1:
        return Reservation.objects.of_asset(pks[0])
    return Reservation.objects.filter(asset_id__in=pks)
