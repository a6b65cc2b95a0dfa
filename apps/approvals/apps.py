"""Who must agree, and whether they have."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApprovalsConfig(AppConfig):
    """Owns policies, requests and decisions."""

    name = "apps.approvals"
    label = "approvals"
    verbose_name = _("Approvals")
