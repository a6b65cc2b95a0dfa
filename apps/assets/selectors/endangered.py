"""Which promises are in danger."""

from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, Value

from apps.assets.models import Asset, Reservation, ReservationQuerySet
from apps.assets.states import Status

# When nobody knows when an asset is back, the loans that begin so soon are in danger: time enough
# to find another, and not so long that a day's lateness puts a whole season into the queue.
FORESIGHT = timedelta(days=14)


def endangered(now: datetime, *, asset: Asset | None = None) -> ReservationQuerySet:
    """Return the loans that begin before their asset can be back, the soonest first.

    Of a lost or retired asset these are all; of one that is late, or in maintenance until nobody
    knows when, those that begin within `FORESIGHT`; of one in maintenance until a known moment,
    those that begin before it.
    """
    promised = Reservation.objects.holding().loans()
    promised = promised.of_asset(asset.pk) if asset else promised
    soon = Q(period__startswith__lt=now + FORESIGHT)
    status = {one: Q(asset__status=one) for one in Status}
    workshop = Reservation.objects.holding().maintenance().current(now)
    is_known = Q(asset__back_at__gt=now)
    return (
        promised.exclude(asset__status=Status.AVAILABLE)
        # A loan that is back still holds its turnaround, and is in nobody's danger.
        .filter(period__endswith__gt=Value(now) + F("turnaround"))
        .exclude(pk__in=Asset.objects.filter(loan__isnull=False).values("loan"))
        .filter(
            status[Status.LOST]
            | status[Status.RETIRED]
            | (status[Status.ON_LOAN] & soon & _is_late(now))
            | (
                status[Status.IN_MAINTENANCE]
                & is_known
                & Q(period__startswith__lt=F("asset__back_at"))
            )
            | (
                status[Status.IN_MAINTENANCE]
                & ~is_known
                & soon
                & ~Q(Exists(workshop.filter(asset=OuterRef("asset"))))
            )
        )
        .order_by("period", "pk")
    )


def _is_late(now: datetime) -> Q:
    """Tell whether the loan on which the asset is out has ended, or has no end."""
    return Q(asset__loan__isnull=True) | Q(
        asset__loan__period__endswith__lt=Value(now) + F("asset__loan__turnaround")
    )
