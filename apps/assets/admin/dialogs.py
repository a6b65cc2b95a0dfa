"""The dialogs of an asset: each asks why."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.common.admin import DialogForm, ReasonForm

if TYPE_CHECKING:
    from datetime import datetime

    from unfold.dataclasses import ActionDialog


class MaintenanceForm(ReasonForm):
    """Why, and until when, if somebody knows."""

    until = forms.DateTimeField(
        label=gettext_lazy("Until"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
        help_text=gettext_lazy(
            "Kept free of loans until then. Empty: nobody knows, and it is promised to nobody."
        ),
    )

    def clean_until(self) -> "datetime | None":
        """Refuse what has passed."""
        until: datetime | None = self.cleaned_data["until"]
        if until and until <= timezone.now():
            raise forms.ValidationError(
                _("This has passed. Choose a time ahead, or leave it empty.")
            )
        return until


class OptionalReasonForm(DialogForm):
    """A remark, if there is one."""

    reason = forms.CharField(
        label=gettext_lazy("Remark"),
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True}),
    )


def _dialog(title: Any, text: Any, form: type[DialogForm], button: Any) -> "ActionDialog":
    return {"title": title, "description": text, "form_class": form, "form_submit_text": button}


MAINTENANCE = _dialog(
    gettext_lazy("Send to maintenance"),
    gettext_lazy("It is not handed out until it returns to service."),
    MaintenanceForm,
    gettext_lazy("Send to maintenance"),
)
SERVICE = _dialog(
    gettext_lazy("Return to service"),
    gettext_lazy("It is available again, and the rest of its maintenance time is free."),
    OptionalReasonForm,
    gettext_lazy("Return to service"),
)
LOSE = _dialog(
    gettext_lazy("Report lost"),
    gettext_lazy("It is promised to nobody. What was promised stays, and is shown as endangered."),
    ReasonForm,
    gettext_lazy("Report lost"),
)
FIND = _dialog(
    gettext_lazy("Report found"),
    gettext_lazy("It is back in the store and available."),
    ReasonForm,
    gettext_lazy("Report found"),
)
RETIRE = _dialog(
    gettext_lazy("Retire"),
    gettext_lazy("It stays in the register with all that happened, and is never lent again."),
    ReasonForm,
    gettext_lazy("Retire"),
)
REMOVE = _dialog(
    gettext_lazy("Remove"),
    gettext_lazy("It counts no more. What was reserved stays reserved."),
    ReasonForm,
    gettext_lazy("Remove"),
)
