"""What the pages of programs ask."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from apps.common.admin import ReasonForm
from apps.programs.models import Program
from apps.programs.scopes import SCOPES
from apps.programs.states import Grant, Kind

HOWS = {
    "server": (Grant.AUTHORIZATION_CODE, Kind.CONFIDENTIAL),
    "device": (Grant.AUTHORIZATION_CODE, Kind.PUBLIC),
    "itself": (Grant.CLIENT_CREDENTIALS, Kind.CONFIDENTIAL),
}
HOW_LABELS = {
    "server": _("for people who let it in, from a server that keeps a secret"),
    "device": _("for people who let it in, on their own machine, without a secret"),
    "itself": _("by itself, as an account of its own that you give roles"),
}


class ProgramForm(forms.ModelForm):  # type: ignore[type-arg]  # no subscript when it runs
    """What a program is called, where its codes go, and how far it may go at most."""

    uris = forms.CharField(
        label=_("Redirect URIs"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_(
            "One to a line: exactly where people return with their code. "
            "A program by itself has none."
        ),
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may at most"),
        choices=lambda: [(name, f"{words} ({name})") for name, words in SCOPES.items()],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        required=False,
        help_text=_("What the person, or its account, may not do itself, it may not do either."),
    )

    class Meta:
        model = Program
        fields = ("name", "rate_limit")
        help_texts = {
            "rate_limit": _("How many requests the program may send to the API in a minute.")
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        """Show what holds now."""
        super().__init__(*args, **options)
        if "name" in self.fields:
            self.fields["name"].required = True
        if self.instance.pk and "uris" in self.fields:
            self.fields["uris"].initial = "\n".join(self.instance.redirect_uris.split())
            self.fields["scopes"].initial = self.instance.allowed_scopes

    def _get_validation_exclusions(self) -> set[str]:
        """Leave the constraints of the table to the service: it explains each at its field."""
        return {field.name for field in Program._meta.fields}

    def clean_uris(self) -> list[str]:
        """Return the addresses as a list."""
        return str(self.cleaned_data["uris"]).split()


class NewProgramForm(ProgramForm):
    """A program, and how it works."""

    how = forms.ChoiceField(
        label=_("It works"),
        choices=tuple(HOW_LABELS.items()),
        initial="server",
        widget=UnfoldAdminRadioSelectWidget,
    )


class RotateSecretForm(ReasonForm):
    """Why, and whether the old secret may last."""

    at_once = forms.BooleanField(
        label=_("End the old secret at once: somebody else has seen it"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )
