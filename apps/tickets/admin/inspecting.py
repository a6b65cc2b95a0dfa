"""What the inspection asks: a card for each line, and the settlement that follows."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from apps.tickets import selectors, services
from apps.tickets.admin.dialogs import LinesForm
from apps.tickets.admin.handing import PhotosField
from apps.tickets.admin.lines import DamageField, LineField, note_field
from apps.tickets.models import Ticket, TicketLine
from apps.tickets.states import LineStatus

if TYPE_CHECKING:
    from django.http import HttpRequest

    from apps.tickets.settlement import Settlement


class InspectForm(LinesForm):
    """What was found on each line; shows the settlement that follows, as it is typed."""

    status = LineStatus.RETURNED
    form_after_template = "tickets/dialog_settlement.html"

    def card(self, line: TicketLine) -> LineField:
        """Ask for damage, words and photos; the page shows the evidence above it."""
        return LineField(
            line,
            {
                "damage": DamageField(self.ticket.currency),
                "note": note_field(_("What is damaged")),
                "photos": PhotosField(label=_("Photos of the damage"), required=False),
            },
        )

    def findings(self) -> list[services.Finding]:
        """Return what was ticked."""
        return [services.Finding(line.pk, **values) for line, values in self.ticked()]

    def get_after_template_context(
        self,
        request: "HttpRequest",  # noqa: ARG002
        object_id: int | str | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Show the settlement for what is typed so far; without damage when nothing is."""
        if any(name.startswith("line_") for name in self.errors):
            return {"ticket": self.ticket, "is_unclear": True}
        damages = {line.pk: 0 for line in self.lines}
        if self.is_bound:
            damages = {line.pk: values["damage"] for line, values in self.ticked()}
        settlement = selectors.settlement_of(self.ticket, damages)
        return {
            "ticket": self.ticket,
            "closes": settlement is not None,
            "rows": list(settlement_rows(self.ticket, settlement)) if settlement else [],
            "owed": settlement.owed if settlement else 0,
        }


def settlement_rows(ticket: Ticket, settlement: "Settlement") -> Iterator[tuple[str, int]]:
    """Yield each wallet of the settlement with what it gets, or, negative, gives."""
    lines = ticket.lines.select_related("lender")
    lenders = {line.lender_id: line.lender for line in lines}
    rows = [
        (str(_("Escrow")), -settlement.escrow),
        *((str(lenders[pk]), amount) for pk, amount in settlement.lenders.items()),
        (str(_("Commission")), settlement.commission),
        (str(_("Late fees")), settlement.late_fee),
        (str(ticket.borrower), settlement.refund - settlement.drawn),
        (str(_("Receivables")), -settlement.owed),
    ]
    for name, amount in rows:
        if amount:
            yield name, amount
