"""What other parts of the business show on a person’s page, without this app knowing them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from apps.accounts.models import User

type Panel = Callable[["User", "User"], "SafeString"]
"""Returns what it has to say about the first person, as far as the second may see it."""

registered: list[Panel] = []


def register(panel: Panel) -> None:
    """Show `panel` on the page of every person; called from the `ready` of its app."""
    if panel not in registered:
        registered.append(panel)


def panels_of(person: "User", viewer: "User") -> "list[SafeString]":
    """Return what the parts say about `person`, in the order in which they registered."""
    return [text for panel in registered if (text := panel(person, viewer))]
