"""What the page of one ticket shows, and what can be done on it now."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.approvals import selectors as approvals
from apps.approvals.progress import changes_of
from apps.assets.wording import moment
from apps.tickets import selectors
from apps.tickets.admin.claim_parts import claims_on, waiting_claims
from apps.tickets.models import KITS_FIRST
from apps.tickets.selectors.timeline import Group
from apps.tickets.services import quoting
from apps.tickets.states import EDITABLE, LIFECYCLE, Action, LineStatus, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model

    from apps.accounts.models import User
    from apps.tickets.models import Ticket, TicketLine

VARIANTS: dict[str, str] = {
    Status.DRAFT: "default",
    Status.SUBMITTED: "warning",
    Status.CHANGES_REQUESTED: "warning",
    Status.APPROVED: "info",
    Status.ON_LOAN: "primary",
    Status.RETURNED: "warning",
    Status.CLOSED: "success",
    Status.REJECTED: "danger",
    Status.CANCELLED: "default",
    Status.EXPIRED: "default",
}
# Which action the page puts forward in each status.
FIRST = {
    Status.DRAFT: "submit",
    Status.CHANGES_REQUESTED: "submit",
    Status.SUBMITTED: "approve",
    Status.APPROVED: "hand_over",
    Status.ON_LOAN: "take_back",
    Status.RETURNED: "inspect",
}


@dataclass(frozen=True)
class Row:
    """One line as the page shows it: the line, its arithmetic, and its late fee so far."""

    line: "TicketLine"
    arithmetic: "Sequence[str]"
    late_fee: int
    late_note: str
    url: str


def _row(ticket: "Ticket", line: "TicketLine", *, now: datetime, user: "User") -> Row:
    """Return the line with what it costs, and how lateness grows while it is out."""
    priced = ticket.quote["lines"].get(str(line.asset_id), {})
    late_fee, note = line.late_fee, ""
    until = now if line.status == LineStatus.ON_LOAN else line.returned_at
    if until and until > line.due_at:
        growing, note = quoting.late_fee(line, returned_at=until)
        # When it is back, it has been added already.
        late_fee += growing if line.returned_at is None else 0
    return Row(line, priced.get("arithmetic", []), late_fee, note, url_of(line.asset, user))


def next_step(ticket: "Ticket", *, user: "User", is_overdue: bool) -> str:
    """Say in one sentence what happens next, or why nothing does."""
    facts = {
        "start": moment(ticket.starts_at),
        "end": moment(ticket.ends_at),
        "borrower": ticket.borrower,
        "reason": ticket.ending_reason,
    }
    match Status(ticket.status):
        case Status.DRAFT:
            sentence = _("Check the quote, then submit it for approval.")
        case Status.CHANGES_REQUESTED:
            sentence = _("Whoever decides asked for changes. Change it, and submit it again.")
        case Status.SUBMITTED:
            return _waiting_for(ticket, user)
        case Status.APPROVED:
            sentence = _("{borrower} collects it on {start}.")
        case Status.ON_LOAN if is_overdue:
            sentence = _("Overdue: it was due back on {end}.")
        case Status.ON_LOAN:
            sentence = _("Due back on {end}.")
        case Status.RETURNED if waiting := waiting_claims(ticket):
            sentence = _("It closes when {claims} is decided.")
            facts["claims"] = waiting
        case Status.RETURNED:
            sentence = _("All is back. Inspect it; the last inspection settles the ticket.")
        case Status.CLOSED:
            sentence = _("Closed and settled on {closed}.")
            facts["closed"] = moment(ticket.closed_at or ticket.ends_at)
        case _:
            sentence = _("It ended: {reason}")
    return sentence.format(**facts)


def _waiting_for(ticket: "Ticket", user: "User") -> str:
    waiting = approvals.open_request_of(ticket)
    if waiting is None:
        return _("Nobody is asked to decide; cancel it and enter it again.")
    sentence = _(
        "Waits for a decision by “{role}”, level {level} of {levels}, since {since}."
    ).format(
        role=waiting.role,
        level=waiting.level,
        levels=len(waiting.levels),
        since=moment(waiting.requested_at),
    )
    part = waiting.parties.filter(person=user).order_by("pk").first()
    if part and user.has_perm("tickets.approve_ticket"):
        own = _("You are the {part} here, so a colleague decides.").format(part=part.part)
        return f"{sentence} {own}"
    return sentence


def content_of(ticket: "Ticket", *, user: "User") -> dict[str, Any]:
    """Return what the templates of the page print."""
    now = timezone.now()
    lines = list(
        ticket.lines.select_related(
            "asset", "lender", "handed_over_by", "returned_to", "kit_line"
        ).order_by(*KITS_FIRST)
    )
    is_overdue = selectors.overdue(now).filter(pk=ticket.pk).exists()
    money = selectors.money_of(ticket) if user.has_perm("wallets.view_hold") else None
    may_see_files = user.has_perm("tickets.view_ticketfile")
    wallet = selectors.wallet_of(ticket)
    available = selectors.spendable_of(wallet)
    is_open = (
        LIFECYCLE.allows(Action.SUBMIT, Status(ticket.status)) or ticket.status == Status.SUBMITTED
    )
    approval = approvals.last_request_of(ticket)
    happenings = selectors.timeline(ticket, is_staff=user.has_perm("tickets.view_ticketcomment"))
    return {
        "approval": approval,
        "approval_url": url_of(approval, user),
        "approval_changes": changes_of(approval) if approval else [],
        "approved_only": selectors.approved_only(ticket.pk, approval.terms)
        if approval and approval.terms
        else [],
        "ticket": ticket,
        "variant": VARIANTS[Status(ticket.status)],
        "is_overdue": is_overdue,
        "is_draft": ticket.status in EDITABLE,
        "is_before_approval": is_open,
        "missing": max(ticket.price - available, 0) if is_open else 0,
        "next_step": next_step(ticket, user=user, is_overdue=is_overdue),
        "rows": [_row(ticket, line, now=now, user=user) for line in lines],
        "totals": {
            "fee": sum(line.fee for line in lines),
            "deposit": sum(line.deposit for line in lines),
            "late_fee": sum(line.late_fee for line in lines),
            "damage": sum(line.damage for line in lines),
        },
        "money": money,
        "wallet": wallet,
        "wallet_url": url_of(wallet, user),
        "settled": [
            (entry, url_of(entry.wallet, user)) for entry in (money.settled if money else [])
        ],
        "settlement_url": url_of(ticket.settlement, user),
        "available": available,
        **claims_on(ticket, lines, user=user),
        "compared": selectors.compared(ticket, has_photos=may_see_files),
        "handings": selectors.handings_of(ticket) if may_see_files else [],
        "parties": selectors.parties_of(ticket),
        "timeline": [(it, url_of(it.target, user)) for it in happenings],
        "timeline_groups": [group for group in Group if group in {it.group for it in happenings}],
    }


def url_of(target: "Model | None", user: "User") -> str:
    """Return the page of a row that this person may see, else nothing."""
    if target is None:
        return ""
    options = target._meta
    if not user.has_perm(f"{options.app_label}.view_{options.model_name}"):
        return ""
    return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=(target.pk,))
