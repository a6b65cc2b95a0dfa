"""People, their roles and their sign-in."""

from django.apps import AppConfig, apps
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Owns `users`."""

    name = "apps.accounts"
    label = "accounts"
    verbose_name = _("People and roles")

    def ready(self) -> None:
        """Audit who signs in, and keep what allauth tells."""
        # They need the models, which exist only now.
        from django.contrib.auth.models import Group  # noqa: PLC0415

        from apps.accounts import panels, sign_in  # noqa: F401, PLC0415
        from apps.accounts.admin import resets  # noqa: PLC0415
        from apps.accounts.signing_in import (  # noqa: F401, PLC0415
            recording,
            single_sign_on,
            stepping_up,
        )
        from apps.accounts.signing_in.panel import panel  # noqa: PLC0415

        # Everybody here says role; no migration follows from it.
        Group._meta.verbose_name = _("role")
        Group._meta.verbose_name_plural = _("roles")
        apps.get_app_config("auth").verbose_name = self.verbose_name
        # Django's own receiver saves the whole row, which would add a version at each sign-in.
        user_logged_in.disconnect(dispatch_uid="update_last_login")
        panels.register(panel)
        panels.register(resets.panel)
