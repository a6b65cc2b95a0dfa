"""When the office is open: the hours of a week, and the days that differ."""

from datetime import date, time

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.assets.states import Weekday

MIDNIGHT = time(0, 0)


def _ends_after_it_starts(opens: str, closes: str) -> Q:
    return Q(**{f"{closes}__gt": F(opens)}) | Q(**{closes: MIDNIGHT})


class OpeningHours(models.Model):
    """One spell of a weekday in which the office is open; a day may have several, or none.

    Times are those of the clock on the wall. A spell ends on the day on which it began: when it
    closes at 0:00, that is the midnight that ends the day.
    """

    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    opens_at = models.TimeField(_("opens"))
    closes_at = models.TimeField(_("closes"), help_text=_("0:00 is the midnight that ends the day"))

    history = HistoricalRecords(table_name="opening_hours_history")

    class Meta:
        db_table = "opening_hours"
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering = ("weekday", "opens_at")
        default_permissions = ("add", "change", "delete", "view")
        constraints = (
            models.CheckConstraint(
                condition=Q(weekday__in=Weekday.values), name="opening_hours_have_weekday"
            ),
            models.CheckConstraint(
                condition=_ends_after_it_starts("opens_at", "closes_at"),
                name="opening_hours_run_forward",
                violation_error_message=_(
                    "It must close after it opens, on the same day. "
                    "Enter a night in two parts: until 0:00, and from 0:00 on the next day."
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {hours(self.opens_at, self.closes_at)}"

    def clean(self) -> None:
        """Refuse a spell inside another of the same day, as the database does.

        Raises:
            ValidationError: names the other spell.
        """
        if self.opens_at is None or self.closes_at is None:
            return
        others = OpeningHours.objects.filter(weekday=self.weekday).exclude(pk=self.pk)
        for other in others:
            if self.opens_at < end_of(other) and other.opens_at < end_of(self):
                raise ValidationError(
                    {"opens_at": _("“{other}” is open then already.").format(other=other)}
                )


class SpecialDays(models.Model):
    """Days that differ from the week: closed, or open at other hours."""

    first_on = models.DateField(_("first day"))
    last_on = models.DateField(_("last day"))
    opens_at = models.TimeField(_("opens"), null=True, blank=True, help_text=_("empty: closed"))
    closes_at = models.TimeField(_("closes"), null=True, blank=True, help_text=_("empty: closed"))
    reason = models.CharField(_("reason"), max_length=120, help_text=_("such as New Year’s Day"))

    history = HistoricalRecords(table_name="special_days_history")

    class Meta:
        db_table = "special_days"
        verbose_name = _("special days")
        verbose_name_plural = _("special days")
        ordering = ("first_on",)
        default_permissions = ("add", "change", "delete", "view")
        constraints = (
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on")),
                name="special_days_run_forward",
                violation_error_message=_("The last day may not lie before the first."),
            ),
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True, closes_at__isnull=True)
                | (
                    Q(opens_at__isnull=False, closes_at__isnull=False)
                    & _ends_after_it_starts("opens_at", "closes_at")
                ),
                name="special_days_are_open_or_closed",
                violation_error_message=_(
                    "Give both times, the earlier first, or none when it is closed."
                ),
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="special_days_have_reason"),
        )

    def __str__(self) -> str:
        return f"{self.in_words} {self.reason}"

    @property
    def in_words(self) -> str:
        """The days: “24 Dec 2026–1 Jan 2027”."""
        first, last = (date_format(day, "j M Y") for day in (self.first_on, self.last_on))
        return first if first == last else f"{first}–{last}"

    def clean(self) -> None:
        """Refuse days that another row speaks of, as the database does.

        Raises:
            ValidationError: names the other row.
        """
        if self.first_on is None or self.last_on is None:
            return
        others = SpecialDays.objects.filter(
            first_on__lte=self.last_on, last_on__gte=self.first_on
        ).exclude(pk=self.pk)
        if other := others.first():
            raise ValidationError(
                {"first_on": _("“{other}” speaks of these days already.").format(other=other)}
            )

    def covers(self, day: date) -> bool:
        """Tell whether it speaks of this day."""
        return self.first_on <= day <= self.last_on


def end_of(spell: OpeningHours) -> time:
    """Return the last moment of a spell on the clock."""
    return time.max if spell.closes_at == MIDNIGHT else spell.closes_at


def hours(opens_at: time, closes_at: time) -> str:
    """Return a spell as people write it: “9:00–17:30”, “18:00–24:00”."""
    closes = "24:00" if closes_at == MIDNIGHT else f"{closes_at.hour}:{closes_at:%M}"
    return f"{opens_at.hour}:{opens_at:%M}–{closes}"
