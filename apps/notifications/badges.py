"""The count beside the notices in the sidebar; asked on every page, so it stops counting early."""

from typing import TYPE_CHECKING

from apps.notifications import selectors

if TYPE_CHECKING:
    from apps.common.admin import StaffRequest

MOST = 99


def unread_count(request: "StaffRequest") -> str:
    """Return how many notices this person has not read; nothing for none."""
    count = selectors.unread_of(request.user).order_by()[: MOST + 1].count()
    return f"{MOST}+" if count > MOST else str(count or "")
