"""Days of a schedule that follow the day on which it is due: words, and what they mean that day."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from apps.reports.report import Report

_ONE_DAY = timedelta(days=1)
_MONTHS_OF_QUARTER = 3


def _month(day: date) -> date:
    return day.replace(day=1)


def _last_month(day: date) -> date:
    return _month(_month(day) - _ONE_DAY)


def _quarter(day: date) -> date:
    return day.replace(month=day.month - (day.month - 1) % _MONTHS_OF_QUARTER, day=1)


def _last_quarter(day: date) -> date:
    return _quarter(_quarter(day) - _ONE_DAY)


def _year(day: date) -> date:
    return day.replace(month=1, day=1)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


WORDS: "dict[str, tuple[_StrOrPromise, Callable[[date], date]]]" = {
    "today": (_("today"), lambda day: day),
    "yesterday": (_("yesterday"), lambda day: day - _ONE_DAY),
    "this-month-first": (_("this month: first day"), _month),
    "this-year-first": (_("this year: first day"), _year),
    "last-week-monday": (_("last week: Monday"), lambda day: _monday(day) - timedelta(days=7)),
    "last-week-sunday": (_("last week: Sunday"), lambda day: _monday(day) - _ONE_DAY),
    "last-month-first": (_("last month: first day"), _last_month),
    "last-month-last": (_("last month: last day"), lambda day: _month(day) - _ONE_DAY),
    "last-quarter-first": (_("last quarter: first day"), _last_quarter),
    "last-quarter-last": (_("last quarter: last day"), lambda day: _quarter(day) - _ONE_DAY),
    "last-year-first": (
        _("last year: first day"),
        lambda day: _year(_year(day) - _ONE_DAY),
    ),
    "last-year-last": (_("last year: last day"), lambda day: _year(day) - _ONE_DAY),
}


def words_for(kept: str, day: date) -> str:
    """Return the word that names this ISO day on that day, or the day itself when none does.

    A period is last month's more often than “yesterday's”, so the longer stretches go first.
    """
    for word, (_title, meant) in reversed(WORDS.items()):
        if meant(day).isoformat() == kept:
            return word
    return kept


def resolved(report: "Report", parameters: Mapping[str, Any], on: date) -> dict[str, Any]:
    """Return the parameters of a run that is due on that day in the office's time zone."""
    dates = date_fields(report)
    return {
        name: WORDS[value][1](on).isoformat() if name in dates and value in WORDS else value
        for name, value in parameters.items()
    }


def described(report: "Report", parameters: Mapping[str, Any], on: date) -> list[tuple[str, str]]:
    """Return the parameters for a reader: words as words, the rest as the report says it.

    Raises:
        ParametersRefused: they do not fit the report.
    """
    dates = date_fields(report)
    labels = {name: str(field.label) for name, field in report.form.base_fields.items()}
    # A report says days in its own way, such as both ends in one; here the words stand instead.
    facts = dict(report.described(report.answers(resolved(report, parameters, on))))
    facts |= {labels[name]: _said(parameters.get(name)) for name in dates}
    return [(label, facts[label]) for label in labels.values() if facts.get(label)]


def date_fields(report: "Report") -> list[str]:
    """Return the names of the parameters that are days."""
    fields = report.form.base_fields.items()
    return [name for name, field in fields if isinstance(field, forms.DateField)]


def _said(value: Any) -> str:
    return str(WORDS[value][0]) if value in WORDS else str(value or "")
