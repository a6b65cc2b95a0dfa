"""Holds, to read: what is set aside, in which wallet, and what for."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.common.admin import AS_TABS, ReadOnlyAdmin, TabFilter, money
from apps.wallets.admin.linking import about_column
from apps.wallets.admin.wording import moment, number_in
from apps.wallets.models import Hold
from apps.wallets.states import HoldStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

VARIANTS: dict[str, str] = {
    HoldStatus.ACTIVE: "info",
    HoldStatus.CAPTURED: "success",
    HoldStatus.RELEASED: "default",
    HoldStatus.EXPIRED: "warning",
}


class HoldTabs(TabFilter):
    """What is still held, and everything."""

    tabs = (("active", _("Active")), ("all", _("All")))

    def queryset(self, request: "HttpRequest", queryset: "QuerySet[Hold]") -> "QuerySet[Hold]":  # noqa: ARG002
        """Keep the rows of the open tab."""
        return queryset.filter(status=HoldStatus.ACTIVE) if self.value() == "active" else queryset


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    """Holds; placed, captured and released by the deeds of others."""

    list_display_links = ("number",)
    list_select_related = ("wallet__owner", "placed_by")
    list_filter = (HoldTabs,)
    list_filter_options: ClassVar[dict[str, Any]] = AS_TABS
    search_fields = ("wallet__number", "wallet__owner__display_name", "wallet__owner__email")
    search_help_text = _("Number of the hold or wallet, or name or e-mail of the owner")
    sortable_by = ()

    def get_queryset(self, request: "HttpRequest") -> "QuerySet[Hold]":
        """Fetch what the holds are about all at once."""
        holds: QuerySet[Hold] = super().get_queryset(request)
        return holds.prefetch_related("about")

    def get_list_display(self, request: "HttpRequest") -> tuple[Any, ...]:
        """Return the columns, of which one has links for this person."""
        return (
            "number",
            "wallet_link",
            "figure",
            "rest_figure",
            "state",
            about_column(request),
            "placed",
            "expires",
        )

    def get_fields(self, request: "HttpRequest", obj: Hold | None = None) -> tuple[Any, ...]:  # noqa: ARG002
        """Return the facts, of which one has a link for this person."""
        return (
            "wallet_link",
            "figure",
            "captured_figure",
            "released_figure",
            "rest_figure",
            "status",
            about_column(request),
            "reason",
            "placed",
            "expires",
            "ended",
            "key",
        )

    def get_readonly_fields(
        self, request: "HttpRequest", obj: Hold | None = None
    ) -> tuple[Any, ...]:
        """Return all of them."""
        return self.get_fields(request, obj)

    def get_search_results(
        self, request: "HttpRequest", queryset: "QuerySet[Hold]", search_term: str
    ) -> "tuple[QuerySet[Hold], bool]":
        """Find by number (`H-12` or `12`), else by wallet or owner."""
        number = number_in(search_term, "H")
        if number is not None:
            return queryset.filter(pk=number), False
        found: tuple[QuerySet[Hold], bool] = super().get_search_results(
            request, queryset, search_term
        )
        return found

    @display(description=_("number"))
    def number(self, hold: Hold) -> str:
        """Return H-12."""
        return str(hold)

    @display(description=_("wallet"))
    def wallet_link(self, hold: Hold) -> "SafeString":
        """Link to the wallet."""
        return format_html(
            '<a class="office-link" href="{}">{}</a>',
            reverse("admin:wallets_wallet_change", args=(hold.wallet_id,)),
            hold.wallet,
        )

    @display(description=_("amount"))
    def figure(self, hold: Hold) -> str:
        """Return what was set aside."""
        return money(hold.amount, hold.wallet.currency)

    @display(description=_("captured"))
    def captured_figure(self, hold: Hold) -> str:
        """Return what was taken out of it."""
        return money(hold.captured, hold.wallet.currency)

    @display(description=_("released"))
    def released_figure(self, hold: Hold) -> str:
        """Return what was given back."""
        return money(hold.released, hold.wallet.currency)

    @display(description=_("still held"))
    def rest_figure(self, hold: Hold) -> str:
        """Return what is still set aside."""
        return money(hold.rest, hold.wallet.currency)

    @display(description=_("status"), label=VARIANTS)
    def state(self, hold: Hold) -> tuple[str, str]:
        """Return the status as a coloured label."""
        return hold.status, hold.get_status_display()

    @display(description=_("placed"))
    def placed(self, hold: Hold) -> "SafeString":
        """Return when, and by whom."""
        return format_html(
            '{}<br><span class="office-soft text-xs">{}</span>',
            moment(hold.placed_at),
            hold.placed_by,
        )

    @display(description=_("expires"))
    def expires(self, hold: Hold) -> str:
        """Return when it ends by itself."""
        return moment(hold.expires_at)

    @display(description=_("ended"))
    def ended(self, hold: Hold) -> str:
        """Return when nothing was held any more."""
        return moment(hold.ended_at)
