"""The first page: what waits for me, what happens today, and where the money is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import F, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.approvals import selectors as approvals
from apps.common.money import format_amount
from apps.tickets import selectors as tickets
from apps.tickets.models import Ticket
from apps.wallets.models import Wallet
from apps.wallets.states import Role

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.common.admin import StaffRequest
    from apps.tickets.models import TicketQuerySet

MOST = 8


@dataclass(frozen=True)
class Figure:
    """One number with a name; a `bad` one wants attention."""

    label: str
    value: str
    hint: str = ""
    url: str = ""
    is_bad: bool = False


def _card(queue: str, rows: "TicketQuerySet") -> dict[str, Any]:
    """Return the first tickets of a queue, and where the rest of it is."""
    shown = rows.select_related("borrower").prefetch_related("lines__asset")[:MOST]
    return {"rows": shown, "url": reverse("admin:tickets_ticket_changelist") + f"?tab={queue}"}


def money_figures() -> list[Figure]:
    """Return, for each currency, what people have, what is held, in escrow and in suspense."""
    people = (
        Wallet.objects.of_people()
        .values("currency")
        .annotate(free=Sum(F("placed") - F("held")), reserved=Sum("held"))
        .order_by("currency")
    )
    system = {
        (wallet.role, wallet.currency): wallet.posted
        for wallet in Wallet.objects.of_the_system()
        .with_posted()
        .filter(role__in=(Role.ESCROW, Role.SUSPENSE))
    }
    figures = []
    for row in people:
        currency = row["currency"]
        suspense = system.get((Role.SUSPENSE, currency), 0)
        figures += [
            Figure(_("Available to people"), format_amount(row["free"], currency)),
            Figure(_("Held"), format_amount(row["reserved"], currency)),
            Figure(_("In escrow"), format_amount(system.get((Role.ESCROW, currency), 0), currency)),
            Figure(
                _("In suspense"),
                format_amount(suspense, currency),
                hint=_("should be zero"),
                is_bad=suspense != 0,
            ),
        ]
    return figures


def _lending(now: datetime) -> dict[str, Any]:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = midnight + timedelta(days=1)
    due = Ticket.objects.on_loan().filter(ends_at__gte=now, ends_at__lt=tomorrow)
    return {
        "overdue": _card("overdue", tickets.overdue(now)),
        "hand_overs": _card("hand_over", tickets.to_hand_over(tomorrow)),
        "returns": _card("on_loan", due.order_by("ends_at", "pk")),
        "inspections": _card("inspect", tickets.to_inspect()),
    }


def content_for(user: "User", now: datetime) -> dict[str, Any]:
    """Return what the first page shows to `user`: only what their roles may read."""
    content: dict[str, Any] = {"today": timezone.localtime(now)}
    if user.has_perm("approvals.view_approvalrequest"):
        content["waiting"] = approvals.waiting_for(user)[:MOST]
    if user.has_perm("tickets.view_ticket"):
        content["lending"] = _lending(now)
    if user.has_perm("wallets.view_wallet"):
        content["money"] = money_figures()
    return content


def fill(request: "StaffRequest", context: dict[str, Any]) -> dict[str, Any]:
    """Add the first page's content to the admin's context."""
    return {**context, "title": _("Today"), **content_for(request.user, timezone.now())}
