"""The periods that people ask for most, as buttons that fill both dates of a form."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

_QUARTER = 3


@dataclass(frozen=True)
class QuickPeriod:
    """A period with a name, both ends included."""

    label: "_StrOrPromise"
    from_on: date
    until_on: date


def quick_periods(today: date) -> list[QuickPeriod]:
    """Return the periods as they are seen from `today`."""
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    quarter = month.replace(month=(today.month - 1) // _QUARTER * _QUARTER + 1)
    day = timedelta(days=1)
    return [
        QuickPeriod(_("last month"), _first_of_month(month - day), month - day),
        QuickPeriod(_("this month"), month, today),
        QuickPeriod(_("last quarter"), _quarter_before(quarter), quarter - day),
        QuickPeriod(_("this year"), year, today),
        QuickPeriod(_("last year"), (year - day).replace(month=1, day=1), year - day),
    ]


def _first_of_month(day: date) -> date:
    return day.replace(day=1)


def _quarter_before(quarter: date) -> date:
    last = quarter - timedelta(days=1)
    return last.replace(month=last.month - _QUARTER + 1, day=1)
