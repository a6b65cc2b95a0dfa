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
        from apps.assets import sections  # noqa: PLC0415  (as above)
        from apps.tickets import extension_summary, waiting_summary  # noqa: PLC0415  (as above)
        from apps.tickets.services import (  # noqa: PLC0415  (as above)
            deciding,
            drafting,
            extending,
            prolonging,
        )

        register(
            Scope(
                slug=drafting.SCOPE,
                label=_("ticket"),
                permission="tickets.approve_ticket",
                lock=deciding.lock,
                conclude=deciding.conclude,
                url=lambda ticket_id: reverse("admin:tickets_ticket_change", args=(ticket_id,)),
            )
        )
        register(
            Scope(
                slug=extending.SCOPE,
                label=_("extension"),
                permission="tickets.approve_ticket",
                lock=extending.lock_extension,
                conclude=prolonging.conclude_extension,
                url=lambda pk: reverse("admin:tickets_extension_change", args=(pk,)),
                summary=extension_summary.drawn,
            )
        )
        sections.register(waiting_summary.drawn)
