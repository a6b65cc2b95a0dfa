"""Maintenance by plan: due, given its time between promises, done.

The rules:

- A plan of months is due first on its day, then so many months after it was done. It gets its time
  thirty days ahead, before it is due when there is a gap, else in the first one after.
- A plan after each loan is due with the return, and takes the first gap from then on.
- No promise is broken for it. While it is overdue the asset page says so, and when the plan blocks,
  the asset is not handed over.
- Where an asset can be promised to nobody (late, lost), the work waits for the next run.
"""

import calendar
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from apps.assets.availability import why_not
from apps.assets.errors import MaintenanceOver
from apps.assets.gaps import best_start
from apps.assets.models import Asset, Maintenance, MaintenancePlan
from apps.assets.services.keeping import locked
from apps.assets.services.lending import free, reserve
from apps.assets.states import ReservationKind, Status
from apps.assets.wording import moment
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.money import format_amount

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from apps.accounts.models import User

AHEAD = timedelta(days=30)
_AWAY = (Status.LOST, Status.RETIRED)


def plan_maintenance(*, now: datetime, actor: "User") -> tuple[int, int]:
    """Give all that comes due its time; return how much was planned and how much was dropped.

    Each is a deed of its own. Called twice, it does its work once.
    """
    dropped = [_drop(pk, now=now, actor=actor) for pk in list(_without_plan())]
    planned = [
        _plan(plan.pk, asset_id, due_at, now=now, actor=actor)
        for plan in MaintenancePlan.objects.filter(is_active=True, every_months__isnull=False)
        for asset_id, due_at in list(_due(plan, now))
    ]
    planned += [_find_time(pk, now=now, actor=actor) for pk in list(_without_time())]
    return sum(planned), sum(dropped)


def follow_loan(asset_id: int, *, after: int, at: datetime, actor: "User") -> None:
    """Let the work that follows each loan begin as soon as the asset is free after this one."""
    asset = locked(asset_id)
    plans = MaintenancePlan.objects.filter(
        Q(asset=asset) | Q(category=asset.category_id), is_active=True, after_each_loan=True
    ).order_by("pk")
    for plan in plans:
        if not Maintenance.objects.filter(plan=plan, after=after).exists():
            due = Maintenance(plan=plan, asset=asset, due_at=at, after_id=after)
            _give_time(due, now=at, actor=actor)
            _record_planned(due, actor=actor)


@deed
def maintenance_done(
    maintenance_id: int, *, actor: "User", note: str = "", cost: int | None = None
) -> Maintenance:
    """Record that the work is done; what is left of its time is free again.

    Raises:
        MaintenanceOver: it was done before, or is not needed any more.
    """
    actor.require("assets.finish_maintenance")
    asset = locked(Maintenance.objects.values_list("asset_id", flat=True).get(pk=maintenance_id))
    due = Maintenance.objects.locked().select_related("plan", "reservation").get(pk=maintenance_id)
    if over := due.done_at or due.dropped_at:
        raise MaintenanceOver(title=due.plan.title, asset=asset, at=moment(over))
    now = timezone.now()
    due.done_at, due.done_by, due.note, due.cost = now, actor, note.strip(), cost
    _keep(due, actor=actor)
    if due.reservation and due.reservation.ends_at > now:
        free(due.reservation.pk, actor=actor, until=now)
    audit.record(
        "assets.maintained",
        actor=actor,
        target=asset,
        after={
            "plan": due.plan.title,
            "due": moment(due.due_at),
            "cost": "–" if cost is None else format_amount(cost, asset.currency),
        },
        reason=due.note,
    )
    return due


def due_on(day: "date") -> datetime:
    """Return the moment at which a day of the office begins."""
    return datetime.combine(day, time(), timezone.get_current_timezone()).astimezone(UTC)


def months_after(day: "date", count: int) -> "date":
    """Return the same day so many months later, or the last one of a month that is shorter."""
    years, month = divmod(day.month - 1 + count, 12)
    year = day.year + years
    last = calendar.monthrange(year, month + 1)[1]
    return day.replace(year=year, month=month + 1, day=min(day.day, last))


