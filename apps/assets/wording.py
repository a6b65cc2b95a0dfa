"""How moments, lengths of time and shares are written for a reader."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import ngettext

from apps.assets.states import Unit


def moment(at: datetime) -> str:
    """Return a moment in local time; the zone is named, as one night has an hour twice."""
    local = timezone.localtime(at)
    return f"{date_format(local, 'j M Y H:i')} {local.tzname()}"


def units(unit: Unit, count: int) -> str:
    """Return a count of units: “2 weeks”."""
    texts = {
        Unit.MONTH: ngettext("{count} month", "{count} months", count),
        Unit.WEEK: ngettext("{count} week", "{count} weeks", count),
        Unit.DAY: ngettext("{count} day", "{count} days", count),
        Unit.HOUR: ngettext("{count} hour", "{count} hours", count),
    }
    return texts[unit].format(count=count)


def length(duration: timedelta) -> str:
    """Return a length of time, to the started minute: “1 day 2 hours”."""
    minutes = -(-duration // timedelta(minutes=1))
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [units(Unit.DAY, days)] if days else []
    parts += [units(Unit.HOUR, hours)] if hours else []
    if minutes or not parts:
        text = ngettext("{count} minute", "{count} minutes", minutes)
        parts.append(text.format(count=minutes))
    return " ".join(parts)


def share(basis_points: int) -> str:
    """Return basis points as people write them: `2550` is “25.5 %”."""
    whole, part = divmod(basis_points, 100)
    return f"{whole}.{part:02}".rstrip("0").rstrip(".") + " %" if part else f"{whole} %"
