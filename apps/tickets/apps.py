"""Tickets: lending from the first draft to the settlement."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    """Owns `tickets` and what belongs to them, and lets approvals decide on them."""

    name = "apps.tickets"
    label = "tickets"
    verbose_name = _("Lending")

    def ready(self) -> None:
        """Register what is decided on, panels, and what reservations are for; models are loaded."""
        from apps.accounts import panels  # noqa: PLC0415  (as above)
        from apps.approvals.scopes import register  # noqa: PLC0415  (as above)
        from apps.assets import promises, sections  # noqa: PLC0415  (as above)
        from apps.tickets import scopes, waiting_summary  # noqa: PLC0415  (as above)
        from apps.tickets.admin.person_panel import panel  # noqa: PLC0415  (as above)
        from apps.tickets.promises import behind  # noqa: PLC0415  (as above)

        for scope in scopes.SCOPES:
            register(scope)
        promises.register(behind)
        panels.register(panel)
        sections.register(waiting_summary.drawn)
