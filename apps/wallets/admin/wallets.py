"""Wallets: figures, statement, holds and adjustments of each."""

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import F
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from apps.common.admin import AS_TABS, StaffRequest, TabFilter, money
from apps.wallets.admin.chart_page import chart_view
from apps.wallets.admin.exchanging import ExchangeDeed, ExchangePreview
from apps.wallets.admin.exported import WALLET_FIELDS
from apps.wallets.admin.filters import CurrencyFilter
from apps.wallets.admin.picking import People
from apps.wallets.admin.wallet_deeds import WalletDeeds
from apps.wallets.admin.wallet_page import VARIANTS, content_of, possible
from apps.wallets.models import Wallet

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern
    from django.utils.safestring import SafeString
    from unfold.dataclasses import UnfoldAction

    from apps.wallets.models.wallet import WalletQuerySet


class WalletTabs(TabFilter):
    """People's wallets, and those of the chart of accounts."""

    tabs = (("people", _("People")), ("chart", _("Chart")))

    def queryset(self, request: "HttpRequest", queryset: "QuerySet[Wallet]") -> "QuerySet[Wallet]":  # noqa: ARG002
        """Keep the rows of the open tab."""
        return queryset.filter(owner__isnull=self.value() == "chart")


@admin.register(Wallet)
class WalletAdmin(ExchangeDeed, WalletDeeds):
    """Wallets of people and of the chart; money moves by the deeds of others."""

    change_form_template = "wallets/wallet_page.html"
    actions_detail = (*ExchangeDeed.actions_detail, *WalletDeeds.actions_detail)
    list_display = (
        "number",
        "holder",
        "currency",
        "posted_figure",
        "held_figure",
        "available_figure",
        "state",
    )
    export_fields = WALLET_FIELDS
    list_select_related = ("owner",)
    list_filter = (WalletTabs, ("status", ChoicesDropdownFilter), CurrencyFilter)
    list_filter_options: ClassVar[dict[str, Any]] = AS_TABS
    search_fields = ("number", "owner__display_name", "owner__email")
    search_help_text = _("Number, or name or e-mail of the owner")
    # The page has cards instead.
    fields = ("number",)

    class Media:
        """The style of the pages of money."""

        css: ClassVar[dict[str, Any]] = {"all": ("wallets/wallets.css",)}

    def get_queryset(self, request: "HttpRequest") -> "QuerySet[Wallet]":
        """Fetch the exact figures along."""
        wallets: WalletQuerySet = super().get_queryset(request)
        return wallets.with_posted()

    @display(description=_("owner"), ordering="owner__display_name")
    def holder(self, wallet: Wallet) -> "SafeString":
        """Show whose it is, and how to reach them."""
        second = wallet.owner.email if wallet.owner else wallet.account_class.label
        return format_html('{}<br><span class="office-soft text-xs">{}</span>', wallet.name, second)

    @display(description=_("posted"), ordering="posted_now")
    def posted_figure(self, wallet: Wallet) -> str:
        """Return the sum of the entries."""
        return money(wallet.posted, wallet.currency)

    @display(description=_("held"), ordering="held")
    def held_figure(self, wallet: Wallet) -> str:
        """Return what is set aside."""
        return money(wallet.held, wallet.currency)

    @display(description=_("available"), ordering=F("posted_now") - F("held"))
    def available_figure(self, wallet: Wallet) -> str:
        """Return what may be spent."""
        return money(wallet.available, wallet.currency)

    @display(description=_("status"), ordering="status", label=VARIANTS)
    def state(self, wallet: Wallet) -> tuple[str, str]:
        """Return the status as a coloured label."""
        return wallet.status, wallet.get_status_display()

    def get_urls(self) -> "list[URLPattern]":
        """Add the chart of accounts, and what the dialogs ask while somebody types."""
        wrap = self.admin_site.admin_view
        chart = wrap(partial(chart_view, self.admin_site))
        preview = wrap(ExchangePreview.as_view())
        return [
            path("people/", wrap(People.as_view()), name="wallets_wallet_people"),
            path("chart/", chart, name="wallets_wallet_chart"),
            path(
                "<int:object_id>/exchange-preview/", preview, name="wallets_wallet_exchange_preview"
            ),
            *super().get_urls(),
        ]

    def get_actions_detail(
        self, request: StaffRequest, object_id: int | str
    ) -> "list[UnfoldAction]":
        """Return the buttons that the wallet allows now; a service refuses the rest in words."""
        permitted: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        wallet = self.get_object(request, str(object_id))
        names = possible(wallet) if wallet is not None else set()
        return [one for one in permitted if _name_of(one) in names]

    def change_view(
        self,
        request: StaffRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> "HttpResponse":
        """Show the wallet with its statement, holds and adjustments."""
        context = extra_context or {}
        wallet = self.get_object(request, object_id)
        if wallet is not None and self.has_view_permission(request, wallet):
            context |= {"title": str(wallet), "page": content_of(wallet, request)}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page


def _name_of(one: "UnfoldAction") -> str:
    return str(one.action_name).removeprefix("wallets_wallet_")
