"""Tickets: lending from the first draft to the settlement."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    """Owns `tickets` and `ticket_comments`."""

    name = "apps.tickets"
    label = "tickets"
    verbose_name = _("Lending")
