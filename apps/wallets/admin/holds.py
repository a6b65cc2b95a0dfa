"""Holds, to read: what is set aside, in which wallet, what for, and what became of it."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.common.admin import (
    AS_TABS,
    KeysetAdmin,
    ReadOnlyAdmin,
    StaffRequest,
    TabFilter,
    money,
)
from apps.wallets.admin.exported import HOLD_FIELDS
from apps.wallets.admin.linking import about_column, link_of
from apps.wallets.admin.wording import moment, number_in
from apps.wallets.models import Hold, LedgerEntry, Wallet
from apps.wallets.states import HoldStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString

# More wallets of people with one name, and more captures of one hold, than anybody looks through.
MOST = 200
VARIANTS: dict[str, str] = {
    HoldStatus.ACTIVE: "info",
    HoldStatus.CAPTURED: "success",
    HoldStatus.RELEASED: "default",
    HoldStatus.EXPIRED: "warning",
}


class HoldTabs(TabFilter):
    """What is still held, what is not any more, and everything."""

    tabs = (("active", _("Active")), ("ended", _("Ended")), ("all", _("All")))

    def queryset(self, request: "HttpRequest", queryset: "QuerySet[Hold]") -> "QuerySet[Hold]":  # noqa: ARG002
        """Keep the rows of the open tab."""
        match self.value():
            case "active":
                return queryset.filter(status=HoldStatus.ACTIVE)
            case "ended":
                return queryset.exclude(status=HoldStatus.ACTIVE)
            case _:
                return queryset


@admin.register(Hold)
class HoldAdmin(KeysetAdmin, ReadOnlyAdmin):
    """Holds; placed, captured and released by the deeds of others."""

    export_fields = HOLD_FIELDS
    export_prefix = "H-"
    export_currency = "wallet__currency"
    list_display_links = ("number",)
    list_select_related = ("wallet__owner", "placed_by")
    list_filter = (HoldTabs,)
    list_filter_options: ClassVar[dict[str, Any]] = AS_TABS
    empty_text = _("Nothing is held. A hold is placed when a ticket is approved.")
    # The field only shows the box: `get_search_results` asks the indexes.
    search_fields = ("wallet__number",)
    search_help_text = _("Number of the hold or wallet, or name or e-mail of the owner")
    # The page has cards instead.
    fields = ("amount",)
    change_form_template = "wallets/hold_page.html"

    class Media:
        """The style of the pages of money."""

        css: ClassVar[dict[str, Any]] = {"all": ("wallets/wallets.css",)}

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

    def get_search_results(
        self,
        request: "HttpRequest",  # noqa: ARG002
        queryset: "QuerySet[Hold]",
        search_term: str,
    ) -> "tuple[QuerySet[Hold], bool]":
        """Find by number (`H-12` or `12`), else by wallet, else by owner."""
        term = search_term.strip()
        if not term:
            return queryset, False
        number = number_in(term, "H")
        if number is not None:
            return queryset.filter(pk=number), False
        wallets = Wallet.objects.filter(
            Q(number=term.upper())
            | Q(owner__display_name__icontains=term)
            | Q(owner__email__icontains=term)
        )
        return queryset.filter(wallet__in=list(wallets.values_list("pk", flat=True)[:MOST])), False

    def change_view(
        self,
        request: StaffRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> "HttpResponse":
        """Show the hold with what was taken out of it."""
        context = extra_context or {}
        hold = self.get_object(request, object_id)
        if hold is not None and self.has_view_permission(request, hold):
            context |= {"title": str(hold), "page": _content_of(hold, request)}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

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
        """Return when, and how long ago while it is active."""
        age = timesince(hold.placed_at, depth=1) if hold.status == HoldStatus.ACTIVE else ""
        return format_html(
            '{}<br><span class="office-soft text-xs">{}</span>',
            moment(hold.placed_at),
            _("{age} ago").format(age=age) if age else hold.placed_by,
        )

    @display(description=_("expires"))
    def expires(self, hold: Hold) -> str:
        """Return when it ends by itself, or when it ended."""
        if hold.ended_at is None:
            return moment(hold.expires_at)
        return format_html(
            '<span class="office-soft">{} {}</span>', _("ended"), moment(hold.ended_at)
        )


def _content_of(hold: Hold, request: "HttpRequest") -> dict[str, Any]:
    """Return what the template prints."""
    hold = Hold.objects.select_related("wallet__owner", "placed_by").get(pk=hold.pk)
    captures = hold.captures.select_related("actor").order_by("pk")[:MOST]
    amounts = dict(
        LedgerEntry.objects.filter(transaction__in=list(captures), wallet=hold.wallet)
        .values_list("transaction")
        .annotate(total=-Sum("amount"))
        .values_list("transaction", "total")
    )
    return {
        "hold": hold,
        "variant": VARIANTS[HoldStatus(hold.status)],
        "is_active": hold.status == HoldStatus.ACTIVE,
        "is_overdue": hold.status == HoldStatus.ACTIVE
        and hold.expires_at is not None
        and hold.expires_at <= timezone.now(),
        "wallet": link_of(hold.wallet, request),
        "about": link_of(hold.about, request),
        "captures": [(row, link_of(row, request), amounts.get(row.pk, 0)) for row in captures],
    }
