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
from apps.tickets.states import Status
from apps.wallets.models import Wallet
from apps.wallets.states import Role

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.common.admin import StaffRequest

MOST = 8


@dataclass(frozen=True)
class Figure:
    """One number with a name; a `bad` one wants attention."""

    label: str
    value: str
    hint: str = ""
    url: str = ""
    is_bad: bool = False


def _day(now: datetime) -> tuple[datetime, datetime]:
    start = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return start, start + timedelta(days=1)


def _tickets(url: str, **filters: Any) -> dict[str, Any]:
    rows = (
        Ticket.objects.filter(**filters)
        .select_related("borrower")
        .prefetch_related("lines__asset")
        .order_by("starts_at", "pk")
    )
    return {"rows": rows[:MOST], "url": url}


def money_figures() -> list[Figure]:
    """Return, for each currency, what people have, what is held, in escrow and in suspense."""
    people = (
        Wallet.objects.of_people()
        .values("currency")
        .annotate(free=Sum(F("posted") - F("held")), reserved=Sum("held"))
        .order_by("currency")
    )
    system = {
        (wallet.role, wallet.currency): wallet.posted
        for wallet in Wallet.objects.of_the_system().filter(role__in=(Role.ESCROW, Role.SUSPENSE))
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
    start, end = _day(now)
    url = reverse("admin:tickets_ticket_changelist")
    return {
        "hand_overs": _tickets(url, status=Status.APPROVED, starts_at__lt=end),
        "returns": _tickets(url, status=Status.ON_LOAN, ends_at__gte=start, ends_at__lt=end),
        "overdue": {
            "rows": tickets.overdue(now)
            .select_related("borrower")
            .prefetch_related("lines__asset")[:MOST],
            "url": url,
        },
        "inspections": _tickets(url, status=Status.RETURNED),
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
