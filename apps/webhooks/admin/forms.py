"""What the dialogs ask."""

from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from apps.common.admin import (
    DialogForm,
    ReasonForm,
    dangerous,
)
from apps.programs.models import Program
from apps.webhooks.catalogue import CATALOGUE
from apps.webhooks.keeping import KEPT
from apps.webhooks.models import URL_LENGTH, Subscription

if TYPE_CHECKING:
    from datetime import datetime

    from unfold.dataclasses import ActionDialog


def event_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the catalogue, each kind of thing a group."""
    return [
        (
            capfirst(str(thing.model._meta.verbose_name)),
            [(event.name, f"{event.name}: {event.title}") for event in events],
        )
        for thing, events in groupby(CATALOGUE, key=lambda event: event.thing)
    ]


class WebhookForm(DialogForm):
    """Where, and of what."""

    url = forms.CharField(
        label=_("URL"),
        max_length=URL_LENGTH,
        help_text=_("https, a name of the public internet, port 443 or 8443"),
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "off", "inputmode": "url", "placeholder": "https://"}
        ),
    )
    events = forms.MultipleChoiceField(
        label=_("Events"),
        choices=event_choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=254,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )


class SubscribeForm(WebhookForm):
    """Which program, where, and of what."""

    program = forms.ModelChoiceField(
        Program.objects.none(),
        label=_("Program"),
        widget=UnfoldAdminSelectWidget,
        help_text=_("Only programs that act by themselves; what their account may see is told."),
    )
    field_order = ("program", "url", "events", "description")

    def __init__(self, *args: Any, **options: Any) -> None:
        """Offer the programs that act by themselves."""
        super().__init__(*args, **options)
        programs = Program.objects.filter(is_active=True, user__isnull=False)
        self.fields["program"].queryset = programs


class ChangeForm(WebhookForm):
    """The same, from what is there, and not over what somebody else has changed meanwhile."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        """Read the subscription as it is now."""
        super().__init__(*args, **options)
        if not str(self.object_id).isdecimal():
            raise Http404
        row = get_object_or_404(Subscription.objects.kept(), pk=self.object_id)
        self.initial |= {
            "url": row.url,
            "events": row.events,
            "description": row.description,
            "seen_version": row.version,
        }


class ReplayForm(DialogForm):
    """From when on."""

    hours = forms.IntegerField(
        label=_("Failed in the last hours"),
        min_value=1,
        max_value=int(KEPT / timedelta(hours=1)),
        initial=24,
        widget=UnfoldAdminIntegerFieldWidget,
    )

    @property
    def since(self) -> "datetime":
        """The moment that was meant."""
        return timezone.now() - timedelta(hours=self.cleaned_data["hours"])


SUBSCRIBE: "ActionDialog" = {
    "title": _("Subscribe a program"),
    "description": _("Each event is sent to the URL as a signed message. The secret comes next."),
    "form_class": SubscribeForm,
    "form_submit_text": _("Subscribe"),
}
CHANGE: "ActionDialog" = {
    "title": _("Change the subscription"),
    "description": _("What waits already goes to the new URL too."),
    "form_class": ChangeForm,
    "form_submit_text": _("Change"),
}
ROTATE: "ActionDialog" = {
    "title": _("Make a new secret"),
    "description": _("For 24 hours messages are signed with both, so that nothing is refused."),
    "form_class": DialogForm,
    "form_submit_text": _("Make a new secret"),
}
TEST: "ActionDialog" = {
    "title": _("Send a test"),
    "description": _("Sends a message of the type webhook.test, which is about nothing."),
    "form_class": DialogForm,
    "form_submit_text": _("Send"),
}
REPLAY: "ActionDialog" = {
    "title": _("Replay what has failed"),
    "description": _("Each keeps its webhook id, by which receivers know what they have already."),
    "form_class": ReplayForm,
    "form_submit_text": _("Replay"),
}
PAUSE: "ActionDialog" = {
    "title": _("Pause the subscription"),
    "description": _("Messages are written and wait, for thirty days at most."),
    "form_class": ReasonForm,
    "form_submit_text": _("Pause"),
}
RESUME: "ActionDialog" = {
    "title": _("Resume the subscription"),
    "description": _("What waits is sent at once. What has failed is replayed when you say so."),
    "form_class": DialogForm,
    "form_submit_text": _("Resume"),
}
REMOVE = dangerous(
    {
        "title": _("Remove the subscription"),
        "description": _(
            "It ends for good, and what waits is not sent. Its log stays thirty days."
        ),
        "form_class": ReasonForm,
        "form_submit_text": _("Remove"),
    }
)
