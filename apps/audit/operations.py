"""The jobs of the clock: when each should run, when it did, and how that went."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from celery.schedules import BaseSchedule, crontab, maybe_schedule
from django.conf import settings
from django.db.models import F, Q, Sum, Window
from django.db.models.functions import RowNumber, TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.audit.models import JobRun, RunOutcome

DAYS = 7
LATEST = 8
# A run counts as missed when it is late by more than so many of its intervals.
PATIENCE = 2
_WEEKDAYS = 7


@dataclass(frozen=True)
class Day:
    """The runs of a job on one day."""

    on: date
    run_count: int = 0
    failure_count: int = 0


@dataclass
class Job:
    """A job of the schedule with its last runs, the newest first."""

    slug: str
    schedule: BaseSchedule
    latest: list[JobRun] = field(default_factory=list)
    days: list[Day] = field(default_factory=list)
    known_since: datetime | None = None
    """When the first run of any job was written down: nothing is late before that."""

    @property
    def name(self) -> str:
        """What it is called; its name in the schedule when nobody gave it another."""
        return str(settings.JOB_NAMES.get(self.slug) or self.slug.replace("-", " ").capitalize())

    @property
    def rhythm(self) -> str:
        """When it runs, in words."""
        return rhythm_of(self.schedule)

    @property
    def last(self) -> JobRun | None:
        """The newest run, also one that is running."""
        return self.latest[0] if self.latest else None

    @property
    def last_deed(self) -> JobRun | None:
        """The newest of the latest runs that found something to do."""
        return next((run for run in self.latest if run.did), None)

    @property
    def next_at(self) -> datetime | None:
        """When it should run next; nothing when it never ran."""
        since = self.last.started_at if self.last else self.known_since
        return next_after(self.schedule, since) if since else None

    def is_late(self, now: datetime) -> bool:
        """Tell whether it should have run long ago."""
        if self.next_at is None:
            return False
        interval = next_after(self.schedule, self.next_at) - self.next_at
        return now > self.next_at + PATIENCE * interval

    def standing(self, now: datetime) -> str:
        """Return in one word how it stands."""
        if self.is_late(now):
            return "late"
        return self.last.outcome if self.last else "waiting"


def jobs(*, now: datetime) -> list[Job]:
    """Return every job of the schedule with its last runs, what wants attention first."""
    latest, days, first = _latest(), _days(now), _known_since()
    found = [
        Job(
            slug,
            maybe_schedule(entry["schedule"]),
            latest=latest[slug],
            days=_filled(days[slug], now),
            known_since=first,
        )
        for slug, entry in settings.CELERY_BEAT_SCHEDULE.items()
    ]
    return sorted(found, key=lambda job: (not is_bad(job.standing(now)), job.name))


def is_bad(standing: str) -> bool:
    """Tell whether somebody should look at a job that stands so."""
    return standing in {"late", RunOutcome.FAILED}


def next_after(schedule: "BaseSchedule", at: datetime) -> datetime:
    """Return when a job that ran `at` runs next."""
    if isinstance(schedule, crontab):
        start, delta, _now = schedule.remaining_delta(at)
        after: datetime = start + delta
        return after
    interval: timedelta = schedule.run_every
    return at + interval


def rhythm_of(schedule: BaseSchedule) -> str:
    """Return a schedule in words."""
    if isinstance(schedule, crontab):
        return _rhythm_of_crontab(schedule)
    seconds = int(schedule.run_every.total_seconds())
    if seconds % 3600 == 0:
        hours = seconds // 3600
        return ngettext("every hour", "every {count} hours", hours).format(count=hours)
    if seconds % 60 == 0:
        minutes = seconds // 60
        return ngettext("every minute", "every {count} minutes", minutes).format(count=minutes)
    return ngettext("every second", "every {count} seconds", seconds).format(count=seconds)


def _rhythm_of_crontab(cron: Any) -> str:
    is_every_day = (len(cron.day_of_week), len(cron.day_of_month), len(cron.month_of_year)) == (
        _WEEKDAYS,
        31,
        12,
    )
    (minute, *more_minutes), (hour, *more_hours) = sorted(cron.minute), sorted(cron.hour)
    if is_every_day and not more_minutes and not more_hours:
        return _("every day at {hour:02}:{minute:02}").format(hour=hour, minute=minute)
    return str(cron)


def _latest() -> defaultdict[str, list[JobRun]]:
    """Return the last runs of each job, the newest first."""
    place = Window(
        RowNumber(), partition_by=F("job"), order_by=(F("started_at").desc(), F("pk").desc())
    )
    rows = JobRun.objects.annotate(place=place).filter(place__lte=LATEST)
    latest: defaultdict[str, list[JobRun]] = defaultdict(list)
    for run in rows.select_related("asked_by").order_by("job", "place"):
        latest[run.job].append(run)
    return latest


def _days(now: datetime) -> defaultdict[str, dict[date, Day]]:
    """Return how often each job ran, and failed, on each of the last days."""
    first = timezone.localdate(now) - timedelta(days=DAYS - 1)
    rows = (
        JobRun.objects.annotate(on=TruncDate("started_at"))
        .filter(on__gte=first)
        .values("job", "on")
        .annotate(
            runs=Sum("run_count"),
            failures=Sum("run_count", filter=Q(outcome=RunOutcome.FAILED), default=0),
        )
        .order_by("job", "on")
    )
    days: defaultdict[str, dict[date, Day]] = defaultdict(dict)
    for row in rows:
        days[row["job"]][row["on"]] = Day(row["on"], row["runs"], row["failures"])
    return days


def _filled(days: dict[date, Day], now: datetime) -> list[Day]:
    today = timezone.localdate(now)
    wanted = [today - timedelta(days=ago) for ago in reversed(range(DAYS))]
    return [days.get(day, Day(day)) for day in wanted]


def _known_since() -> datetime | None:
    moments = JobRun.objects.order_by("started_at").values_list("started_at", flat=True)
    return moments.first()
