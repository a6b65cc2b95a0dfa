"""What is free when: strips of time with bars, of one asset or of many, in any span of days.

A strip is cut into columns of equal width, each a stretch of real time: on the days on which the
clock changes a column has an hour less or more, and what lies in it is placed by its share of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from itertools import pairwise
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.assets.availability import Week
from apps.assets.models import Asset, Reservation
from apps.assets.models.opening_hours import MIDNIGHT
from apps.assets.promises import Promise, behind
from apps.assets.states import Status
from apps.assets.wording import moment

if TYPE_CHECKING:
    from apps.assets.models import ReservationQuerySet

HOURS_OF_A_COLUMN = 3


class Span(Enum):
    """How many days a page shows."""

    WEEK = "week"
    MONTH = "month"

    def first_day(self, on: date) -> date:
        """Return the first day of the week or month of `on`."""
        return on - timedelta(days=on.weekday()) if self is Span.WEEK else on.replace(day=1)

    def next(self, first: date) -> date:
        """Return the first day of the next one."""
        if self is Span.WEEK:
            return first + timedelta(days=7)
        return (first + timedelta(days=31)).replace(day=1)

    def previous(self, first: date) -> date:
        """Return the first day of the one before."""
        return self.first_day(first - timedelta(days=1))


@dataclass(frozen=True)
class Bar:
    """Something that takes time in a strip; places are percentages of its width."""

    kind: str
    left: float
    width: float
    title: str
    name: str = ""
    reservation: Reservation | None = None
    promise: Promise | None = None


@dataclass(frozen=True)
class Column:
    """One column of the head."""

    name: str
    starts_at: datetime
    ends_at: datetime
    is_today: bool = False


@dataclass(frozen=True)
class Strip:
    """One row: an asset, or a day or week of one asset."""

    name: str
    note: str
    columns: Sequence[Column]
    asset: Asset
    bars: list[Bar] = field(default_factory=list)
    shades: list[Bar] = field(default_factory=list)

    @property
    def starts_at(self) -> datetime:
        """The first moment that it shows."""
        return self.columns[0].starts_at

    @property
    def ends_at(self) -> datetime:
        """The first moment that it does not show any more."""
        return self.columns[-1].ends_at

    def place(self, at: datetime) -> float:
        """Return where a moment lies, in percent."""
        for number, column in enumerate(self.columns):
            if at < column.ends_at:
                length = column.ends_at - column.starts_at
                part = max(at - column.starts_at, timedelta(0)) / length
                return 100 * (number + part) / len(self.columns)
        return 100.0

    def stretch(self, starts_at: datetime, ends_at: datetime) -> tuple[float, float] | None:
        """Return left and width of a stretch of time, or nothing when it lies outside."""
        if ends_at <= self.starts_at or starts_at >= self.ends_at or ends_at <= starts_at:
            return None
        left = self.place(starts_at)
        return round(left, 3), round(self.place(ends_at) - left, 3)


def of_assets(assets: Sequence[Asset], first: date, last: date, *, now: datetime) -> list[Strip]:
    """Return a strip for each asset over the days from `first` to before `last`."""
    columns = _days(first, last, now)
    week = Week(first, last)
    strips = [Strip(asset.tag, asset.name, columns, asset) for asset in assets]
    return _filled(strips, week, now)


def of_asset(asset: Asset, span: Span, first: date, *, now: datetime) -> list[Strip]:
    """Return the weeks of a month, or the days of a week, as strips of one asset."""
    last = span.next(first)
    if span is Span.WEEK:
        strips = [
            Strip(date_format(day, "D j M"), "", _hours(day), asset)
            for day in _each_day(first, last)
        ]
    else:
        monday = Span.WEEK.first_day(first)
        strips = []
        while monday < last:
            sunday = monday + timedelta(days=6)
            name = f"{date_format(monday, 'j M')}–{date_format(sunday, 'j M')}"
            strips.append(
                Strip(name, "", _days(monday, monday + timedelta(days=7), now, "D"), asset)
            )
            monday += timedelta(days=7)
    return _filled(strips, Week(first - timedelta(days=7), last + timedelta(days=7)), now)


def _filled(strips: list[Strip], week: Week, now: datetime) -> list[Strip]:
    """Put into the strips what takes time; in as many queries for many as for one."""
    if not strips:
        return strips
    assets = {strip.asset.pk: strip.asset for strip in strips}
    starts_at, ends_at = strips[0].starts_at, strips[-1].ends_at
    taken: dict[int, list[Reservation]] = {}
    for one in _taking(assets).holding().overlapping(starts_at, ends_at).order_by("period"):
        taken.setdefault(one.asset_id, []).append(one)
    loans = Reservation.objects.in_bulk([one.loan_id for one in assets.values() if one.loan_id])
    for loan in loans.values():
        if loan not in taken.setdefault(loan.asset_id, []):
            taken[loan.asset_id].append(loan)
    promised = behind([one for some in taken.values() for one in some])
    for strip in strips:
        strip.shades.extend(_closed(strip, week))
        for reservation in taken.get(strip.asset.pk, ()):
            strip.bars.extend(_bars(strip, reservation, promised.get(reservation.pk), now))
        strip.bars.extend(_away(strip, loans.get(strip.asset.loan_id or 0), now))
    return strips


def _taking(assets: Iterable[int]) -> "ReservationQuerySet":
    pks = list(assets)
    if len(pks) == 1:
        return Reservation.objects.of_asset(pks[0])
    return Reservation.objects.filter(asset_id__in=pks)


def _bars(
    strip: Strip, reservation: Reservation, promise: Promise | None, now: datetime
) -> Iterator[Bar]:
    """Yield the use, and the turnaround after it."""
    is_out = strip.asset.loan_id == reservation.pk and strip.asset.status == Status.ON_LOAN
    words = (
        f"{reservation.in_words}: {moment(reservation.starts_at)} – {moment(reservation.due_at)}"
    )
    name = str(promise.about) if promise else str(reservation.get_kind_display())
    if place := strip.stretch(reservation.starts_at, reservation.due_at):
        kind = "out" if is_out else str(reservation.kind)
        yield Bar(kind, *place, words, name, reservation, promise)
    if is_out and reservation.due_at < now:
        if place := strip.stretch(reservation.due_at, now):
            title = _("Late: {reservation} was due back on {due}.").format(
                reservation=reservation.in_words, due=moment(reservation.due_at)
            )
            yield Bar("late", *place, title, str(_("late")), reservation, promise)
    elif place := strip.stretch(reservation.due_at, reservation.ends_at):
        title = _("Turnaround of {reservation} until {end}").format(
            reservation=reservation.in_words, end=moment(reservation.ends_at)
        )
        yield Bar("turnaround", *place, title)


def _away(strip: Strip, loan: Reservation | None, now: datetime) -> Iterator[Bar]:
    """Yield from now on what keeps the asset from being promised at all."""
    asset, until = strip.asset, strip.ends_at
    match asset.status:
        case Status.LOST:
            title = _("Lost: promised to nobody")
        case Status.RETIRED:
            title = _("Retired: promised to nobody")
        case Status.ON_LOAN if loan is None or loan.due_at < now:
            title = _("Still out: promised to nobody until it is back")
        case Status.IN_MAINTENANCE if asset.back_at and asset.back_at > now:
            title = _("In maintenance until {end}").format(end=moment(asset.back_at))
            until = asset.back_at
        case Status.IN_MAINTENANCE:
            title = _("In maintenance until nobody knows when")
        case _:
            return
    if place := strip.stretch(now, until):
        yield Bar("away", *place, title)


def _closed(strip: Strip, week: Week) -> Iterator[Bar]:
    """Yield the time in which the office is closed: hours where they are seen, else whole days."""
    length = strip.ends_at - strip.starts_at
    by_hour = length < timedelta(days=8)
    for on in _each_day(_local(strip.starts_at).date(), _local(strip.ends_at).date()):
        day = week.day(on)
        if not by_hour and not day.is_closed:
            continue
        begins, ends = _at(on, MIDNIGHT), _at(on + timedelta(days=1), MIDNIGHT)
        edges = [begins]
        for opens, closes in day.spells:
            edges += [_at(on, opens), ends if closes == MIDNIGHT else _at(on, closes)]
        edges.append(ends)
        title = f"{date_format(on, 'j M')}: {day.in_words()}"
        for closed_from, closed_until in list(pairwise(edges))[::2]:
            if place := strip.stretch(closed_from, closed_until):
                yield Bar("closed", *place, title)


def _days(first: date, last: date, now: datetime, form: str = "D\nj") -> list[Column]:
    today = _local(now).date()
    return [
        Column(
            date_format(day, form),
            _at(day, MIDNIGHT),
            _at(day + timedelta(days=1), MIDNIGHT),
            day == today,
        )
        for day in _each_day(first, last)
    ]


def _hours(day: date) -> list[Column]:
    edges = [_at(day, time(hour)) for hour in range(0, 24, HOURS_OF_A_COLUMN)]
    edges.append(_at(day + timedelta(days=1), MIDNIGHT))
    return [
        Column(f"{HOURS_OF_A_COLUMN * number}:00", starts_at, ends_at)
        for number, (starts_at, ends_at) in enumerate(pairwise(edges))
    ]


def _each_day(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days):
        yield first + timedelta(days=offset)


def _at(day: date, clock: time) -> datetime:
    # In UTC, as moments of one zone are subtracted by the wall clock.
    return datetime.combine(day, clock, timezone.get_default_timezone()).astimezone(UTC)


def _local(at: datetime) -> datetime:
    return at.astimezone(timezone.get_default_timezone())
