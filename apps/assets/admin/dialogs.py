"""The dialogs of an asset: each asks why."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from apps.assets import promises
from apps.assets.models import Asset
from apps.common.admin import (
    DialogForm,
    ReasonForm,
    dangerous,
)

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest
    from unfold.dataclasses import ActionDialog

# So many loans are listed before somebody breaks them; what comes later is far away.
SHOWN_PROMISES = 20


class EndangeringForm(ReasonForm):
    """Why; shows the loans that are ahead, which the deed may break."""

    form_before_template = "assets/dialog_promised.html"

    def __init__(
        self, request: "HttpRequest", object_id: int | str | None = None, **options: Any
    ) -> None:
        """Read what is promised as it is now."""
        super().__init__(request, object_id, **options)
        if not str(object_id).isdecimal():
            raise Http404
        asset = get_object_or_404(Asset, pk=int(str(object_id)))
        loans = asset.reservations.holding().loans().unfinished(timezone.now())
        ahead = loans.exclude(pk=asset.loan_id) if asset.loan_id else loans
        self.promised = list(ahead.order_by("period")[:SHOWN_PROMISES])

    def get_before_template_context(
        self,
        request: "HttpRequest",  # noqa: ARG002
        object_id: int | str | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """List the loans with what stands behind them."""
        found = promises.behind(self.promised)
        return {"promised": [(one, found.get(one.pk)) for one in self.promised]}


class MaintenanceForm(EndangeringForm):
    """Why, and until when, if somebody knows; and that the person saw what this breaks."""

    until = forms.DateTimeField(
        label=gettext_lazy("Until"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
        help_text=gettext_lazy(
            "Kept free of loans until then. Empty: nobody knows, and it is promised to nobody."
        ),
    )

    has_seen = forms.BooleanField(
        label=gettext_lazy("I have seen which loans this breaks"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=gettext_lazy(
            "Those concerned are told. Lend them another asset on their ticket."
        ),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        """Remember which loans were shown, so that nobody agrees to others."""
        super().__init__(*args, **options)
        self.initial["seen"] = ",".join(str(one.pk) for one in self.promised)
        if not self.promised:
            del self.fields["has_seen"]

    def despite(self) -> set[int]:
        """Return the loans that the person knowingly breaks."""
        seen = self.cleaned_data["seen"].split(",")
        return (
            {int(pk) for pk in seen if pk.isdecimal()}
            if self.cleaned_data.get("has_seen")
            else set()
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
LOSE = dangerous(
    _dialog(
        gettext_lazy("Report lost"),
        gettext_lazy(
            "It is promised to nobody. What was promised stays, and is shown as endangered."
        ),
        EndangeringForm,
        gettext_lazy("Report lost"),
    )
)
FIND = _dialog(
    gettext_lazy("Report found"),
    gettext_lazy("It is back in the store and available."),
    ReasonForm,
    gettext_lazy("Report found"),
)
RETIRE = dangerous(
    _dialog(
        gettext_lazy("Retire"),
        gettext_lazy("It stays in the register with all that happened, and is never lent again."),
        ReasonForm,
        gettext_lazy("Retire"),
    )
)
REMOVE = dangerous(
    _dialog(
        gettext_lazy("Remove"),
        gettext_lazy("It counts no more. What was reserved stays reserved."),
        ReasonForm,
        gettext_lazy("Remove"),
    )
)
