"""Notices and their delivery."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Owns `notices`."""

    name = "apps.notifications"
    label = "notifications"
    verbose_name = _("Notices")

    def ready(self) -> None:
        """Carry the letters of the accounts."""
        # It needs the models, which exist only now.
        from apps.accounts import letters  # noqa: PLC0415
        from apps.notifications.services import carry  # noqa: PLC0415

        letters.register(carry)
