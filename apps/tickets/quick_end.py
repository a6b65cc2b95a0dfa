"""The end of a loan as somebody types it at the desk: `2d`, `1w`, `18:00`, `28.11.`."""

import re
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone

from apps.tickets.errors.desk import EndUnclear

_LENGTH = re.compile(r"(\d{1,3})\s*(h|d|w)", re.IGNORECASE)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})(?:\.(\d{4})?)?")
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


def is_end(text: str) -> bool:
    """Tell whether the text looks like an end, also like one that has passed."""
    try:
        end_of(text, timezone.now())
    except EndUnclear:
        return False
    return True


def end_of(text: str, starts_at: datetime) -> datetime:
    """Return the moment that the text means for a loan that begins at `starts_at`.

    A length counts from the start: whole days of 24 hours, as tariffs do. A clock time is the next
    one, today or tomorrow. A day without a clock ends at the time of day at which the loan begins;
    without a year it is the next one.

    Raises:
        EndUnclear: it is nothing of that.
    """
    term = " ".join(text.split())
    if found := _LENGTH.fullmatch(term):
        # By the clock on the wall a day is an hour shorter or longer in two nights of the year.
        return starts_at.astimezone(UTC) + int(found[1]) * _UNITS[found[2].lower()]
    start = timezone.localtime(starts_at)
    day_text, _blank, clock_text = term.partition(" ")
    try:
        if not clock_text and _CLOCK.fullmatch(day_text):
            at = _at(start.date(), _clock_in(day_text))
            return at if at > starts_at else _at(start.date() + timedelta(days=1), at.time())
        clock = _clock_in(clock_text) if clock_text else start.time()
        return _at(_day_in(day_text, start.date()), clock)
    except ValueError:
        raise EndUnclear(text=term) from None


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, timezone.get_current_timezone())


def _clock_in(text: str) -> time:
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return time(int(found[1]), int(found[2]))


def _day_in(text: str, today: date) -> date:
    if found := _ISO_DAY.fullmatch(text):
        return date(int(found[1]), int(found[2]), int(found[3]))
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError(text)
    day, month = int(found[1]), int(found[2])
    if found[3]:
        return date(int(found[3]), month, day)
    this_year = date(today.year, month, day)
    return this_year if this_year >= today else date(today.year + 1, month, day)
