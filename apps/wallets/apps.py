"""The double-entry ledger, its wallets and holds, and adjustments."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WalletsConfig(AppConfig):
    """Owns `wallets` and `ledger_entries`."""

    name = "apps.wallets"
    label = "wallets"
    verbose_name = _("Wallets and ledger")
