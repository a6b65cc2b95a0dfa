"""What waits at the desk, each question led by an index of its own, however many are closed."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.tickets.models import Ticket, TicketLine
from apps.tickets.states import LineStatus, Status

if TYPE_CHECKING:
    from apps.tickets.models import TicketQuerySet


def end_of_day(now: datetime) -> datetime:
    """Return the midnight that ends this day at the office."""
    local = timezone.localtime(now)
    return local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _is_late(now: datetime) -> Exists:
    """Something of the ticket is out past the end and its tariff’s grace."""
    out = TicketLine.objects.filter(ticket=OuterRef("pk"), status=LineStatus.ON_LOAN)
    grace = Coalesce("asset__tariff__grace", "asset__category__tariff__grace")
    # No grace is negative; the first condition says so to the index, which knows no tariffs.
    late = out.filter(due_at__lt=now).annotate(grace=grace).filter(due_at__lt=now - F("grace"))
    return Exists(late)


def overdue(now: datetime, *, among: "TicketQuerySet | None" = None) -> "TicketQuerySet":
    """Tickets of which something is out past the end and its tariff’s grace, longest first."""
    tickets = Ticket.objects.all() if among is None else among
    return tickets.on_loan().filter(_is_late(now)).order_by("ends_at", "pk")


def marked(tickets: "TicketQuerySet", *, now: datetime) -> "TicketQuerySet":
    """Mark each ticket with `is_overdue`."""
    return tickets.annotate(is_overdue=_is_late(now))


def to_hand_over(until: datetime, *, among: "TicketQuerySet | None" = None) -> "TicketQuerySet":
    """Tickets that should be collected before `until`, earliest first."""
    tickets = Ticket.objects.all() if among is None else among
    approved = tickets.filter(status=Status.APPROVED, starts_at__lt=until)
    return approved.order_by("starts_at", "pk")


def due_back(
    since: datetime, until: datetime, *, among: "TicketQuerySet | None" = None
) -> "TicketQuerySet":
    """Tickets of which something is due back in `[since, until)`, earliest first."""
    tickets = Ticket.objects.all() if among is None else among
    out = TicketLine.objects.filter(
        ticket=OuterRef("pk"),
        status=LineStatus.ON_LOAN,
        due_at__gte=since,
        due_at__lt=until,
    )
    return tickets.on_loan().filter(Exists(out)).order_by("ends_at", "pk")


def to_inspect(*, among: "TicketQuerySet | None" = None) -> "TicketQuerySet":
    """Tickets of which something is back and not inspected, also while the rest is out."""
    tickets = Ticket.objects.all() if among is None else among
    back = TicketLine.objects.filter(ticket=OuterRef("pk"), status=LineStatus.RETURNED)
    after = (Status.ON_LOAN, Status.RETURNED)
    return tickets.filter(Exists(back), status__in=after).order_by("ends_at", "pk")
