"""The queues of the desk as tabs over the list, each with its count."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.common.admin import TabFilter
from apps.tickets import selectors
from apps.tickets.models import Ticket
from apps.tickets.states import EDITABLE, Status

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.admin.views.main import ChangeList
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from apps.accounts.models import User
    from apps.tickets.models import TicketQuerySet

ALL = "all"
# A count that is larger says only that it is: counting a million rows helps nobody.
MOST = 99


@dataclass(frozen=True)
class Queue:
    """Tickets that wait for the same thing, in the order in which somebody takes them up."""

    narrow: "Callable[[TicketQuerySet, datetime, User], TicketQuerySet]"
    key: tuple[str, ...] = ("pk",)
    """The order; an index of the table begins with it, where the queue may become long."""
    is_ascending: bool = False

    def of(self, user: "User", *, among: "TicketQuerySet | None" = None) -> "TicketQuerySet":
        """Return the tickets of the queue at this moment, in its order."""
        tickets = Ticket.objects.all() if among is None else among
        sign = "" if self.is_ascending else "-"
        order = (f"{sign}{name}" for name in self.key)
        return self.narrow(tickets, timezone.now(), user).order_by(*order)


_BY_END: dict[str, Any] = {"key": ("ends_at", "pk"), "is_ascending": True}
QUEUES: dict[str, Queue] = {
    "mine": Queue(lambda tickets, _now, user: tickets.filter(entered_by=user)),
    "drafts": Queue(lambda tickets, _now, _user: tickets.filter(status__in=EDITABLE)),
    "waiting": Queue(
        lambda tickets, _now, _user: tickets.filter(status=Status.SUBMITTED),
        key=("submitted_at", "pk"),
        is_ascending=True,
    ),
    "hand_over": Queue(
        lambda tickets, now, _user: selectors.to_hand_over(
            selectors.end_of_day(now), among=tickets
        ),
        key=("starts_at", "pk"),
        is_ascending=True,
    ),
    "on_loan": Queue(lambda tickets, _now, _user: tickets.on_loan(), **_BY_END),
    "overdue": Queue(lambda tickets, now, _user: selectors.overdue(now, among=tickets), **_BY_END),
    "inspect": Queue(lambda tickets, _now, _user: selectors.to_inspect(among=tickets), **_BY_END),
    "closed": Queue(lambda tickets, _now, _user: tickets.filter(status=Status.CLOSED)),
}
_EVERYTHING = Queue(lambda tickets, _now, _user: tickets)


class QueueTabs(TabFilter):
    """Mine, drafts, what waits, what goes out today, what is out, late, to inspect, and closed."""

    tabs = (
        (ALL, _("All")),
        ("mine", _("Entered by me")),
        ("drafts", _("Drafts")),
        ("waiting", _("Waiting for approval")),
        ("hand_over", _("To hand over today")),
        ("on_loan", _("On loan")),
        ("overdue", _("Overdue")),
        ("inspect", _("To inspect")),
        ("closed", _("Closed")),
    )

    def __init__(self, request: "HttpRequest", *args: Any) -> None:
        """Remember whose page it is."""
        self.user: User = request.user  # type: ignore[assignment]  # staff only
        super().__init__(request, *args)

    def queryset(self, request: "HttpRequest", queryset: "QuerySet[Any]") -> "QuerySet[Any]":  # noqa: ARG002
        """Keep the tickets of the open tab."""
        return queue_of(self.value()).of(self.user, among=queryset)  # type: ignore[arg-type]  # tickets

    def choices(self, changelist: "ChangeList") -> Iterator[Any]:
        """Add the count to each tab except the one with everything."""
        for slug, choice in zip(dict(self.tabs), super().choices(changelist), strict=True):
            if slug in QUEUES:
                choice["display"] = format_html(
                    '{} <span class="ticket-count">{}</span>',
                    choice["display"],
                    counted(QUEUES[slug].of(self.user)),
                )
            yield choice


def counted(tickets: "TicketQuerySet") -> str:
    """Return how many there are, up to the most that is counted; their order names the index."""
    count = len(tickets.values_list("pk")[: MOST + 1])
    return f"{MOST}+" if count > MOST else str(count)


def queue_of(tab: str) -> Queue:
    """Return the queue of a tab; everything when it has none."""
    return QUEUES.get(tab, _EVERYTHING)
