"""Fields in which people write lengths of time and shares as they say them."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.assets.wording import length

_CLOCK = re.compile(r"(\d{1,4}):([0-5]\d)(?::([0-5]\d))?")
_WORDS = re.compile(r"(\d{1,5})\s*(min|m|h|d|minutes?|hours?|days?)\b", re.IGNORECASE)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class LengthField(forms.CharField):
    """A length of time such as `2:30` (hours and minutes), `15 min` or `1 day 2 h`.

    Django's own field takes `2:30` for two minutes and a half.
    """

    widget = UnfoldAdminTextInputWidget

    def __init__(self, **options: Any) -> None:
        """Take what the model's field would, and more."""
        options.pop("empty_value", None)
        super().__init__(**{"max_length": 40, **options})

    def prepare_value(self, value: Any) -> Any:
        """Show hours and minutes."""
        if not isinstance(value, timedelta):
            return value
        minutes, seconds = divmod(int(value.total_seconds()), 60)
        text = f"{minutes // 60}:{minutes % 60:02}"
        return f"{text}:{seconds:02}" if seconds else text

    def clean(self, value: Any) -> Any:
        """Return the length."""
        text = super().clean(value).strip()
        if not text:
            return None
        if clock := _CLOCK.fullmatch(text):
            hours, minutes, seconds = (int(part or 0) for part in clock.groups())
            return timedelta(hours=hours, minutes=minutes, seconds=seconds)
        found = _WORDS.findall(text)
        if text == "0" or (found and not _WORDS.sub("", text).strip()):
            return sum((int(count) * _UNITS[unit[0].lower()] for count, unit in found), timedelta())
        raise forms.ValidationError(
            _("“{text}” is no length of time. Write 2:30, 15 min or 1 day 2 h.").format(text=text)
        )

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare lengths, not texts."""
        try:
            return bool(self.clean(data) != initial)
        except forms.ValidationError:
            return True


class LongLengthField(LengthField):
    """A length of time that is shown in words: `14 days` rather than `336:00`."""

    def prepare_value(self, value: Any) -> Any:
        """Show days, hours and minutes."""
        return length(value) if isinstance(value, timedelta) else value


class PercentField(forms.DecimalField):
    """A share in percent, kept in basis points: `25.5` is 2550."""

    def __init__(self, **options: Any) -> None:
        """Take two decimals, from nothing to the whole."""
        options = {"min_value": 0, "max_value": 100, "decimal_places": 2, **options}
        super().__init__(
            widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}), **options
        )

    def prepare_value(self, value: Any) -> Any:
        """Show percent."""
        if not isinstance(value, int):
            return value
        return (
            f"{Decimal(value).scaleb(-2):f}".rstrip("0").rstrip(".")
            if value % 100
            else value // 100
        )

    def clean(self, value: Any) -> int:
        """Return basis points."""
        percent: Decimal | None = super().clean(value)
        return int((percent or Decimal(0)).scaleb(2))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare basis points."""
        try:
            return bool(self.clean(data) != initial)
        except forms.ValidationError:
            return True
