"""What lending shows on a person’s page: strikes and debts."""

from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from apps.tickets.admin.page import url_of

if TYPE_CHECKING:
    from apps.accounts.models import User


def panel(person: "User", viewer: "User") -> SafeString:
    """Return the person’s strikes and receivables, newest first, as far as the viewer may see."""
    context: dict[str, Any] = {}
    if viewer.has_perm("tickets.view_strike"):
        strikes = person.strikes.select_related("lifted_by")
        context["strikes"] = [(one, url_of(one, viewer)) for one in strikes]
    if viewer.has_perm("tickets.view_receivable"):
        debts = person.receivables.select_related("ticket").order_by("-due_at", "-pk")
        context["debts"] = [(one, url_of(one, viewer)) for one in debts]
    return SafeString(render_to_string("tickets/person.html", context).strip())
