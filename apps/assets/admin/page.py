"""What the page of one asset shows around its form."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.assets import pricing, promises, selectors
from apps.assets.admin import kit_page
from apps.assets.admin.calendar_page import url_of
from apps.assets.availability import why_not_at_all
from apps.assets.models import Asset, Reservation
from apps.assets.states import Status, Unit
from apps.assets.wording import length, moment
from apps.audit.selectors import events_about
from apps.common.errors import DomainError

if TYPE_CHECKING:
    from apps.accounts.models import User

COLOURS = {
    Status.AVAILABLE: "success",
    Status.ON_LOAN: "primary",
    Status.IN_MAINTENANCE: "warning",
    Status.LOST: "danger",
    Status.RETIRED: "default",
}
SHOWN_DAYS = 28
SHOWN_RESERVATIONS = 50
SHOWN_EVENTS = 10


@dataclass(frozen=True)
class Day:
    """A day of the strip: how much of it is taken, by what."""

    date: date
    share: int
    kind: str
    title: str


@dataclass(frozen=True)
class Taken:
    """A reservation as the page lists it."""

    reservation: Reservation
    starts: str
    due: str
    ends: str
    is_endangered: bool
    promise: promises.Promise | None
    url: str


def content_of(asset: Asset, *, user: "User", now: datetime) -> dict[str, Any]:
    """Return what the templates of the page print."""
    ahead = list(
        asset.reservations.holding()
        .unfinished(now)
        .order_by("period")
        .select_related("asset")[:SHOWN_RESERVATIONS]
    )
    if asset.loan and asset.loan not in ahead:
        # It is late: its time is over, and it is still out.
        ahead.insert(0, asset.loan)
    reasons = why_not_at_all(asset, now=now)
    endangered = set(selectors.endangered(now, asset=asset).values_list("pk", flat=True))
    stands_behind = promises.behind(ahead)
    taken = [
        Taken(
            reservation,
            moment(reservation.starts_at),
            moment(reservation.due_at),
            moment(reservation.ends_at),
            reservation.pk in endangered,
            promise := stands_behind.get(reservation.pk),
            url_of(promise.about, user) if promise else "",
        )
        for reservation in ahead
    ]
    events = events_about(asset)[:SHOWN_EVENTS] if user.has_perm("audit.view_auditevent") else ()
    return {
        "asset": asset,
        "colour": COLOURS[Status(asset.status)],
        "sentence": " ".join(map(str, reasons)) or where(asset, ahead, now),
        "is_bad": bool(reasons) and asset.status != Status.RETIRED,
        "endangered_count": len(endangered),
        "taken": taken,
        "days": days(ahead, now),
        "prices": prices(asset, now),
        "worth": worth(asset, now),
        "parts": kit_page.parts_of(asset, now) if asset.is_kit else (),
        "events": events,
    }


def where(asset: Asset, ahead: Sequence[Reservation], now: datetime) -> str:
    """Say where the asset is, and what comes next, when nothing is wrong with it."""
    if asset.status == Status.ON_LOAN and asset.loan:
        return _("Out on {reservation}, due back on {due}.").format(
            reservation=asset.loan.in_words, due=moment(asset.loan.due_at)
        )
    if asset.status == Status.IN_MAINTENANCE:
        until = asset.back_at or ahead[0].ends_at
        return _("In maintenance until {end}.").format(end=moment(until))
    for reservation in ahead:
        if reservation.starts_at > now:
            return _("In the store. Next: {reservation} from {start}.").format(
                reservation=reservation.in_words, start=moment(reservation.starts_at)
            )
        if reservation.due_at > now:
            return _("In the store, to be collected: {reservation} until {due}.").format(
                reservation=reservation.in_words, due=moment(reservation.due_at)
            )
    return _("In the store. Nobody has reserved it.")


def days(ahead: Sequence[Reservation], now: datetime) -> list[Day]:
    """Return the next four weeks, day by day in local time."""
    zone = timezone.get_current_timezone()
    today = timezone.localdate(now)
    return [_day(today + timedelta(days=offset), ahead, zone) for offset in range(SHOWN_DAYS)]


def _day(day: date, ahead: Sequence[Reservation], zone: Any) -> Day:
    # Not 24 hours: one day in spring has 23 and one in autumn 25.
    start = datetime.combine(day, time(), zone)
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    inside = [one for one in ahead if one.starts_at < end and one.ends_at > start]
    seconds = sum(
        (min(one.ends_at, end) - max(one.starts_at, start)).total_seconds() for one in inside
    )
    whole = end.timestamp() - start.timestamp()
    title = "; ".join(one.in_words for one in inside) or _("free")
    kind = inside[0].kind if inside else ""
    return Day(day, round(100 * min(seconds / whole, 1)), kind, title)


def prices(asset: Asset, now: datetime) -> list[tuple[str, str]]:
    """Return what a day, a week and a month cost, with the deposit, as a clerk says it."""
    try:
        quotes = [
            (unit.label, pricing.quote(asset, now, now + pricing.LENGTHS[unit]))
            for unit in (Unit.DAY, Unit.WEEK, Unit.MONTH)
        ]
    except DomainError as refusal:
        return [(_("price"), refusal.message)]
    rows = [(str(label), quote.arithmetic[0]) for label, quote in quotes]
    worth_now = asset.value_on(timezone.localdate(now))
    _deposit, lines = pricing.deposit_of(asset.effective_tariff, worth_now)
    rows += [(_("deposit"), line.partition(": ")[2]) for line in lines]
    turnaround = asset.category.turnaround
    if turnaround:
        rows.append((_("turnaround"), length(turnaround)))
    return rows


def worth(asset: Asset, now: datetime) -> list[tuple[str, str]]:
    """Return what the asset is worth today and how that is found, when its value falls."""
    today = asset.worth_on(timezone.localdate(now))
    if not today.falls:
        return []
    return [
        (_("today"), today.arithmetic(asset.currency)),
        (_("falls"), today.rule()),
    ]
