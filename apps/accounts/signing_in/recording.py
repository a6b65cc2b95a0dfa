"""What allauth tells us, in the audit log and in the marks of the session."""

from typing import TYPE_CHECKING, Any

from allauth.account.signals import (
    authentication_step_completed,
    password_changed,
)
from allauth.mfa import signals as factors
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.utils.translation import gettext as _

from apps.accounts.selectors import factors_of
from apps.accounts.services.sessions import end_sessions_of
from apps.accounts.signing_in import marks
from apps.audit import services as audit
from apps.audit.models import Outcome

if TYPE_CHECKING:
    from django.http import HttpRequest

    from apps.accounts.models import User

_CODES = Authenticator.Type.RECOVERY_CODES


@receiver(user_logged_in)
def signed_in(request: "HttpRequest | None", user: "User", **_signal: Any) -> None:
    """Start the clocks of the session."""
    if request is not None:
        marks.begin(request, user)


@receiver(factors.authenticator_added)
def factor_added(
    request: "HttpRequest", user: "User", authenticator: Authenticator, **_signal: Any
) -> None:
    """Record a new second factor; whoever has just enrolled one has shown it."""
    if authenticator.type == _CODES:
        _record("accounts.recovery_codes_made", user)
        return
    _record("accounts.second_factor_added", user, authenticator)
    marks.show_both(request)


@receiver(factors.authenticator_removed)
def factor_removed(
    request: "HttpRequest", user: "User", authenticator: Authenticator, **_signal: Any
) -> None:
    """Record that a second factor is gone; without any, the session has shown none."""
    if authenticator.type == _CODES:
        _record("accounts.recovery_codes_removed", user)
        return
    _record("accounts.second_factor_removed", user, authenticator)
    if not factors_of(user):
        marks.forget_second_factor(request, user)


@receiver(factors.authenticator_reset)
def codes_made(user: "User", **_signal: Any) -> None:
    """Record that the recovery codes are new ones."""
    _record("accounts.recovery_codes_made", user)


@receiver(factors.authenticator_used)
def factor_used(
    request: "HttpRequest",
    user: "User",
    authenticator: Authenticator,
    reauthenticated: bool = False,  # noqa: FBT001, FBT002  (the signal's own words)
    **_signal: Any,
) -> None:
    """Record which second factor was shown; signing in itself sets the marks when it is done."""
    is_code = authenticator.type == _CODES
    _record(
        "accounts.recovery_code_used" if is_code else "accounts.second_factor_used",
        user,
        authenticator,
    )
    if reauthenticated:
        marks.show_second_factor(request)


@receiver(factors.authentication_failed)
def factor_failed(user: "User", authenticator: Authenticator, **_signal: Any) -> None:
    """Record a wrong code; the password was right, so the person is known."""
    audit.record(
        "accounts.second_factor_failed",
        actor=user,
        target=user,
        after={"factor": authenticator.type},
        reason=_("The code or key was wrong."),
        outcome=Outcome.DENIED,
    )


@receiver(authentication_step_completed)
def step_completed(request: "HttpRequest", user: "User", method: str, **step: Any) -> None:
    """Keep that somebody who is signed in typed the password again."""
    if method == "password" and step.get("reauthenticated"):
        marks.show_password(request, user)


@receiver(password_changed)
def own_password_changed(request: "HttpRequest", user: "User", **_signal: Any) -> None:
    """Record the change, and end the person's other sessions."""
    _record("accounts.password_changed", user)
    end_sessions_of(user, but=request.session.session_key)


def _record(action: str, person: "User", authenticator: Authenticator | None = None) -> None:
    after = {"factor": authenticator.type} if authenticator else {}
    audit.record(action, actor=person, target=person, after=after)
