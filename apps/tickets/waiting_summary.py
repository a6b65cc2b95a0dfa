"""The line of an asset or of a category, as its page shows it."""

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from apps.assets.models import Asset
from apps.tickets.models import WaitingEntry

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.assets.models import Category

MOST = 50


def drawn(of: "Asset | Category", user: "User") -> SafeString:
    """Return the card for whoever may see the list; nothing for the others."""
    if not user.has_perm("tickets.view_waitingentry"):
        return SafeString("")
    name = "asset" if isinstance(of, Asset) else "category"
    line = WaitingEntry.objects.open().filter(**{name: of})
    add = reverse("admin:tickets_waitingentry_add")
    context = {
        "entries": line.select_related("person", "offered_asset")[:MOST],
        "may_add": user.has_perm("tickets.manage_waitingentry"),
        "add": f"{add}?{urlencode({name: of.pk})}",
    }
    return SafeString(render_to_string("tickets/waiting_card.html", context))
