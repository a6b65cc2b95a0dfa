"""A moment that is typed in a dialog, where the library's date pickers do not work."""

from datetime import datetime
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget


class MomentWidget(UnfoldAdminTextInputWidget):
    """The browser's own field for a day and a time."""

    input_type = "datetime-local"

    def format_value(self, value: Any) -> str | None:
        """Write the moment as that field reads it, to the minute."""
        if isinstance(value, datetime):
            return f"{value:%Y-%m-%dT%H:%M}"
        return str(value) if value else None


class MomentField(forms.DateTimeField):
    """Cleans to an aware moment of the office's time zone."""

    widget = MomentWidget
