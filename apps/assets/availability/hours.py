"""When the office is open, by the clock on its wall: a loan starts and ends within these hours.

Without any row the office is always open. What began already is judged by nobody: a clerk who
hands over at night is there. In the night in which an hour comes twice both of them count, and
what the clock skips in spring is no moment at all.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.assets.availability.reasons import Reason
from apps.assets.models import OpeningHours, SpecialDays
from apps.assets.models.opening_hours import MIDNIGHT, hours
from apps.assets.states import ReasonKind
from apps.assets.wording import moment


@dataclass(frozen=True)
class Day:
    """One day of the office: the spells in which it is open, and what is special about it."""

    on: date
    spells: tuple[tuple[time, time], ...]
    note: str = ""

    @property
    def is_closed(self) -> bool:
        """Whether nobody is there all day."""
        return not self.spells

    def allows_start(self, at: time) -> bool:
        """Tell whether a loan may start then: an asset is not collected when the door closes."""
        return any(opens <= at and _is_before(at, closes) for opens, closes in self.spells)

    def allows_end(self, at: time) -> bool:
        """Tell whether a loan may end then: an asset may be brought as the door closes."""
        return any(
            opens <= at and (at == closes or _is_before(at, closes))
            for opens, closes in self.spells
        )

    def in_words(self) -> str:
        """Say when it is open: “9:00–12:00, 13:00–17:00”, or that it is not."""
        spells = ", ".join(hours(opens, closes) for opens, closes in self.spells) or _("closed")
        return f"{spells} ({self.note})" if self.note else spells


class Week:
    """The office’s hours, read once, for any day between two dates."""

    def __init__(self, first_on: date, last_on: date) -> None:
        """Read the hours of the week and the special days of that time."""
        self._weekly: dict[int, list[tuple[time, time]]] = {}
        for spell in OpeningHours.objects.all():
            self._weekly.setdefault(spell.weekday, []).append((spell.opens_at, spell.closes_at))
        self._special = list(
            SpecialDays.objects.filter(first_on__lte=last_on, last_on__gte=first_on)
        )

    def day(self, on: date) -> Day:
        """Return one day."""
        for special in self._special:
            if special.covers(on):
                spells: Iterable[tuple[time, time]] = (
                    [(special.opens_at, special.closes_at)]
                    if special.opens_at and special.closes_at is not None
                    else []
                )
                return Day(on, tuple(spells), special.reason)
        if not self._weekly:
            return Day(on, ((MIDNIGHT, MIDNIGHT),))
        return Day(on, tuple(self._weekly.get(on.weekday(), ())))


def why_closed(starts_at: datetime | None, ends_at: datetime, *, now: datetime) -> Iterator[Reason]:
    """Yield why a loan cannot start or end at these moments; nothing when it can.

    Without `starts_at` it has begun, and goes on.
    """
    ends = _on_the_wall(ends_at)
    starts = _on_the_wall(starts_at or ends_at)
    week = Week(starts.date() - timedelta(days=1), ends.date())
    day = week.day(starts.date())
    if starts_at is not None and starts_at > now and not day.allows_start(starts.time()):
        yield _closed(
            _("The office is closed when it starts, on {at}; open on {day}: {hours}."),
            starts_at,
            day,
        )
    if ends_at > now and not _allows_end(week, ends):
        yield _closed(
            _("The office is closed when it ends, on {at}; open on {day}: {hours}."),
            ends_at,
            week.day(ends.date()),
        )


def _allows_end(week: Week, ends: datetime) -> bool:
    if week.day(ends.date()).allows_end(ends.time()):
        return True
    # Midnight is also the end of the day before.
    before = week.day(ends.date() - timedelta(days=1))
    return ends.time() == MIDNIGHT and any(closes == MIDNIGHT for _o, closes in before.spells)


def _closed(text: str, at: datetime, day: Day) -> Reason:
    facts = {"at": moment(at), "day": date_format(day.on, "l j M"), "hours": day.in_words()}
    return Reason(ReasonKind.CLOSED, text.format(**facts))


def _on_the_wall(at: datetime) -> datetime:
    """Return the moment in the zone of the office, whatever zone the reader has chosen."""
    return at.astimezone(timezone.get_default_timezone())


def _is_before(at: time, closes: time) -> bool:
    return closes == MIDNIGHT or at < closes
