"""What a session knows about its person; the moments are ISO 8601 text.

allauth keeps which methods were shown in records of its own, through a function that is no part of
its published interface; only this module reads them, and `test_marks` pins their shape.
"""

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from django.utils import timezone

from apps.accounts.selectors import must_show_second_factor
from apps.audit.context import AUTHENTICATED_AT

if TYPE_CHECKING:
    from django.http import HttpRequest

    from apps.accounts.models import User

SECOND_FACTOR_AT = "second_factor_at"
"""When the person last showed a second factor in this session."""
SIGNED_IN_AT = "signed_in_at"
"""When the session began; it ends some hours later, whatever happens in it."""
SEEN_AT = "seen_at"
"""When the person last did something, to the minute."""


def begin(request: "HttpRequest", person: "User") -> None:
    """Start the clocks of a new session, and keep which factors opened it."""
    now = timezone.now().isoformat()
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = now
    for mark in (AUTHENTICATED_AT, SECOND_FACTOR_AT):
        request.session.pop(mark, None)
    if any(record["method"] == "mfa" for record in get_authentication_records(request, person)):
        show_both(request)
    elif not must_show_second_factor(person):
        request.session[AUTHENTICATED_AT] = now


def show_both(request: "HttpRequest") -> None:
    """Keep that the person has just shown a second factor, in a session that a first opened."""
    request.session[AUTHENTICATED_AT] = request.session[SECOND_FACTOR_AT] = (
        timezone.now().isoformat()
    )


def show_second_factor(request: "HttpRequest") -> None:
    """Keep that the person has shown a second factor; whether that is all, `stepping_up` knows."""
    request.session[SECOND_FACTOR_AT] = timezone.now().isoformat()


def show_password(request: "HttpRequest", person: "User") -> None:
    """Keep that the person has just typed the password, where nothing more is asked of them."""
    if not must_show_second_factor(person):
        request.session[AUTHENTICATED_AT] = timezone.now().isoformat()


def forget_second_factor(request: "HttpRequest", person: "User") -> None:
    """Let the session go on as one that has shown no second factor."""
    request.session.pop(SECOND_FACTOR_AT, None)
    if must_show_second_factor(person):
        request.session.pop(AUTHENTICATED_AT, None)


def has_shown_second_factor(request: "HttpRequest") -> bool:
    """Tell whether this session has seen a second factor."""
    return bool(request.session.get(SECOND_FACTOR_AT))


def has_just_signed_in(request: "HttpRequest") -> bool:
    """Tell whether the person showed a method in the last minutes, signing in or again."""
    records: list[dict[str, Any]] = get_authentication_records(request, request.user)
    last = max((float(record["at"]) for record in records), default=0.0)
    return time.time() - last < float(app_settings.REAUTHENTICATION_TIMEOUT)


def moment(request: "HttpRequest", mark: str) -> datetime | None:
    """Return the moment that the session keeps under this mark; None when it keeps none."""
    kept = request.session.get(mark)
    try:
        return datetime.fromisoformat(kept) if kept else None
    except (TypeError, ValueError):
        return None
