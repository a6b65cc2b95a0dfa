"""Everything that happened to a ticket as one list: comments, moves, decisions, money, notices."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.approvals import selectors as approvals
from apps.approvals.states import Verdict
from apps.audit import selectors as audit
from apps.common.money import format_amount
from apps.notifications.models import Notice
from apps.tickets.states import Visibility
from apps.wallets import selectors as wallets
from apps.wallets.states import HoldStatus

if TYPE_CHECKING:
    from django.db.models import Model

    from apps.audit.models import AuditEvent
    from apps.tickets.models import Ticket
    from apps.wallets.models import LedgerEntry


class Kind(StrEnum):
    """What sort of thing happened; the order is that of one and the same moment."""

    COMMENT = "comment"
    DECISION = "decision"
    REFUSED = "refused"
    MOVE = "move"
    MONEY = "money"
    NOTICE = "notice"


@dataclass(frozen=True)
class Happening:
    """One thing that happened; `target` is what its page shows."""

    at: datetime
    kind: Kind
    what: str
    who: str = ""
    text: str = ""
    target: "Model | None" = None


_MOVES = {
    "tickets.drafted": gettext_lazy("Drafted"),
    "tickets.changed": gettext_lazy("Changed"),
    "tickets.submitted": gettext_lazy("Submitted for approval"),
    "tickets.changes_requested": gettext_lazy("Sent back for changes"),
    "tickets.repriced": gettext_lazy("Priced anew"),
    "tickets.approved": gettext_lazy("Approved: assets reserved, money held"),
    "tickets.rejected": gettext_lazy("Rejected"),
    "tickets.cancelled": gettext_lazy("Cancelled"),
    "tickets.expired": gettext_lazy("Expired"),
    "tickets.released": gettext_lazy("Let go: not collected"),
    "tickets.taken_over": gettext_lazy("Taken over from another system"),
    "tickets.handed_over": gettext_lazy("Handed over"),
    "tickets.taken_back": gettext_lazy("Taken back"),
    "tickets.inspected": gettext_lazy("Inspected"),
    "tickets.closed": gettext_lazy("Closed and settled"),
    "tickets.claimed": gettext_lazy("Claimed"),
    "tickets.claim_disputed": gettext_lazy("Claim disputed"),
    "tickets.claim_assessed": gettext_lazy("Claim assessed"),
    "tickets.claim_revised": gettext_lazy("Claim revised"),
    "tickets.claim_decided": gettext_lazy("Claim decided"),
    "tickets.claim_withdrawn": gettext_lazy("Claim withdrawn"),
    "tickets.lost": gettext_lazy("Lost"),
    "tickets.found": gettext_lazy("Found again"),
    "tickets.credited": gettext_lazy("Credited after the find"),
    "tickets.struck": gettext_lazy("A strike"),
    "tickets.strike_lifted": gettext_lazy("Strike lifted"),
    "tickets.receivable_collected": gettext_lazy("Collected of what is owed"),
    "tickets.debtor_reminded": gettext_lazy("Reminded of what is owed"),
    "tickets.write_off_requested": gettext_lazy("Write-off asked for"),
    "tickets.write_off_refused": gettext_lazy("Write-off refused"),
    "tickets.written_off": gettext_lazy("Written off"),
    "tickets.extension_requested": gettext_lazy("Extension asked for"),
    "tickets.extension_approved": gettext_lazy("Extension approved: due later, money in escrow"),
    "tickets.extension_rejected": gettext_lazy("Extension rejected"),
    "tickets.extension_withdrawn": gettext_lazy("Extension withdrawn"),
    "tickets.extension_expired": gettext_lazy("Extension ended without a decision"),
}
# What each says in a line; the whole stands in the audit log, and the money beside it.
_FACTS = {
    "tickets.drafted": ("assets", "from", "until", "purpose"),
    "tickets.changed": (
        "borrower",
        "assets",
        "from",
        "until",
        "purpose",
        "fee",
        "deposit",
    ),
    "tickets.submitted": ("fee", "deposit"),
    **dict.fromkeys(
        ("tickets.claimed", "tickets.claim_assessed", "tickets.claim_revised"),
        ("claim", "asset", "kind", "estimate", "amount"),
    ),
    **dict.fromkeys(
        ("tickets.claim_disputed", "tickets.claim_decided", "tickets.claim_withdrawn"),
        ("claim", "asset", "claim status", "amount"),
    ),
    "tickets.credited": ("asset", "credit", "from the lender", "from goodwill"),
    "tickets.struck": ("strike", "suspended until"),
    **dict.fromkeys(
        (
            "tickets.receivable_collected",
            "tickets.debtor_reminded",
            "tickets.write_off_requested",
            "tickets.write_off_refused",
            "tickets.written_off",
        ),
        ("receivable", "owed", "paid", "receivable status"),
    ),
    "tickets.repriced": ("price",),
    "tickets.extension_requested": ("assets", "until", "fee"),
    "tickets.extension_approved": ("until",),
}
_OF_LINES = {
    "tickets.handed_over",
    "tickets.taken_back",
    "tickets.inspected",
    "tickets.lost",
    "tickets.found",
}
_NOT_OF_LINES = {"status", "into escrow", "statement"}
# Their reason stands at the decision.
_DECIDED = {
    *("tickets.changes_requested", "tickets.approved", "tickets.rejected"),
    *("tickets.extension_approved", "tickets.extension_rejected"),
}
_ENDED = {
    *("tickets.rejected", "tickets.cancelled", "tickets.expired", "tickets.released"),
    *("tickets.extension_rejected", "tickets.extension_withdrawn", "tickets.extension_expired"),
}


def timeline(ticket: "Ticket", *, is_staff: bool = True) -> list[Happening]:
    """Return what happened, newest last; only staff see what staff said among themselves."""
    happenings = [
        *_comments(ticket, is_staff=is_staff),
        *_decisions(ticket),
        *_moves(ticket),
        *_holds(ticket),
        *_transactions(ticket),
        *_notices(ticket),
    ]
    order = list(Kind)
    return sorted(happenings, key=lambda it: (it.at, order.index(it.kind)))


def _comments(ticket: "Ticket", *, is_staff: bool) -> Iterator[Happening]:
    comments = ticket.comments.select_related("author")
    if not is_staff:
        comments = comments.filter(visibility=Visibility.EVERYBODY)
    for comment in comments:
        notes = [_("staff only")] if comment.visibility == Visibility.STAFF else []
        notes += [_("edited")] if comment.edited_at else []
        what = _("Comment ({notes})").format(notes=", ".join(notes)) if notes else _("Comment")
        yield Happening(comment.created_at, Kind.COMMENT, what, str(comment.author), comment.body)


def _decisions(ticket: "Ticket") -> Iterator[Happening]:
    extensions = ticket.extensions.all()
    for decision in chain(
        approvals.decisions_about(ticket), *map(approvals.decisions_about, extensions)
    ):
        is_agreed = decision.verdict == Verdict.APPROVE
        yield Happening(
            decision.decided_at,
            Kind.DECISION if is_agreed else Kind.REFUSED,
            _("Decision on level {level}: {verdict}").format(
                level=decision.level, verdict=decision.get_verdict_display()
            ),
            str(decision.decider),
            decision.reason,
            decision.request,
        )


def _moves(ticket: "Ticket") -> Iterator[Happening]:
    for event in audit.events_about(ticket).filter(action__in=_MOVES):
        yield Happening(
            event.at,
            Kind.REFUSED if event.action in _ENDED else Kind.MOVE,
            str(_MOVES[event.action]),
            event.actor_name,
            _told(event),
            event,
        )


def _told(event: "AuditEvent") -> str:
    """Return the reason, and the facts that matter here, each as it was and as it is."""
    names = [name for name in _FACTS.get(event.action, ()) if name in event.after]
    if event.action in _OF_LINES:
        names = sorted(event.after.keys() - _NOT_OF_LINES)
    lines = [event.reason] if event.reason and event.action not in _DECIDED else []
    for name in names:
        shown = _shown(event.after[name])
        if name in event.before:
            shown = f"{_shown(event.before[name])} → {shown}"
        lines.append(f"{name}: {shown}")
    return "\n".join(lines)


def _shown(fact: object) -> str:
    return ", ".join(fact) if isinstance(fact, list) else str(fact)


def _holds(ticket: "Ticket") -> Iterator[Happening]:
    for hold in wallets.holds_about(ticket).select_related("wallet__owner", "placed_by"):
        amount = format_amount(hold.amount, ticket.currency)
        what = _("{amount} held").format(amount=amount)
        yield Happening(
            hold.placed_at, Kind.MONEY, what, str(hold.placed_by), hold.reason, hold.wallet
        )
        if hold.ended_at and hold.status != HoldStatus.CAPTURED:
            what = _("Hold of {amount} {ended}").format(
                amount=amount, ended=hold.get_status_display()
            )
            yield Happening(hold.ended_at, Kind.MONEY, what, "", hold.reason, hold.wallet)


def _transactions(ticket: "Ticket") -> Iterator[Happening]:
    entries: defaultdict[int, list[LedgerEntry]] = defaultdict(list)
    rows = wallets.entries_about(ticket).select_related("transaction__actor", "wallet__owner")
    for entry in rows.order_by("pk"):
        entries[entry.transaction_id].append(entry)
    for sides in entries.values():
        posted = sides[0].transaction
        text = "\n".join(
            f"{side.wallet.name}: {format_amount(side.amount, side.currency)}" for side in sides
        )
        what = f"{posted}: {posted.get_kind_display()}"
        yield Happening(posted.posted_at, Kind.MONEY, what, str(posted.actor), text, posted)


def _notices(ticket: "Ticket") -> Iterator[Happening]:
    """Yield one line for each message, with all who got it, over whichever channel."""
    requests = approvals.requests_about(ticket)
    about = Q(about_type=ContentType.objects.get_for_model(ticket), about_id=ticket.pk) | Q(
        about_type=ContentType.objects.get_for_model(requests.model),
        about_id__in=requests.values("pk"),
    )
    told: defaultdict[tuple[datetime, str], dict[str, None]] = defaultdict(dict)
    for notice in Notice.objects.filter(about).select_related("recipient").order_by("pk"):
        told[notice.created_at, notice.subject][str(notice.recipient)] = None
    for (at, subject), people in told.items():
        what = _("Told {people}").format(people=", ".join(people))
        yield Happening(at, Kind.NOTICE, what, "", subject)
