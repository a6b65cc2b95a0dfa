"""Cron expressions in the office's time zone: what they mean, and where one is wrong.

An hour that the clock skips in spring is made up for right after; one that it repeats in autumn
counts once, as in Debian's cron.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from cronsim import CronSim, CronSimError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.reports.errors import CronRefused

_FIELDS = {
    "minute": _("minute: one number from 0 to 59, such as 30"),
    "hour": _("hour: 0 to 23, such as 6 or 8-17 or *"),
    "day-of-month": _("day of the month: 1 to 31, L for the last one, or *"),
    "month": _("month: 1 to 12, or *"),
    "day-of-week": _("day of the week: 0 (Sunday) to 6, MON-FRI, or *"),
}
_FIELD_COUNT = 5


def checked(expression: str) -> str:
    """Return the expression in its plain form.

    Raises:
        CronRefused: a field is missing or wrong, or it would run more often than once an hour.
    """
    parts = expression.upper().split()
    if len(parts) != _FIELD_COUNT:
        raise CronRefused(
            expression=expression,
            why=_("five fields: minute, hour, day of the month, month, day of the week"),
        )
    if not parts[0].isdecimal():
        raise CronRefused(expression=expression, why=_FIELDS["minute"])
    plain = " ".join(parts)
    try:
        moments = CronSim(plain, datetime(2024, 1, 1, tzinfo=UTC))
        next(moments)
    except CronSimError as fault:
        field = str(fault).removeprefix("Bad ")
        raise CronRefused(expression=expression, why=_FIELDS.get(field, str(fault))) from None
    except StopIteration:
        raise CronRefused(expression=expression, why=_FIELDS["day-of-month"]) from None
    return plain


def moments_after(expression: str, moment: datetime) -> Iterator[datetime]:
    """Give the moments after that one, the next one first, in the office's time zone."""
    # The wall of the office repeats an hour in autumn; what is asked for is a moment, not a time.
    for due in CronSim(expression, timezone.localtime(moment)):
        if due > moment:
            yield due.astimezone(timezone.get_default_timezone())


def next_after(expression: str, moment: datetime) -> datetime:
    """Return the next moment after that one."""
    return next(moments_after(expression, moment))
