"""Questions about notices."""

from typing import TYPE_CHECKING

from django.db.models import QuerySet

from apps.notifications.models import Notice
from apps.notifications.states import Channel

if TYPE_CHECKING:
    from apps.accounts.models import User


def notices_of(user: "User") -> QuerySet[Notice]:
    """Return what `user` was told in the admin, newest first."""
    return Notice.objects.filter(recipient=user, channel=Channel.ADMIN)


def unread_count(user: "User") -> int:
    """Return how many notices `user` has not read."""
    return notices_of(user).filter(read_at__isnull=True).count()
