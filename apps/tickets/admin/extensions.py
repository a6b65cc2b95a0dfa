"""The list of extensions, and the page of one: who wants to keep what longer, at what price."""

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Sum
from django.http import HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from apps.assets.wording import moment
from apps.common.admin import (
    AS_TABS,
    DialogForm,
    HistoryAdmin,
    ReadOnlyAdmin,
    StaffRequest,
    TabFilter,
    carry_out,
    money,
)
from apps.tickets import services
from apps.tickets.admin.drafts import page_url
from apps.tickets.admin.extending import WITHDRAW, card_of
from apps.tickets.extension_summary import COLOURS
from apps.tickets.models import Extension
from apps.tickets.services.extending import PERMISSION

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from unfold.dataclasses import UnfoldAction


class ExtensionTabs(TabFilter):
    """What waits for a decision, and everything."""

    tabs = (("waiting", _("Waiting for a decision")), ("ended", _("Ended")), ("all", _("All")))

    def queryset(
        self,
        request: "HttpRequest",  # noqa: ARG002
        queryset: "QuerySet[Extension]",
    ) -> "QuerySet[Extension]":
        """Keep the rows of the open tab."""
        match self.value():
            case "waiting":
                return queryset.filter(concluded_at__isnull=True)
            case "ended":
                return queryset.filter(concluded_at__isnull=False)
            case _:
                return queryset


@admin.register(Extension)
class ExtensionAdmin(HistoryAdmin, ReadOnlyAdmin):
    """Extensions; asked for on the page of the ticket, decided on in the queue."""

    list_display = ("number", "state", "shown_ticket", "borrower", "shown_until", "price", "reason")
    export_prefix = "X-"
    list_display_links = ("number",)
    list_filter = (ExtensionTabs,)
    list_filter_options = AS_TABS
    list_select_related = ("ticket__borrower",)
    search_fields = ("ticket__borrower__display_name", "lines__line__asset__tag")
    search_help_text = _("Search borrowers and tags")
    empty_text = _("Nobody wants to keep anything longer.")
    # The page has a card instead.
    fields = ("reason",)
    change_form_template = "tickets/extension_page.html"
    actions_detail = ("withdraw",)

    class Media:
        """The style of the ticket page."""

        css = {"all": ("tickets/tickets.css",)}

    def get_queryset(self, request: "HttpRequest") -> "QuerySet[Extension]":
        """Return the extensions with their price."""
        found: QuerySet[Extension] = super().get_queryset(request)
        return found.annotate(price=Sum("lines__fee"))

    @display(description=_("number"), ordering="pk")
    def number(self, extension: Extension) -> str:
        """Show the number."""
        return str(extension)

    @display(description=_("status"), ordering="status", label=COLOURS)
    def state(self, extension: Extension) -> Any:
        """Show the status in its colour."""
        return extension.status, extension.get_status_display()

    @display(description=_("ticket"), ordering="ticket")
    def shown_ticket(self, extension: Extension) -> str:
        """Lead to the ticket."""
        address = page_url(extension.ticket_id)
        return format_html('<a class="office-link" href="{}">{}</a>', address, extension.ticket)

    @display(description=_("borrower"))
    def borrower(self, extension: Extension) -> str:
        """Show who has it."""
        return str(extension.ticket.borrower)

    @display(description=_("until"), ordering="ends_at")
    def shown_until(self, extension: Extension) -> str:
        """Show until when."""
        return moment(extension.ends_at)

    @display(description=_("price"))
    def price(self, extension: Extension) -> str:
        """Show what it costs more."""
        return money(extension.price, extension.ticket.currency)  # type: ignore[attr-defined]  # annotated

    def change_view(
        self,
        request: StaffRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the lines with their arithmetic."""
        extension = self.get_object(request, object_id)
        context = extra_context or {}
        if extension:
            context |= {"title": str(extension), "card": card_of(extension, request.user)}
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    def has_withdraw_permission(self, request: "HttpRequest", _obj: Any = None) -> bool:
        """Tell who may take it back for everybody."""
        return bool(request.user.has_perm(PERMISSION))

    def get_actions_detail(
        self, request: StaffRequest, object_id: int | str
    ) -> "list[UnfoldAction]":
        """Offer it while nobody has decided."""
        extension = self.get_object(request, str(object_id))
        if extension is None or extension.concluded_at is not None:
            return []
        offered: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        return offered

    @action(description=_("Withdraw"), permissions=["withdraw"], icon="undo", dialog=WITHDRAW)
    def withdraw(self, request: StaffRequest, form: DialogForm, object_id: str) -> HttpResponse:
        """Take it back."""
        deed = partial(
            services.withdraw_extension,
            int(object_id),
            reason=form.cleaned_data["reason"],
            actor=request.user,
        )
        return carry_out(
            request,
            form,
            WITHDRAW,
            deed,
            success=lambda extension: _("{extension} is withdrawn.").format(extension=extension),
            then=lambda extension: page_url(extension.ticket_id),
        )
