"""Notices and their delivery."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Owns `notices`."""

    name = "apps.notifications"
    label = "notifications"
    verbose_name = _("Notices")
