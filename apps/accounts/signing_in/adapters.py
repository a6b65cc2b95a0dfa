"""Where allauth asks us: addresses, seeds, words, and what a person may do without."""

from typing import TYPE_CHECKING, Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.selectors import factors_of, must_show_second_factor
from apps.accounts.sign_in import refuse
from apps.audit.middleware import client_address
from apps.common.secret_text import lock_away, unlock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from apps.accounts.models import User

UNKNOWN_ADDRESS = "192.0.2.0"
"""Stands for a client whose address nobody knows: one of those kept for documents (RFC 5737)."""


class AccountAdapter(DefaultAccountAdapter):
    """How people sign in."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "This e-mail and password do not open an account. "
            "Check both, or choose a new password below."
        ),
        "too_many_login_attempts": _(
            "Too many attempts that failed. Wait five minutes, then try again."
        ),
        "incorrect_password": _("This is not your password. Type the one you sign in with."),
        "enter_current_password": _("This is not your password. Type the one you sign in with."),
    }

    def get_client_ip(self, request: "HttpRequest") -> str:
        """Return the address that our own proxies vouch for; a forged header counts nothing."""
        return client_address(request) or UNKNOWN_ADDRESS

    def is_open_for_signup(self, request: "HttpRequest") -> bool:  # noqa: ARG002
        """Let nobody open an account for themselves."""
        return False

    def get_login_redirect_url(self, request: "HttpRequest") -> str:
        """Lead the staff to the back office, and everybody else to their own page."""
        person = cast("User", request.user)
        return reverse(settings.LOGIN_REDIRECT_URL if person.is_staff else "account_home")

    def get_logout_redirect_url(self, request: "HttpRequest") -> str:  # noqa: ARG002
        """Lead back to the door."""
        return reverse("account_login")

    def get_password_change_redirect_url(self, request: "HttpRequest") -> str:  # noqa: ARG002
        """Lead back to one's own page."""
        return reverse("account_home")

    def login(self, request: "HttpRequest", user: "User") -> None:
        """Open the session, unless the person was deactivated since they typed the password.

        Raises:
            ImmediateHttpResponse: the page that says so.
        """
        if not user.is_active:
            raise ImmediateHttpResponse(self.respond_user_inactive(request, user))
        super().login(request, user)

    def respond_user_inactive(self, request: "HttpRequest", user: "User") -> "HttpResponse":
        """Record that somebody deactivated came with a passkey; of passwords Django tells."""
        if request.path != reverse("account_login"):
            refuse(user.email, user, gettext("The account is deactivated."))
        response: HttpResponse = super().respond_user_inactive(request, user)
        return response

    def set_password(self, user: "User", password: str) -> None:
        """Set the password; it is no part of the history, so this save needs no version."""
        user.set_password(password)
        cast("Any", user).save_without_historical_record(update_fields=["password"])

    def is_safe_url(self, url: str) -> bool:
        """Lead to pages of this host alone, and from a page over TLS to no other kind."""
        request = context.request
        return bool(
            url_has_allowed_host_and_scheme(
                url, {request.get_host()}, require_https=request.is_secure()
            )
        )

    def is_reauthentication_required(self, *, app: str, **_options: Any) -> bool:  # noqa: ARG002
        """Ask nothing of its own: `urls` ask for every factor before what is dangerous."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send nothing: whatever leaves the house is a notice, and goes out after the commit."""

    def add_message(
        self,
        request: "HttpRequest",
        level: int,
        *_args: Any,
        message: Any = None,
        **_options: Any,
    ) -> None:
        """Say why a passkey opened nothing, for which its page has no place of its own.

        Of all else each page shows what has happened, in the words of this office.
        """
        if level == messages.ERROR and message and request.path == reverse("mfa_login_webauthn"):
            messages.error(request, str(message))


class FactorAdapter(DefaultMFAAdapter):
    """How second factors are kept and named."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right. Type the one that your app shows now."),
        "key_refused": _(
            "This key was not taken: it is not one of yours here, or its answer came too late. "
            "Try again, or take another way."
        ),
        "passkey_refused": _(
            "This passkey opens no account here: it was made for another one, was removed, or its "
            "answer came too late. Try again, or sign in with your e-mail and password."
        ),
        "cannot_delete_authenticator": _(
            "Your roles need a second factor, and this is your only one. Add another one first."
        ),
    }

    def encrypt(self, text: str) -> str:
        """Lock the seed away."""
        return lock_away(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open the seed."""
        return unlock(encrypted_text)

    def get_totp_issuer(self) -> str:
        """Return what the app of the person calls us."""
        return str(settings.OFFICE_NAME)

    def _get_site_name(self) -> str:
        return str(settings.OFFICE_NAME)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Keep the last second factor of people who need one."""
        person = cast("User", authenticator.user)
        if authenticator.type == Authenticator.Type.RECOVERY_CODES:
            return True
        return len(factors_of(person)) > 1 or not must_show_second_factor(person)

    def generate_authenticator_name(self, user: "User", type: Authenticator.Type) -> str:  # noqa: A002
        """Name keys by their number, until the person names them better."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return gettext("Key {number}").format(number=count + 1)
