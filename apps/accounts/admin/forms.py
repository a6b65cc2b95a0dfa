"""What the pages of people ask."""

from datetime import datetime, time
from typing import Any, cast

from django import forms
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.forms import AuthenticationForm, UserCreationForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from apps.accounts.models import User
from apps.accounts.selectors import roles_of
from apps.accounts.sign_in import refuse
from apps.common.admin import DialogForm, ReasonForm


class SignInForm(AuthenticationForm):
    """E-mail and password of somebody on the staff."""

    error_messages = {
        "invalid_login": gettext_lazy(
            "This e-mail and password do not open the back office. "
            "Check both, or ask an administrator."
        ),
        "inactive": gettext_lazy("This account is deactivated. Ask an administrator."),
    }

    def __init__(self, request: HttpRequest | None = None, *args: Any, **options: Any) -> None:
        """Show the keyboard for e-mails on phones."""
        super().__init__(request, *args, **options)
        self.fields["username"].widget.input_type = "email"

    def confirm_login_allowed(self, user: User) -> None:
        """Turn away who is not on the staff; the password was right, so Django tells nobody."""
        try:
            super().confirm_login_allowed(user)
        except forms.ValidationError:
            refuse(user.email, user, _("Not on the staff."))
            raise


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


class NewPersonForm(UserCreationForm):
    """Who somebody is, how they sign in, and what they do here."""

    roles = RolesField(
        help_text=gettext_lazy("Borrowers and lenders need no staff access and no password.")
    )

    class Meta:
        model = User
        fields = ("display_name", "email", "is_staff")

    def __init__(self, *args: Any, **options: Any) -> None:
        """Speak of signing in rather than of authentication."""
        super().__init__(*args, **options)
        usable = self.fields["usable_password"]
        usable.label = gettext_lazy("Signs in")
        usable.help_text = ""
        usable.widget.choices = [
            ("true", gettext_lazy("with the password below")),
            ("false", gettext_lazy("not at all, until somebody sets a password")),
        ]

    def clean_email(self) -> str:
        """Return the e-mail in lower case."""
        return str(self.cleaned_data["email"]).lower()


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


class PasswordForm(DialogForm):
    """A new password, twice."""

    password = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least 12 characters. Hand it over safely."),
    )
    again = forms.CharField(
        label=gettext_lazy("New password again"),
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, request: HttpRequest, *args: Any, **options: Any) -> None:
        """Keep the password out of what is sent when something breaks."""
        cast("Any", request).sensitive_post_parameters = ("password", "again")
        super().__init__(request, *args, **options)

    def clean_password(self) -> str:
        """Refuse a password that is too easy for this person."""
        password = str(self.cleaned_data["password"])
        validate_password(password, User.objects.filter(pk=self.object_id).first())
        return password

    def clean(self) -> dict[str, Any]:
        """Refuse two that differ."""
        typed = super().clean() or {}
        if "password" in typed and typed["password"] != typed.get("again"):
            self.add_error("again", _("The two passwords differ. Type the same one twice."))
        return typed


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
