"""People, their roles and their sign-in."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Owns `users`."""

    name = "apps.accounts"
    label = "accounts"
    verbose_name = _("People and roles")
