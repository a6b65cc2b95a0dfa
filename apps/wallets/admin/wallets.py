"""Wallets: figures, statement, holds and adjustments of each."""

from django.contrib import admin

from apps.common.admin import HistoryAdmin, ReadOnlyAdmin
from apps.wallets.models import Wallet


@admin.register(Wallet)
class WalletAdmin(HistoryAdmin, ReadOnlyAdmin):
    """Wallets of people and of the chart."""

    list_display = ("number", "name", "currency", "status")
    list_select_related = ("owner",)
    search_fields = ("number", "owner__display_name", "owner__email")
