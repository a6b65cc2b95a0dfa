"""What an approval of a part leaves of a ticket, in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from apps.assets.wording import moment
from apps.tickets.models import TicketLine


def approved_only(ticket_id: int, terms: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each thing that the terms name."""
    said = []
    if "lines" in terms:
        lines = TicketLine.objects.filter(ticket=ticket_id).select_related("asset").order_by("pk")
        kept = set(terms["lines"])
        said += [
            _("{asset}.").format(asset=line.asset)
            if line.pk in kept
            else _("Not approved: {asset}.").format(asset=line.asset)
            for line in lines
        ]
    if "starts_at" in terms:
        start = datetime.fromisoformat(terms["starts_at"])
        said.append(_("From {start}.").format(start=moment(start)))
    if "ends_at" in terms:
        end = datetime.fromisoformat(terms["ends_at"])
        said.append(_("Until {end}.").format(end=moment(end)))
    return said
