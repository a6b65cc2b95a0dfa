"""Sessions: ended by their person, by an administrator, and by whatever takes rights away."""

from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef

from apps.accounts.errors import OwnAccount
from apps.accounts.models import User
from apps.accounts.services.locking import locked
from apps.audit import services as audit
from apps.audit.services import deed

if TYPE_CHECKING:
    from django.db.models import QuerySet

_BEING_OPENED = timedelta(hours=1)
"""A younger row of the list may stand there before its session does."""


def end_sessions_of(person: User, *, but: str | None = None) -> int:
    """End the person’s sessions, all `but` the one of that key; return how many."""
    return _end(UserSession.objects.filter(user_id=person.pk).exclude(session_key=but or ""))


@deed
def end_sessions(user_id: int, *, reason: str, actor: User) -> User:
    """Sign another person out everywhere, from this moment on."""
    actor.require("accounts.deactivate_user")
    person = locked(user_id, actor=actor)
    if person == actor:
        raise OwnAccount
    count = end_sessions_of(person)
    audit.record(
        "accounts.sessions_ended",
        actor=actor,
        target=person,
        after={"count": count},
        reason=reason,
    )
    return person


@deed
def end_own_sessions(*, actor: User, but: str, only: int | None = None) -> int:
    """End one of one’s own sessions, or all but the one of that key; return how many."""
    own = UserSession.objects.filter(user_id=actor.pk).exclude(session_key=but)
    if only is not None:
        own = own.filter(pk=only)
    count = _end(own)
    if count:
        audit.record("accounts.sessions_ended", actor=actor, target=actor, after={"count": count})
    return count


@transaction.atomic
def forget_sessions(*, now: datetime) -> int:
    """Delete the sessions that are over, with the addresses and browsers listed for them.

    Returns how many rows that were. What people see of a session that they left alone is kept in
    the audit log.
    """
    count: int = Session.objects.filter(expire_date__lte=now).delete()[0]
    listed = UserSession.objects.filter(last_seen_at__lte=now - _BEING_OPENED)
    kept = Session.objects.filter(session_key=OuterRef("session_key"))
    return count + int(listed.filter(~Exists(kept)).delete()[0])


def _end(sessions: "QuerySet[UserSession]") -> int:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    keys = list(sessions.values_list("session_key", flat=True))
    for key in keys:
        store.delete(key)
    sessions.delete()
    return len(keys)
