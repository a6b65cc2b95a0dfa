"""What every request of a signed-in person passes: the limits of the session, and the factors.

Both fail closed: a session that does not know when it began has ended, and a page that is not on
the short list below is for people who have shown what their roles ask for.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from apps.accounts.selectors import factors_of, needs_second_factor
from apps.accounts.signing_in.marks import (
    SEEN_AT,
    SIGNED_IN_AT,
    has_shown_second_factor,
    moment,
)
from apps.audit import services as audit

if TYPE_CHECKING:
    from apps.accounts.models import User

type Layer = Callable[[HttpRequest], HttpResponse]

TOUCH = timedelta(minutes=1)
"""How old the kept moment may get before it is written again."""

LEAVING = frozenset(
    {*("account_login", "account_logout", "admin:login", "admin:logout", "healthz"), "account_home"}
)
"""What somebody finds open whose second factor is still owed, whatever they have."""
SHOWING = frozenset({"mfa_reauthenticate", "mfa_reauthenticate_webauthn"})
"""Where people show the second factor that they have."""
ENROLLING = frozenset(
    {
        *("mfa_index", "mfa_activate_totp", "mfa_list_webauthn", "mfa_add_webauthn"),
        *("mfa_view_recovery_codes", "account_reauthenticate"),
    }
)
"""Where people enrol their first second factor; closed to whoever has one and has not shown it."""


class SessionLimitsMiddleware:
    """Ends a session that nobody used for a while, or that has lasted a working day."""

    def __init__(self, get_response: Layer) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the session while it lasts, and else as to a stranger."""
        if SESSION_KEY in request.session:
            why = _why_over(request) or _touch(request)
            if why:
                _end(request, why)
        return self.get_response(request)


def _why_over(request: HttpRequest) -> str:
    """Return why the session has ended, or nothing while it goes on."""
    now = timezone.now()
    began, seen = moment(request, SIGNED_IN_AT), moment(request, SEEN_AT)
    if began is None or seen is None:
        return _("The session did not know when it began.")
    if now - began >= settings.SESSION_ABSOLUTE_LIMIT:
        return _("The session had lasted as long as it may.")
    if now - seen >= settings.SESSION_IDLE_LIMIT:
        return _("Nobody had used the session for a while.")
    return ""


def _end(request: HttpRequest, why: str) -> None:
    person: Any = request.user
    UserSession.objects.filter(session_key=request.session.session_key).delete()
    if person.is_authenticated:
        audit.record("accounts.session_expired", actor=person, target=person, reason=why)
    # Django's signal of signing out would record that the person left by themselves.
    request.session.flush()
    request.user = AnonymousUser()


def _touch(request: HttpRequest) -> str:
    """Keep that the session is used; once a minute is enough, and spares a write for each page.

    Returns why it has ended after all: what is on no list, nobody could end.
    """
    now = timezone.now()
    seen = moment(request, SEEN_AT)
    if seen is not None and now - seen < TOUCH:
        return ""
    request.session[SEEN_AT] = now.isoformat()
    listed = UserSession.objects.filter(session_key=request.session.session_key)
    return "" if listed.update(last_seen_at=now) else _("The session was on no list.")


class SecondFactorMiddleware:
    """Keeps people whose roles need a second factor out until their session has shown one."""

    def __init__(self, get_response: Layer) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or lead to the page on which a second factor is enrolled."""
        if self._owes_second_factor(request):
            enrolled = factors_of(cast("User", request.user))
            if not _is_open(request, LEAVING | (SHOWING if enrolled else ENROLLING)):
                return _turn_away(request, enrolled)
        return self.get_response(request)

    def _owes_second_factor(self, request: HttpRequest) -> bool:
        # The session is asked first: whoever has shown a factor costs no query.
        return (
            settings.IS_SECOND_FACTOR_REQUIRED
            and SESSION_KEY in request.session
            and not has_shown_second_factor(request)
            and request.user.is_authenticated
            and needs_second_factor(request.user)
        )


def _is_open(request: HttpRequest, pages: frozenset[str]) -> bool:
    if request.path.startswith(settings.STATIC_URL):
        return True
    try:
        return resolve(request.path_info).view_name in pages
    except Resolver404:
        return False


def _turn_away(request: HttpRequest, enrolled: list[str]) -> HttpResponse:
    if request.path.startswith("/api/"):
        problem = {
            "type": "about:blank",
            "title": _("Second factor needed"),
            "status": 403,
            "detail": _("Sign in with your second factor, then try again."),
        }
        return JsonResponse(problem, status=403, content_type="application/problem+json")
    if not enrolled:
        return HttpResponseRedirect(reverse("account_home"))
    has_app = Authenticator.Type.TOTP in enrolled
    page = reverse("mfa_reauthenticate" if has_app else "mfa_reauthenticate_webauthn")
    where = request.get_full_path() if request.method == "GET" else reverse("account_home")
    return HttpResponseRedirect(f"{page}?{urlencode({REDIRECT_FIELD_NAME: where})}")
