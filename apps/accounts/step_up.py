"""Step-up: what is dangerous asks people to have shown a moment ago who they are.

A service calls `require` after it has asked for the permission:

    actor.require("accounts.change_roles")
    step_up.require(actor)

It knows the session, or the access token, by `origin().authenticated_at` alone, so that the rule is
one for pages and programs (OWASP ASVS 5.0, 7.5.3; RFC 9470).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from apps.audit.context import origin
from apps.audit.models import Source
from apps.common.errors import RecentSignInNeeded

if TYPE_CHECKING:
    from apps.accounts.models import User

_DOORS_OF_PEOPLE = {Source.ADMIN, Source.API}

_refusals: ContextVar[list[RecentSignInNeeded] | None] = ContextVar("refusals", default=None)


def require(actor: "User") -> None:
    """Return when `actor` showed within `settings.STEP_UP_SECONDS` who they are, with all factors.

    Jobs and the shell are not asked: nobody sits before them, and whoever may start them holds the
    machine. A program that acts by itself (client credentials) shows nobody, and is refused.

    Raises:
        RecentSignInNeeded: it is longer ago, or never happened.
    """
    if not actor.is_system and not is_recent():
        refusal = RecentSignInNeeded(max_age=settings.STEP_UP_SECONDS)
        if (refusals := _refusals.get()) is not None:
            refusals.append(refusal)
        raise refusal


def is_recent() -> bool:
    """Tell whether `require` would let people pass here and now."""
    here = origin()
    if here.source not in _DOORS_OF_PEOPLE:
        return True
    if here.authenticated_at is None:
        return False
    # A moment ahead of the clock is not trusted either: the clock was set back since.
    age = abs(timezone.now() - here.authenticated_at)
    return age <= timedelta(seconds=settings.STEP_UP_SECONDS)


@contextmanager
def refusals_noted() -> Iterator[list[RecentSignInNeeded]]:
    """Give the list of what `require` refuses inside the block, however the pages take it."""
    token = _refusals.set(noted := [])
    try:
        yield noted
    finally:
        _refusals.reset(token)
