"""Signing in and out: each is an audit event."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.models import Outcome


@receiver(user_logged_in)
def signed_in(user: User, **_signal: Any) -> None:
    """Record the sign-in; its moment is no part of the history, so the row gets no new version."""
    User.objects.filter(pk=user.pk).update(last_login=timezone.now())
    audit.record("accounts.signed_in", actor=user, target=user)


@receiver(user_logged_out)
def signed_out(user: User | None, **_signal: Any) -> None:
    """Record the sign-out of somebody who was signed in."""
    if user is not None:
        audit.record("accounts.signed_out", actor=user, target=user)


@receiver(user_login_failed)
def sign_in_failed(credentials: dict[str, Any], **_signal: Any) -> None:
    """Record that a password did not open an account."""
    email = str(credentials.get("email") or credentials.get("username") or "")
    person = User.objects.filter(email=email.lower()).first()
    if person is None:
        refuse(email, None, _("Nobody signs in with this e-mail."))
    elif not person.is_active:
        refuse(email, person, _("The account is deactivated."))
    else:
        refuse(email, person, _("The password was wrong."))


def refuse(email: str, person: User | None, why: str) -> None:
    """Record a refused sign-in; nobody has shown who they are, so `system` is the actor."""
    audit.record(
        "accounts.sign_in_failed",
        actor=User.objects.system(),
        target=person,
        after={"email": email[:254]},
        reason=why,
        outcome=Outcome.DENIED,
    )
