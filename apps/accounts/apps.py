"""People, their roles and their sign-in."""

from typing import Any

from django.apps import AppConfig, apps
from django.contrib import admin
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Owns `users`."""

    name = "apps.accounts"
    label = "accounts"
    verbose_name = _("People and roles")

    def ready(self) -> None:
        """Audit who signs in, and let the back office speak of e-mails."""
        # They need the models, which exist only now.
        from django.contrib.auth.models import Group  # noqa: PLC0415

        from apps.accounts import panels  # noqa: PLC0415
        from apps.accounts.admin import resets  # noqa: PLC0415
        from apps.accounts.admin.forms import SignInForm  # noqa: PLC0415
        from apps.accounts.sign_in import recording_own_password  # noqa: PLC0415
        from apps.accounts.signing_in import single_sign_on, stepping_up  # noqa: F401, PLC0415

        # Everybody here says role; no migration follows from it.
        Group._meta.verbose_name = _("role")
        Group._meta.verbose_name_plural = _("roles")
        apps.get_app_config("auth").verbose_name = self.verbose_name
        # Django's own receiver saves the whole row, which would add a version at each sign-in.
        user_logged_in.disconnect(dispatch_uid="update_last_login")
        site: Any = admin.site
        panels.register(resets.panel)
        site.login_form = SignInForm
        site.password_change = recording_own_password(site.password_change)
