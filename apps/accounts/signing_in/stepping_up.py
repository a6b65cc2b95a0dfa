"""Showing again who one is: with every factor that one has, one after the other.

allauth has a page for each factor and counts any single one of them as enough. Here the pages
follow on each other until all are shown; only then is the session’s sign-in recent again.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.signals import authentication_step_completed
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from apps.accounts import step_up
from apps.audit import services as audit
from apps.audit.context import AUTHENTICATED_AT

if TYPE_CHECKING:
    from apps.accounts.models import User

type View = Callable[..., HttpResponse]

PASSWORD, SECOND_FACTOR, SINGLE_SIGN_ON = "password", "mfa", "socialaccount"
_PAGES = {
    PASSWORD: "account_reauthenticate",
    SECOND_FACTOR: "mfa_reauthenticate",
    SINGLE_SIGN_ON: "single_sign_on_again",
}


def address(back: str) -> str:
    """Return where the pages begin that lead to `back`, a path of ours."""
    return f"{reverse('step_up')}?{urlencode({'next': back})}"


def factors_of(person: "User") -> list[str]:
    """Return what the person has to show, in this order: all that they have."""
    factors = []
    if person.has_usable_password():
        factors.append(PASSWORD)
    elif SocialAccount.objects.filter(user=person).exists():
        factors.append(SINGLE_SIGN_ON)
    if is_mfa_enabled(person, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]):
        factors.append(SECOND_FACTOR)
    return factors


def missing(request: HttpRequest, person: "User") -> list[str]:
    """Return the factors that the session has not shown within the limit."""
    since = time.time() - settings.STEP_UP_SECONDS
    records = get_authentication_records(request, person)
    shown = {record["method"] for record in records if record["at"] >= since}
    if SINGLE_SIGN_ON in shown:
        # Whoever came by the provider has shown what stands in the place of a password.
        shown.add(PASSWORD)
    return [factor for factor in factors_of(person) if factor not in shown]


@never_cache
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """Lead to the page of the next factor, and at last back to where the person was."""
    back = get_next_redirect_url(request) or reverse("admin:index")
    if step_up.is_recent():
        return HttpResponseRedirect(back)
    person = cast("User", request.user)
    if not factors_of(person):
        raise PermissionDenied(_("You have no way to show who you are. Ask an administrator."))
    # All are fresh, and yet the session is not: it was marked before they were. Begin anew.
    factor = next(iter(missing(request, person) or factors_of(person)))
    onwards = urlencode({"next": address(back)})
    return HttpResponseRedirect(f"{reverse(_PAGES[factor])}?{onwards}")


def asks_again(view: View) -> View:
    """Let people change their factors only when they have just shown all that they have."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        if not request.user.is_authenticated or step_up.is_recent():
            return view(request, *args, **options)
        # Whoever enrols the first second factor has none to show, and has just typed the password.
        if not missing(request, request.user):
            return view(request, *args, **options)
        return HttpResponseRedirect(address(request.get_full_path()))

    return asked


def renew(request: HttpRequest) -> None:
    """Give the session a new key, under which the list of sessions knows it.

    Whoever had copied the cookie before is left behind (OWASP ASVS 5.0, 7.2.4).
    """
    before = request.session.session_key
    request.session.cycle_key()
    # Django moves the session alone; what is on no list would be ended by nobody.
    UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)


@receiver(authentication_step_completed)
def factor_shown(request: HttpRequest, user: "User", **step: Any) -> None:
    """Note that the session’s sign-in is recent, once all factors are shown again."""
    if not step.get("reauthenticated") or missing(request, user):
        return
    request.session[AUTHENTICATED_AT] = timezone.now().isoformat()
    renew(request)
    after = {"factors": factors_of(user)}
    audit.record("accounts.stepped_up", actor=user, target=user, after=after)
