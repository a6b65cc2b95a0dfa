"""What the pages of people ask."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from apps.accounts.models import User
from apps.accounts.selectors import roles_of
from apps.common.admin import DialogForm, ReasonForm


def _role_names() -> list[tuple[str, str]]:
    return [(name, name) for name in Group.objects.order_by("pk").values_list("name", flat=True)]


class RolesField(forms.MultipleChoiceField):
    """Any number of roles, by name."""

    widget = UnfoldAdminCheckboxSelectMultipleWidget

    def __init__(self, **options: Any) -> None:
        """Offer the roles that there are when the form is drawn."""
        super().__init__(
            **{"choices": _role_names, "label": gettext_lazy("Roles"), "required": False, **options}
        )


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]  # no subscript when it runs
    """Who somebody is."""

    class Meta:
        model = User
        fields = ("display_name", "email", "is_staff", "is_superuser")

    def clean_email(self) -> str:
        """Return the e-mail in lower case."""
        return str(self.cleaned_data["email"]).lower()


class NewPersonForm(PersonForm):
    """Who somebody is, what they do here, and whether they sign in."""

    roles = RolesField()
    is_invited = forms.BooleanField(
        label=gettext_lazy("Send an invitation"),
        help_text=gettext_lazy(
            "By e-mail, with a link to choose a password. Borrowers and lenders need none."
        ),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
    )

    class Meta:
        model = User
        fields = ("display_name", "email", "is_staff")


class ChangeRolesForm(DialogForm):
    """Which roles somebody holds from now on, and why."""

    roles = RolesField()
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )

    def __init__(self, request: HttpRequest, object_id: str, **options: Any) -> None:
        """Tick the roles that the person holds."""
        super().__init__(request, object_id, **options)
        person = User.objects.prefetch_related("groups").filter(pk=object_id).first()
        self.fields["roles"].initial = roles_of(person) if person else []


class SuspendForm(ReasonForm):
    """Until when somebody may not borrow, and why."""

    until = forms.DateField(
        label=gettext_lazy("Until the end of"),
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
    )
    field_order = ("_form_submitted", "until", "reason")

    def end(self) -> datetime:
        """Return the last moment of that day, here."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["until"], time.max))
