"""The first page: what waits for me, what happens today, and where the money is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import F, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.approvals import selectors as approvals
from apps.assets.admin.endangered import broken_promises
from apps.common.money import format_amount
from apps.tickets import selectors as tickets
from apps.wallets.models import Wallet
from apps.wallets.states import Role
from project.proof import proofs_for

if TYPE_CHECKING:
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


def money_figures(*, links: bool = False) -> list[Figure]:
    """Return, for each currency, what people have, what is held, in escrow and in suspense.

    With `links` the figures of the chart lead to the statements behind them.
    """
    people = (
        Wallet.objects.of_people()
        .values("currency")
        .annotate(free=Sum(F("placed") - F("held")), reserved=Sum("held"))
        .order_by("currency")
    )
    chart = Wallet.objects.of_the_system().with_posted()
    chart = chart.filter(role__in=(Role.ESCROW, Role.SUSPENSE))
    system = {(wallet.role, wallet.currency): wallet for wallet in chart}

    def figure(label: str, role: Role, currency: str, *, is_empty: bool = False) -> Figure:
        wallet = system.get((role, currency))
        amount = wallet.posted if wallet else 0
        url = reverse("admin:wallets_wallet_change", args=(wallet.pk,)) if wallet and links else ""
        return Figure(
            label,
            format_amount(amount, currency),
            hint=_("should be zero") if is_empty else "",
            url=url,
            is_bad=is_empty and amount != 0,
        )

    figures = []
    for row in people:
        currency = row["currency"]
        figures += [
            Figure(_("Available to people"), format_amount(row["free"], currency)),
            Figure(_("Held"), format_amount(row["reserved"], currency)),
            figure(_("In escrow"), Role.ESCROW, currency),
            figure(_("In suspense"), Role.SUSPENSE, currency, is_empty=True),
        ]
    return figures


def _lending(now: datetime) -> dict[str, Any]:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = midnight + timedelta(days=1)
    due = tickets.due_back(now, tomorrow)
    return {
        "overdue": _card("overdue", tickets.overdue(now)),
        "hand_overs": _card("hand_over", tickets.to_hand_over(tomorrow)),
        "returns": _card("on_loan", due),
        "inspections": _card("inspect", tickets.to_inspect()),
    }


def content_for(request: "StaffRequest", now: datetime) -> dict[str, Any]:
    """Return what the first page shows to a person: only what their roles may read."""
    user = request.user
    content: dict[str, Any] = {"today": timezone.localtime(now)}
    if user.has_perm("approvals.view_approvalrequest"):
        content["waiting"] = approvals.waiting_for(user)[:MOST]
    if user.has_perm("tickets.view_ticket"):
        content["lending"] = _lending(now)
    if user.has_perm("wallets.view_wallet"):
        content["money"] = money_figures(links=user.has_perm("wallets.view_ledgerentry"))
    if user.has_perm("assets.view_reservation"):
        content["broken"] = broken_promises(user, now, MOST)
    content["proofs"] = proofs_for(request)
    return content


def fill(request: "StaffRequest", context: dict[str, Any]) -> dict[str, Any]:
    """Add the first page's content to the admin's context."""
    return {**context, "title": _("Today"), **content_for(request, timezone.now())}
