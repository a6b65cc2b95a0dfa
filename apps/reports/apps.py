"""Reports that finance can sign: catalogue, runs, CSV and PDF."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    """Owns runs and their files."""

    name = "apps.reports"
    label = "reports"
    verbose_name = _("Reports")
