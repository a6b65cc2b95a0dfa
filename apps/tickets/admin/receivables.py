"""Receivables by age: who owes what, how often they were reminded, and what the ledger says."""

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from apps.approvals import selectors as approvals
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
from apps.tickets import selectors, services
from apps.tickets.admin import claim_dialogs as dialogs
from apps.tickets.admin.page import url_of
from apps.tickets.claim_states import ReceivableStatus
from apps.tickets.models import Receivable
from apps.wallets import selectors as wallets

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from unfold.dataclasses import ActionDialog, UnfoldAction

PAGE = "admin:tickets_receivable_change"
VARIANTS: dict[str, str] = {
    ReceivableStatus.OPEN: "warning",
    ReceivableStatus.PAID: "success",
    ReceivableStatus.WRITTEN_OFF: "danger",
}


class ReceivableTabs(TabFilter):
    """What is owed, what was paid, and what was given up."""

    tabs = (
        ("open", gettext_lazy("Open")),
        ("paid", gettext_lazy("Paid")),
        ("written_off", gettext_lazy("Written off")),
        ("all", gettext_lazy("All")),
    )

    def queryset(
        self,
        request: "HttpRequest",  # noqa: ARG002
        queryset: "QuerySet[Receivable]",
    ) -> "QuerySet[Receivable]":
        """Keep the rows of the open tab."""
        tab = self.value()
        return queryset if tab == "all" else queryset.filter(status=tab)


@admin.register(Receivable)
class ReceivableAdmin(HistoryAdmin, ReadOnlyAdmin):
    """Receivables, oldest first; collected and written off in dialogs."""

    list_display = ("number", "state", "borrower", "ticket", "figure", "rest", "age", "reminders")
    export_prefix = "R-"
    list_display_links = ("number",)
    list_select_related = ("borrower", "ticket")
    list_filter = (ReceivableTabs, "currency")
    list_filter_options: ClassVar[dict[str, Any]] = AS_TABS
    list_before_template = "tickets/receivables_total.html"
    search_fields = ("borrower__display_name", "borrower__email")
    search_help_text = gettext_lazy("Name or e-mail of the borrower")
    empty_text = gettext_lazy("Nobody owes anything here.")
    ordering = ("due_at", "pk")
    fields = ("amount",)
    change_form_template = "tickets/receivable_page.html"
    actions_detail = ("collect", "write_off")

    class Media:
        """The style of the ticket page."""

        css: ClassVar[dict[str, Any]] = {"all": ("tickets/tickets.css",)}

    def has_collect_permission(self, request: "HttpRequest", _obj: object = None) -> bool:
        """Tell whether this person may collect."""
        return request.user.has_perm("tickets.collect_receivable")

    def has_write_off_permission(self, request: "HttpRequest", _obj: object = None) -> bool:
        """Tell whether this person may ask for a write-off."""
        return request.user.has_perm("tickets.request_write_off")

    def changelist_view(
        self, request: StaffRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Hold what is owed against the ledger."""
        context = {**(extra_context or {}), "tie_outs": selectors.tie_outs()}
        page: HttpResponse = super().changelist_view(request, context)
        return page

    def change_view(
        self,
        request: StaffRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show what is owed, and what became of it."""
        context = extra_context or {}
        debt = self.get_object(request, object_id)
        if debt is not None:
            context |= {"page": _content_of(debt, request), "title": str(debt)}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    @display(description=gettext_lazy("receivable"), ordering="pk")
    def number(self, debt: Receivable) -> str:
        """Return R-12."""
        return str(debt)

    @display(description=gettext_lazy("status"), ordering="status", label=VARIANTS)
    def state(self, debt: Receivable) -> tuple[str, str]:
        """Return the status as a coloured label."""
        return debt.status, debt.get_status_display()

    @display(description=gettext_lazy("amount"), ordering="amount")
    def figure(self, debt: Receivable) -> str:
        """Return what was owed at first."""
        return money(debt.amount, debt.currency)

    @display(description=gettext_lazy("still owed"))
    def rest(self, debt: Receivable) -> str:
        """Return what is left of it."""
        return money(debt.rest, debt.currency)

    @display(description=gettext_lazy("age"), ordering="due_at")
    def age(self, debt: Receivable) -> str:
        """Return how long it has been due."""
        age = timesince(debt.due_at, debt.ended_at or timezone.now(), depth=1)
        return format_html('<span class="whitespace-nowrap">{}</span>', age)

    @display(description=gettext_lazy("reminders"), ordering="reminder_count")
    def reminders(self, debt: Receivable) -> str:
        """Return how many reminders have gone out."""
        return str(debt.reminder_count)

    def get_actions_detail(
        self, request: StaffRequest, object_id: int | str
    ) -> "list[UnfoldAction]":
        """Return the buttons while something is owed."""
        debt = self.get_object(request, str(object_id))
        if debt is None or debt.status != ReceivableStatus.OPEN:
            return []
        buttons: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        if approvals.open_request_of(debt):
            return [one for one in buttons if not str(one.action_name).endswith("write_off")]
        return buttons

    @action(
        description=gettext_lazy("Collect"),
        permissions=["collect"],
        icon="download",
        dialog=dialogs.COLLECT,
    )
    def collect(self, request: StaffRequest, form: DialogForm, object_id: str) -> HttpResponse:
        """Take what the wallet has."""
        deed = partial(services.collect, int(object_id), actor=request.user)
        return _carry_out(
            request, form, dialogs.COLLECT, deed, _("{debt}: {paid} are paid, {rest} are owed.")
        )

    @action(
        description=gettext_lazy("Ask for the write-off"),
        permissions=["write_off"],
        icon="money_off",
        dialog=dialogs.WRITE_OFF,
    )
    def write_off(
        self, request: StaffRequest, form: dialogs.ReasonDialog, object_id: str
    ) -> HttpResponse:
        """Ask a controller to give it up."""
        deed = partial(
            services.request_write_off,
            int(object_id),
            reason=form.cleaned_data["reason"],
            actor=request.user,
        )
        return _carry_out(
            request, form, dialogs.WRITE_OFF, deed, _("The write-off of {debt} waits for approval.")
        )


def _carry_out(
    request: StaffRequest,
    form: DialogForm,
    dialog: "ActionDialog",
    deed: "Callable[[], Receivable]",
    success: str,
) -> HttpResponse:
    return carry_out(
        request,
        form,
        dialog,
        deed,
        success=lambda debt: success.format(
            debt=debt,
            paid=money(debt.paid, debt.currency),
            rest=money(debt.rest, debt.currency),
        ),
        then=lambda debt: reverse(PAGE, args=(debt.pk,)),
    )


def _content_of(debt: Receivable, request: StaffRequest) -> dict[str, Any]:
    user = request.user
    asked = approvals.requests_about(debt).last()
    postings = [
        (entry, url_of(entry.transaction, user))
        for entry in wallets.entries_about(debt.ticket)
        .filter(wallet__role="receivables")
        .select_related("transaction__actor")
        .order_by("pk")
    ]
    return {
        "debt": debt,
        "variant": VARIANTS[debt.status],
        "ticket_url": url_of(debt.ticket, user),
        "borrower_url": url_of(debt.borrower, user),
        "request": asked,
        "request_url": url_of(asked, user),
        "postings": postings,
    }
