"""What a person says about a file of open loans."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
)

from apps.common.sheets import FileUnreadable, refuse_large
from apps.tickets.importing.rows import Choices
from apps.tickets.importing.sources import LIMITS, Dates

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile


class UploadForm(forms.Form):
    """A file, how it writes days, and the days of rows that give none."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
        allow_empty_file=True,
    )
    dates = forms.ChoiceField(
        label=gettext_lazy("Days are written as"),
        choices=Dates,
        initial=Dates.ISO,
        widget=UnfoldAdminSelectWidget,
    )
    handed_over = forms.DateField(
        label=gettext_lazy("Handed over on"),
        required=False,
        widget=UnfoldAdminSingleDateWidget,
        help_text=gettext_lazy("of rows that do not say; empty: they are an error"),
    )
    due = forms.DateField(
        label=gettext_lazy("Due back on"),
        required=False,
        widget=UnfoldAdminSingleDateWidget,
        help_text=gettext_lazy("of rows that do not say, until the end of the day"),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        """Say what a file may be."""
        super().__init__(*args, **options)
        self.fields["file"].help_text = _(
            "CSV in UTF-8, at most {size} MB and {rows} rows; the first line names the columns"
        ).format(size=LIMITS.size // 1024 // 1024, rows=f"{LIMITS.rows:,}")

    def clean_file(self) -> "UploadedFile[bytes]":
        """Refuse a file that is too large before it is read."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        try:
            refuse_large(file.size or 0, LIMITS)
        except FileUnreadable as refusal:
            raise forms.ValidationError(refusal.message) from None
        return file

    @property
    def choices(self) -> Choices:
        """What the person chose."""
        chosen = self.cleaned_data
        return Choices(Dates(chosen["dates"]), chosen["handed_over"], chosen["due"])
