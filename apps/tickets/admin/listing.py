"""The list of tickets: queues, search, and what a row says."""

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.common.admin import AS_TABS, HistoryAdmin, KeysetAdmin, KeysetList, money
from apps.common.keyset import Walk
from apps.tickets import selectors
from apps.tickets.admin.exported import TICKET_FIELDS
from apps.tickets.admin.page import VARIANTS
from apps.tickets.admin.tabs import ALL, QueueTabs, queue_of
from apps.tickets.models import Ticket
from apps.tickets.services.quoting import late_fee_so_far

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class TicketListing(KeysetAdmin, HistoryAdmin):
    """Tickets as queues of the desk, each read by its own key."""

    list_display = ("number", "state", "borrower", "assets", "period", "total", "age")
    export_fields = TICKET_FIELDS
    export_prefix = "TK-"
    list_display_links = ("number",)
    list_filter = (QueueTabs,)
    list_filter_options = AS_TABS
    list_select_related = ("borrower",)
    # The field only shows the box: `get_search_results` asks the indexes.
    search_fields = ("borrower__email",)
    search_help_text = _("Number, borrower or tag")

    def get_queryset(self, request: "HttpRequest") -> "QuerySet[Ticket]":
        """Return the tickets with what the list shows of each."""
        tickets = super().get_queryset(request).prefetch_related("lines__asset")
        return selectors.marked(tickets, now=timezone.now())

    def get_list_display(self, request: "HttpRequest") -> "tuple[str, ...]":
        """Show what lateness costs so far where everything is late."""
        columns = self.list_display
        return (*columns, "late_fee") if request.GET.get("tab") == "overdue" else columns

    def get_walk(self, request: "HttpRequest", found: KeysetList) -> Walk[Any]:
        """Put what is most urgent in each queue first."""
        queue = queue_of(request.GET.get("tab", ALL))
        return Walk(found.queryset, queue.key, is_ascending=queue.is_ascending)

    def get_search_results(
        self,
        request: "HttpRequest",  # noqa: ARG002
        queryset: "QuerySet[Ticket]",
        search_term: str,
    ) -> "tuple[QuerySet[Ticket], bool]":
        """Find by number (`TK-12` or `12`), borrower or tag."""
        if not search_term.strip():
            return queryset, False
        return queryset.filter(selectors.found_by(search_term)), False

    @display(description=_("number"))
    def number(self, ticket: Ticket) -> str:
        """Return TK-12."""
        return str(ticket)

    @display(description=_("assets"))
    def assets(self, ticket: Ticket) -> str:
        """Return the tags."""
        return _unbroken(", ".join(line.asset.tag for line in ticket.lines.all()))

    @display(description=_("period"))
    def period(self, ticket: Ticket) -> str:
        """Return from and until."""
        start, end = timezone.localtime(ticket.starts_at), timezone.localtime(ticket.ends_at)
        is_one_day = start.date() == end.date()
        until = date_format(end, "H:i" if is_one_day else "j M Y H:i")
        return _unbroken(f"{date_format(start, 'j M Y H:i')} – {until}")

    @display(description=_("status"), label={**VARIANTS, "overdue": "danger"})
    def state(self, ticket: Ticket) -> tuple[str, str]:
        """Return the status as a coloured label; late loans are red."""
        if ticket.is_overdue:  # type: ignore[attr-defined]  # annotated by `marked`
            return "overdue", str(_("overdue"))
        return ticket.status, ticket.get_status_display()

    @display(description=_("fee and deposit"))
    def total(self, ticket: Ticket) -> str:
        """Return what the borrower needs for it."""
        return money(ticket.price, ticket.currency)

    @display(description=_("late fee so far"))
    def late_fee(self, ticket: Ticket) -> str:
        """Return what lateness costs at this moment, by the terms fixed at submission."""
        return money(late_fee_so_far(ticket, now=timezone.now()), ticket.currency)

    @display(description=_("age"))
    def age(self, ticket: Ticket) -> str:
        """Return how long ago it was submitted, or drafted."""
        return timesince(ticket.submitted_at or ticket.created_at, depth=1)


def _unbroken(text: str) -> str:
    return format_html('<span class="whitespace-nowrap">{}</span>', text)
