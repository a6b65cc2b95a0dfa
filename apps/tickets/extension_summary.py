"""What is shown of an extension wherever it is shown: its lines, their arithmetic, its price."""

from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from apps.tickets.models import Extension
from apps.tickets.states import ExtensionStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

COLOURS: "Mapping[str, str]" = {
    ExtensionStatus.REQUESTED: "warning",
    ExtensionStatus.APPROVED: "success",
    ExtensionStatus.REJECTED: "danger",
    ExtensionStatus.WITHDRAWN: "default",
    ExtensionStatus.EXPIRED: "default",
}


def drawn(extension_id: int) -> SafeString:
    """Return the card that a decider sees on the page of the request."""
    extension = Extension.objects.select_related("ticket", "requested_by").get(pk=extension_id)
    context = {"card": facts_of(extension)}
    return SafeString(render_to_string("tickets/extension_card.html", context))


def facts_of(extension: Extension) -> dict[str, Any]:
    """Return what the card prints."""
    lines = list(extension.lines.select_related("line__asset"))
    return {
        "extension": extension,
        "currency": extension.ticket.currency,
        "colour": COLOURS[extension.status],
        "lines": lines,
        "fee": sum(one.fee for one in lines if one.dropped_at is None),
    }
