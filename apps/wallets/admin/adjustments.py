"""Adjustments: asked for by one person, decided on by others."""

from typing import TYPE_CHECKING

from django.contrib import admin

from apps.common.admin import HistoryAdmin
from apps.wallets.models import Adjustment

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(Adjustment)
class AdjustmentAdmin(HistoryAdmin):
    """Adjustments from the first draft to their posting."""

    list_display = ("__str__", "wallet", "direction", "reason_code", "status", "requester")
    list_select_related = ("wallet__owner", "reason_code", "requester")

    def has_add_permission(self, request: "HttpRequest") -> bool:
        """Let those ask who may."""
        return request.user.has_perm("wallets.request_adjustment")
