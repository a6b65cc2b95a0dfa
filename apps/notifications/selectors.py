"""Questions about notices."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from apps.notifications.models import Notice
from apps.notifications.states import Channel

if TYPE_CHECKING:
    from apps.accounts.models import User


def notices_of(user: "User") -> QuerySet[Notice]:
    """Return what `user` was told in the admin, newest first."""
    return Notice.objects.filter(recipient=user, channel=Channel.ADMIN)


def unread_of(user: "User") -> QuerySet[Notice]:
    """Return what `user` was told and has not read."""
    return notices_of(user).filter(read_at__isnull=True)


def unread_count(user: "User") -> int:
    """Return how many notices `user` has not read."""
    return unread_of(user).count()


def known(keys: Iterable[str]) -> set[str]:
    """Return those of the keys under which somebody has been told something."""
    found = Notice.objects.filter(key__in=list(keys)).values_list("key", flat=True)
    return set(found)


def may_see_all(user: "User") -> bool:
    """Tell whether `user` looks after everybody's notices, or checks what was done."""
    return user.has_perm("notifications.retry_notice") or user.has_perm("audit.view_auditevent")
