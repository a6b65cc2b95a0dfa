"""What the pages of signing in ask: allauth's forms in our words, ready for the keyboard."""

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from allauth.account import forms as account
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as codes
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.accounts.signing_in.evenly import at_least
from apps.common.secret_text import SecretUnreadable

if TYPE_CHECKING:
    from django.http import HttpRequest

logger = logging.getLogger(__name__)

LOST = gettext_lazy(
    "The codes of your second factor can no longer be checked here. Use a security key if you "
    "have one, or ask an administrator to reset your second factors."
)


class SignInForm(account.LoginForm):
    """E-mail and password."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Start in the field for the e-mail."""
        super().__init__(*args, **options)
        email, password = self.fields["login"], self.fields["password"]
        email.label = gettext_lazy("E-mail")
        email.widget.attrs = {"autocomplete": "username", "autofocus": True}
        password.widget.attrs = {"autocomplete": "current-password"}
        password.help_text = ""


class ForgotPasswordForm(account.ResetPasswordForm):
    """Whose password was forgotten; the answer is the same whether there is one or not."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Start in the only field."""
        super().__init__(*args, **options)
        self.fields["email"].label = gettext_lazy("E-mail")
        self.fields["email"].widget.attrs = {"autocomplete": "username", "autofocus": True}

    def clean_email(self) -> str:
        """Return the e-mail in lower case."""
        return str(self.cleaned_data["email"]).lower()

    def save(self, request: "HttpRequest", **_options: Any) -> str:  # noqa: ARG002
        """Send the link to whom it is due; nobody has shown who they are, so `system` acts."""
        email = str(self.cleaned_data["email"])
        # A letter that is promised takes three times as long as none.
        with at_least(settings.FORGOTTEN_SECONDS):
            accounts.forgot_password(email, actor=User.objects.system())
        return email


class ChangePasswordForm(account.ChangePasswordForm):
    """The password now, and the new one twice."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Say what a password has to be."""
        super().__init__(*args, **options)
        _name(self, "oldpassword", gettext_lazy("Password now"), "current-password")
        _name(self, "password1", gettext_lazy("New password"), "new-password")
        _name(self, "password2", gettext_lazy("New password again"), "new-password")
        self.fields["oldpassword"].widget.attrs["autofocus"] = True
        self.fields["oldpassword"].help_text = ""
        self.fields["password1"].help_text = " ".join(password_validators_help_texts())


class ChoosePasswordForm(forms.Form):
    """A new password, twice, for whoever came by a link."""

    password = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "autofocus": True}),
    )
    again = forms.CharField(
        label=gettext_lazy("New password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, person: User, *args: Any, **options: Any) -> None:
        """Keep whose password it will be."""
        super().__init__(*args, **options)
        self.person = person
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean_password(self) -> str:
        """Refuse a password that is too easy for this person."""
        password = str(self.cleaned_data["password"])
        validate_password(password, self.person)
        return password

    def clean(self) -> dict[str, Any]:
        """Refuse two that differ."""
        typed = super().clean() or {}
        if "password" in typed and typed["password"] != typed.get("again"):
            self.add_error("again", _("The two passwords differ. Type the same one twice."))
        return typed


class PasswordAgainForm(account.ReauthenticateForm):
    """The password, asked for again before something that matters."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Start in the only field."""
        super().__init__(*args, **options)
        _name(self, "password", gettext_lazy("Password"), "current-password")
        self.fields["password"].widget.attrs["autofocus"] = True
        self.fields["password"].help_text = ""


class _CodeOfWhatIsLeft(codes.BaseAuthenticateForm):
    """Takes a code of the factors that can still be read, and says so of the others."""

    def clean_code(self) -> str:
        """Return the code, if it opens."""
        try:
            return str(super().clean_code())
        except SecretUnreadable:
            logger.exception("a second factor of person %s can no longer be read", self.user.pk)
        code = str(self.cleaned_data["code"])
        by_code = Authenticator.objects.filter(user=self.user).exclude(
            type=Authenticator.Type.WEBAUTHN
        )
        for factor in by_code:
            with suppress(SecretUnreadable):
                if factor.wrap().validate_code(code):
                    factor.user = self.user
                    self.authenticator = factor
                    return code
        self._emit_authentication_failed(by_code[0])
        raise forms.ValidationError(LOST, code="lost")


class CodeForm(_CodeOfWhatIsLeft, codes.AuthenticateForm):
    """The code of an app, or one of the recovery codes."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Offer the digits on phones, and what the phone reads from messages."""
        super().__init__(*args, **options)
        _for_codes(self)


class CodeAgainForm(_CodeOfWhatIsLeft, codes.ReauthenticateForm):
    """The code, asked for again before something that matters."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Offer the digits on phones, and what the phone reads from messages."""
        super().__init__(*args, **options)
        _for_codes(self)


class ActivateAppForm(totp.ActivateTOTPForm):
    """The first code of an app, which proves that it has the seed."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Offer the digits on phones."""
        super().__init__(*args, **options)
        _for_codes(self)
        self.fields["code"].label = gettext_lazy("Code that the app shows now")

    def clean_code(self) -> str:
        """Take the code once: whoever saw it typed here does not sign in with it."""
        code: str = super().clean_code()
        app = TOTP(Authenticator(user=self.user, type=Authenticator.Type.TOTP))
        # allauth marks the codes that open a door, not the first one of all.
        if not app._mark_code_used(code):  # noqa: SLF001
            raise get_adapter().validation_error("incorrect_code")
        return code


class AddKeyForm(webauthn.AddWebAuthnForm):
    """A security key, as second factor or as passkey."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Speak of passkeys, as browsers do."""
        super().__init__(*args, **options)
        passkey = self.fields["passwordless"]
        passkey.label = gettext_lazy("Use it as a passkey")
        passkey.help_text = gettext_lazy(
            "A passkey signs you in without the password; the key asks for a finger or a number."
        )


def _for_codes(form: forms.Form) -> None:
    form.fields["code"].label = gettext_lazy("Code")
    form.fields["code"].widget.attrs = {
        "autocomplete": "one-time-code",
        "inputmode": "numeric",
        "autofocus": True,
        "spellcheck": "false",
    }


def _name(form: forms.Form, field: str, label: Any, autocomplete: str) -> None:
    form.fields[field].label = label
    form.fields[field].widget.attrs = {"autocomplete": autocomplete}
