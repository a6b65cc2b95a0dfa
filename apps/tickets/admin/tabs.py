"""The queues of the desk as tabs over the list, each with its count."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.common.admin import TabFilter
from apps.tickets import selectors
from apps.tickets.models import Ticket
from apps.tickets.states import EDITABLE, Status

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from apps.tickets.models import TicketQuerySet

ALL = "all"
# A count that is larger says only that it is: counting a million rows helps nobody.
MOST = 99


def end_of_day(now: datetime) -> datetime:
    """Return the midnight that ends this day at the office."""
    local = timezone.localtime(now)
    return local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


QUEUES: "dict[str, Callable[[datetime], TicketQuerySet]]" = {
    "drafts": lambda _now: Ticket.objects.filter(status__in=EDITABLE).order_by("-pk"),
    "waiting": lambda _now: Ticket.objects.filter(status=Status.SUBMITTED).order_by("submitted_at"),
    "hand_over": lambda now: selectors.to_hand_over(end_of_day(now)),
    "on_loan": lambda _now: Ticket.objects.on_loan().order_by("ends_at", "pk"),
    "overdue": selectors.overdue,
    "inspect": lambda _now: selectors.to_inspect(),
    "closed": lambda _now: Ticket.objects.filter(status=Status.CLOSED).order_by("-pk"),
}


class QueueTabs(TabFilter):
    """Drafts, what waits, what goes out today, what is out, late, to inspect, and closed."""

    tabs = (
        (ALL, _("All")),
        ("drafts", _("Drafts")),
        ("waiting", _("Waiting for approval")),
        ("hand_over", _("To hand over today")),
        ("on_loan", _("On loan")),
        ("overdue", _("Overdue")),
        ("inspect", _("To inspect")),
        ("closed", _("Closed")),
    )

    def queryset(self, request: "HttpRequest", queryset: "QuerySet[Any]") -> "QuerySet[Any]":  # noqa: ARG002
        """Keep the tickets of the open tab."""
        queue = QUEUES.get(self.value())
        if queue is None:
            return queryset
        return queryset.filter(pk__in=queue(timezone.now()).order_by().values("pk"))

    def choices(self, changelist: "ChangeList") -> Iterator[Any]:
        """Add the count to each tab except the one with everything."""
        now = timezone.now()
        for slug, choice in zip(dict(self.tabs), super().choices(changelist), strict=True):
            if slug in QUEUES:
                choice["display"] = format_html(
                    '{} <span class="ticket-count">{}</span>',
                    choice["display"],
                    counted(QUEUES[slug](now)),
                )
            yield choice


def counted(tickets: "TicketQuerySet") -> str:
    """Return how many there are, up to the most that is counted."""
    count = len(tickets.order_by().values_list("pk")[: MOST + 1])
    return f"{MOST}+" if count > MOST else str(count)


def ordering_of(tab: str) -> tuple[Any, ...]:
    """Return in which order the tab shows its tickets: what is most urgent first."""
    queue = QUEUES.get(tab)
    return tuple(queue(timezone.now()).query.order_by) if queue else ("-pk",)
