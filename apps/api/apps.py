"""The REST API: parses, calls the same services as the admin, presents; no rule lives here."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApiConfig(AppConfig):
    """Owns the answers kept for idempotency keys."""

    name = "apps.api"
    label = "api"
    verbose_name = _("API")
