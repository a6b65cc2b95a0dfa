"""Reports that finance can sign: catalogue, runs, CSV and PDF."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    """Owns runs and their files."""

    name = "apps.reports"
    label = "reports"
    verbose_name = _("Reports")

    def ready(self) -> None:
        """Let workers know the task of the schedules, which nothing imports by itself."""
        import_module("apps.reports.scheduling.tasks")
