"""Counts beside the entries of the sidebar; asked on every page, so they stop counting early."""

from typing import TYPE_CHECKING

from apps.approvals import selectors

if TYPE_CHECKING:
    from apps.common.admin import StaffRequest

MOST = 99


def waiting_count(request: "StaffRequest") -> str:
    """Return how many requests this person can decide on; nothing for none."""
    count = selectors.waiting_for(request.user).order_by()[: MOST + 1].count()
    return f"{MOST}+" if count > MOST else str(count or "")
