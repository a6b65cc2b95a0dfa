"""The form of a report in the dress of the back office, and what it may be saved as."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from apps.common.admin import DialogForm
from apps.reports import pdf
from apps.reports.admin.picking import WalletSelect
from apps.reports.errors import PdfNotPossible
from apps.reports.forms import RunField
from apps.reports.states import Format
from apps.wallets.models import LedgerEntry

if TYPE_CHECKING:
    from apps.reports.report import Report

CANCEL_DIALOG: dict[str, Any] = {
    "title": _("Cancel this run?"),
    "description": _("The worker stops within seconds. No file is kept."),
    "form_class": DialogForm,
    "form_submit_text": _("Cancel the run"),
}
RERUN_DIALOG: dict[str, Any] = {
    "title": _("Run this report again?"),
    "description": _("The same parameters, with the ledger as it is now. This run stays."),
    "form_class": DialogForm,
    "form_submit_text": _("Run again"),
}


class FormatsForm(forms.Form):
    """What the report is saved as."""

    formats = forms.MultipleChoiceField(
        label=_("Save as"),
        choices=Format.choices,
        initial=[Format.CSV, Format.PDF],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the PDF only where it can be printed, and say what is missing."""
        super().__init__(*args, **kwargs)
        if not pdf.is_possible():
            field = self.fields["formats"]
            field.choices = [  # type: ignore[attr-defined]  # a choice field
                (value, label) for value, label in Format.choices if value != Format.PDF
            ]
            field.initial = [Format.CSV]
            field.help_text = PdfNotPossible().message


def dressed(report: "Report", *args: Any, **kwargs: Any) -> forms.Form:
    """Return the form of the report with the widgets of the back office."""
    form = report.form(*args, **kwargs)
    for field in form.fields.values():
        match field:
            case RunField():
                field.widget = UnfoldAdminTextInputWidget()
            case forms.ModelChoiceField():
                field.widget = WalletSelect(LedgerEntry._meta.get_field("wallet"), admin.site)
                field.widget.choices = field.choices
            case forms.DateField():
                field.widget = UnfoldAdminSingleDateWidget()
            case forms.ChoiceField():
                field.widget = UnfoldAdminSelectWidget(choices=field.choices)
    return form
