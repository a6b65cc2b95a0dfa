"""Holds, to read: what is set aside, in which wallet, and what for."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.common.admin import AS_TABS, ReadOnlyAdmin, TabFilter, money
from apps.wallets.models import Hold
from apps.wallets.states import HoldStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class HoldTabs(TabFilter):
    """What is still held, and everything."""

    tabs = (("active", _("Active")), ("all", _("All")))

    def queryset(self, request: "HttpRequest", queryset: "QuerySet[Hold]") -> "QuerySet[Hold]":  # noqa: ARG002
        """Keep the rows of the open tab."""
        return queryset.filter(status=HoldStatus.ACTIVE) if self.value() == "active" else queryset


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    """Holds; placed, captured and released by the deeds of others."""

    list_display = (
        "__str__",
        "wallet",
        "figure",
        "rest_figure",
        "placed_at",
        "placed_by",
        "expires_at",
    )
    list_select_related = ("wallet__owner", "placed_by")
    list_filter = (HoldTabs,)
    list_filter_options: ClassVar[dict[str, Any]] = AS_TABS

    @display(description=_("amount"))
    def figure(self, hold: Hold) -> str:
        """Return what was set aside."""
        return money(hold.amount, hold.wallet.currency)

    @display(description=_("still held"))
    def rest_figure(self, hold: Hold) -> str:
        """Return what is still set aside."""
        return money(hold.rest, hold.wallet.currency)