def _due(plan: MaintenancePlan, now: datetime) -> "Iterator[tuple[int, datetime]]":
    """Yield the assets of the plan whose next time comes, and when that is due."""
    assert plan.every_months is not None, "the caller asks for those with months"
    assert plan.first_due_on is not None, "the database keeps them together"
    mine = Maintenance.objects.filter(plan=plan, asset=OuterRef("pk"), after__isnull=True)
    done = mine.filter(done_at__isnull=False).order_by("-done_at").values("done_at")[:1]
    assets = (
        Asset.objects.filter(Q(pk=plan.asset_id) | Q(category=plan.category_id))
        .exclude(status__in=_AWAY)
        .exclude(Exists(mine.undone()))
        .order_by("pk")
        .values_list("pk", Subquery(done))
    )
    for asset_id, done_at in assets:
        day = plan.first_due_on
        if done_at:
            day = months_after(timezone.localdate(done_at), plan.every_months)
        if (due_at := due_on(day)) <= now + AHEAD:
            yield asset_id, due_at


def _without_time() -> "Iterator[int]":
    """Yield the work that found no time yet; what was missed is overdue, and a person decides."""
    waiting = Maintenance.objects.undone().filter(reservation__isnull=True)
    there = waiting.exclude(asset__status__in=_AWAY).order_by("pk")
    return there.values_list("pk", flat=True).iterator()


def _without_plan() -> "Iterator[int]":
    gone = Q(plan__is_active=False) | Q(asset__status=Status.RETIRED)
    undone = Maintenance.objects.undone().filter(gone)
    return undone.order_by("pk").values_list("pk", flat=True).iterator()


@deed
def _plan(plan_id: int, asset_id: int, due_at: datetime, *, now: datetime, actor: "User") -> bool:
    asset = locked(asset_id)
    plan = MaintenancePlan.objects.get(pk=plan_id)
    mine = Maintenance.objects.filter(plan=plan, asset=asset)
    # Another run was quicker, and let go of the asset meanwhile.
    if mine.filter(due_at=due_at).exists() or mine.undone().filter(after=None).exists():
        return False
    due = Maintenance(plan=plan, asset=asset, due_at=due_at)
    _give_time(due, now=now, actor=actor)
    _record_planned(due, actor=actor)
    return True


@deed
def _find_time(maintenance_id: int, *, now: datetime, actor: "User") -> bool:
    """Give work a new time when it has none, and its asset is to be had."""
    locked(Maintenance.objects.values_list("asset_id", flat=True).get(pk=maintenance_id))
    due = Maintenance.objects.locked().select_related("plan", "asset").get(pk=maintenance_id)
    if due.done_at or due.dropped_at or due.reservation_id or _why_not(due, now=now):
        return False
    _give_time(due, now=now, actor=actor)
    _record_planned(due, actor=actor)
    return True


@deed
def _drop(maintenance_id: int, *, now: datetime, actor: "User") -> bool:
    asset = locked(Maintenance.objects.values_list("asset_id", flat=True).get(pk=maintenance_id))
    due = Maintenance.objects.locked().select_related("plan", "reservation").get(pk=maintenance_id)
    if due.done_at or due.dropped_at:
        return False
    due.dropped_at = now
    _keep(due, actor=actor)
    if due.reservation and due.reservation.ends_at > now:
        free(due.reservation.pk, actor=actor, until=now)
    audit.record(
        "assets.maintenance_dropped", actor=actor, target=asset, after={"plan": due.plan.title}
    )
    return True


def _give_time(due: Maintenance, *, now: datetime, actor: "User") -> None:
    """Reserve the best gap; the caller has locked the asset. Without one the work waits."""
    if not _why_not(due, now=now):
        start = _best_start(due, now=now)
        due.reservation = reserve(
            due.asset.pk,
            start,
            start + due.plan.duration,
            kind=ReservationKind.MAINTENANCE,
            reason=due.plan.title,
            actor=actor,
        )
    _keep(due, actor=actor)


def _best_start(due: Maintenance, *, now: datetime) -> datetime:
    taken = due.asset.reservations.holding().unfinished(now)
    stretches = [(one.starts_at, one.ends_at) for one in taken]
    return best_start(stretches, due.plan.duration, not_before=now, due_at=due.due_at)


def _why_not(due: Maintenance, *, now: datetime) -> bool:
    """Tell whether the asset can be had for nothing at all: it is late, or nobody knows."""
    start = _best_start(due, now=now)
    end = start + due.plan.duration
    kind = ReservationKind.MAINTENANCE
    return bool(why_not(due.asset, start, end, now=timezone.now(), kind=kind))


def _record_planned(due: Maintenance, *, actor: "User") -> None:
    audit.record(
        "assets.maintenance_planned",
        actor=actor,
        target=due.asset,
        after={
            "plan": due.plan.title,
            "due": moment(due.due_at),
            "planned": moment(due.reservation.starts_at) if due.reservation else "–",
        },
    )


def _keep(due: Maintenance, *, actor: "User") -> None:
    due._history_user = actor  # type: ignore[attr-defined]
    due.save()
