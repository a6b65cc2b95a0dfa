"""Which of many assets are free: the same rules as `why_not`, asked of all rows at once."""

from datetime import UTC, datetime, timedelta

from django.db.models import (
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    Q,
    Value,
)

from apps.assets.availability import hours
from apps.assets.models import Asset, AssetQuerySet, Category, Reservation
from apps.assets.states import Status


def free_assets(
    among: "Category | AssetQuerySet", starts_at: datetime, ends_at: datetime, *, now: datetime
) -> AssetQuerySet:
    """Return those of a category, or of other assets, that can be lent for this period."""
    assets = Asset.objects.filter(category=among) if isinstance(among, Category) else among
    starts_at, ends_at = starts_at.astimezone(UTC), ends_at.astimezone(UTC)
    if ends_at <= starts_at or any(hours.why_closed(starts_at, ends_at, now=now)):
        return assets.none()
    is_ready, is_taken = _is_ready(starts_at, now), _is_taken(starts_at, ends_at)
    missing_parts = Asset.objects.filter(~is_ready | Q(is_taken), kit=OuterRef("pk"))
    return assets.filter(is_ready).exclude(is_taken).exclude(Q(is_kit=True), Exists(missing_parts))


def _is_ready(starts_at: datetime, now: datetime) -> Q:
    """Keep what is in the store, or will be back, for all we know, when the loan starts."""
    workshop = Reservation.objects.holding().maintenance().current(now)
    return (
        Q(status=Status.AVAILABLE)
        | Q(Q(status=Status.ON_LOAN), _is_due(now))
        | Q(status=Status.IN_MAINTENANCE, back_at__gt=now, back_at__lte=starts_at)
        | Q(
            Q(status=Status.IN_MAINTENANCE, back_at__isnull=True),
            Exists(workshop.filter(asset=OuterRef("pk"), period__endswith__lte=starts_at)),
        )
    )


def _is_due(now: datetime) -> Exists:
    """Tell whether the loan on which it is out has not ended."""
    out = Reservation.objects.filter(pk=OuterRef("loan_id"))
    return Exists(out.filter(period__endswith__gte=F("turnaround") + Value(now)))


def _is_taken(starts_at: datetime, ends_at: datetime) -> Exists:
    """Tell whether something holds its time, or the turnaround after it.

    The longest turnaround bounds the search, so that it goes by index and not asset by asset.
    """
    longest = Category.objects.aggregate(longest=Max("turnaround"))["longest"] or timedelta(0)
    until = ExpressionWrapper(
        Value(ends_at) + OuterRef("category__turnaround"), output_field=DateTimeField()
    )
    taken = Reservation.objects.holding().overlapping(starts_at, ends_at + longest)
    return Exists(taken.filter(asset=OuterRef("pk"), period__startswith__lt=until))
