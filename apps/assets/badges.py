"""The count of broken promises in the sidebar; asked on every page, so it stops counting early."""

from typing import TYPE_CHECKING

from django.utils import timezone

from apps.assets import selectors

if TYPE_CHECKING:
    from apps.common.admin import StaffRequest

MOST = 99


def endangered_count(request: "StaffRequest") -> str:  # noqa: ARG001  (what a badge is asked with)
    """Return how many loans are in danger; nothing for none."""
    count = selectors.endangered(timezone.now()).order_by()[: MOST + 1].count()
    return f"{MOST}+" if count > MOST else str(count or "")
