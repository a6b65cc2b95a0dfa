"""Cards that apps above this one put on the pages of assets and categories.

They register what draws them, so that this app knows none of them.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from apps.accounts.models import User
    from apps.assets.models import Asset, Category

type Draw = Callable[["Asset | Category", "User"], "SafeString"]

registered: list[Draw] = []


def register(draw: Draw) -> None:
    """Let `draw` add its card; called from the `ready` of its app."""
    assert draw not in registered, "a card is registered twice"
    registered.append(draw)


def drawn(of: "Asset | Category", user: "User") -> "list[SafeString]":
    """Return the cards for this person, those that have nothing to say left out."""
    return [card for draw in registered if (card := draw(of, user))]
