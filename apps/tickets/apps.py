"""Tickets: lending from the first draft to the settlement."""

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    """Owns `tickets` and `ticket_comments`, and lets approvals decide on tickets."""

    name = "apps.tickets"
    label = "tickets"
    verbose_name = _("Lending")

    def ready(self) -> None:
        """Register the scope; what it needs has models, which are loaded by now."""
        from apps.approvals.scopes import Scope, register  # noqa: PLC0415  (as above)
        from apps.tickets import summary  # noqa: PLC0415  (as above)
        from apps.tickets.services import deciding, drafting  # noqa: PLC0415  (as above)

        register(
            Scope(
                slug=drafting.SCOPE,
                label=_("ticket"),
                permission="tickets.approve_ticket",
                lock=deciding.lock,
                conclude=deciding.conclude,
                url=lambda ticket_id: reverse("admin:tickets_ticket_change", args=(ticket_id,)),
                summary=summary.drawn,
            )
        )
