"""Everything that happened to a ticket as one list: comments, moves, files, money, notices.

A new deed shows here as soon as its audit event stands in `_MOVES`; what it says in a line comes
from `_FACTS` or `_OF_LINES`.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.approvals import selectors as approvals
from apps.approvals.states import Verdict
from apps.audit import selectors as audit
from apps.common.money import format_amount
from apps.notifications.models import Notice
from apps.tickets.models import TicketComment
from apps.tickets.selectors.people import people_on
from apps.tickets.states import Visibility
from apps.wallets import selectors as wallets
from apps.wallets.states import HoldStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model

    from apps.audit.models import AuditEvent
    from apps.tickets.models import Ticket, TicketFile
    from apps.wallets.models import LedgerEntry


class Kind(StrEnum):
    """What sort of thing happened; the order is that of one and the same moment."""

    COMMENT = "comment"
    DECISION = "decision"
    REFUSED = "refused"
    MOVE = "move"
    FILE = "file"
    MONEY = "money"
    NOTICE = "notice"


class Group(models.TextChoices):
    """What can be looked at alone."""

    COMMENTS = "comments", gettext_lazy("Comments")
    MOVES = "moves", gettext_lazy("Moves")
    FILES = "files", gettext_lazy("Files")
    MONEY = "money", gettext_lazy("Money")
    NOTICES = "notices", gettext_lazy("Notices")


_GROUPS = {
    Kind.COMMENT: Group.COMMENTS,
    Kind.FILE: Group.FILES,
    Kind.MONEY: Group.MONEY,
    Kind.NOTICE: Group.NOTICES,
}


@dataclass(frozen=True)
class Happening:
    """One thing that happened; `target` is what its page shows."""

    at: datetime
    kind: Kind
    what: str
    who: str = ""
    text: str = ""
    target: "Model | None" = None
    files: "Sequence[TicketFile]" = ()

    @property
    def group(self) -> Group:
        """With what it is looked at."""
        return _GROUPS.get(self.kind, Group.MOVES)


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
    "tickets.drafted": ("how it came", "asked by", "assets", "from", "until", "purpose"),
    "tickets.changed": (
        "borrower",
        "how it came",
        "asked by",
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
        *_files(ticket),
        *_holds(ticket),
        *_transactions(ticket),
        *_notices(ticket, is_staff=is_staff),
    ]
    order = list(Kind)
    return sorted(happenings, key=lambda it: (it.at, order.index(it.kind)))


def _comments(ticket: "Ticket", *, is_staff: bool) -> Iterator[Happening]:
    comments = ticket.comments.select_related("author", "on_behalf_of").prefetch_related(
        "mentions__person", "files"
    )
    if not is_staff:
        comments = comments.filter(visibility=Visibility.EVERYBODY)
    edited = []
    for comment in comments:
        notes = [_("staff only")] if comment.visibility == Visibility.STAFF else []
        notes += [_("edited")] if comment.edited_at else []
        if people := ", ".join(str(mention.person) for mention in comment.mentions.all()):
            notes.append(_("mentions {people}").format(people=people))
        what = _("Comment ({notes})").format(notes=", ".join(notes)) if notes else _("Comment")
        who = str(comment.author)
        if comment.on_behalf_of:
            who = _("{author} for {person}").format(author=who, person=comment.on_behalf_of)
        files = list(comment.files.all())
        yield Happening(comment.created_at, Kind.COMMENT, what, who, comment.body, files=files)
        if comment.edited_at:
            edited.append(comment.pk)
    yield from _edits(edited)


def _edits(comment_ids: list[int]) -> Iterator[Happening]:
    """Yield each change of a comment, with what it said before."""
    said: dict[int, str] = {}
    versions = TicketComment.history.filter(id__in=comment_ids).select_related("history_user")
    for version in versions.order_by("history_id"):
        if before := said.get(version.id):
            what, who = _("Comment edited; before:"), str(version.history_user)
            yield Happening(version.history_date, Kind.COMMENT, what, who, before)
        said[version.id] = version.body


def _files(ticket: "Ticket") -> Iterator[Happening]:
    """Yield one line for all that was kept together; files of comments stand with their comment."""
    kept: defaultdict[tuple[datetime, str, str, str], list[TicketFile]] = defaultdict(list)
    files = ticket.files.filter(comment=None).select_related("added_by", "line__asset")
    for file in files.order_by("pk"):
        asset = str(file.line.asset) if file.line else ""
        # Each has a moment of its own, though one deed kept them.
        minute = file.added_at.replace(second=0, microsecond=0)
        kept[minute, file.get_purpose_display(), str(file.added_by), asset].append(file)
    for (_minute, purpose, who, asset), together in kept.items():
        what = _("Kept: {purpose}").format(purpose=purpose)
        yield Happening(together[0].added_at, Kind.FILE, what, who, asset, files=together)


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


def _notices(ticket: "Ticket", *, is_staff: bool) -> Iterator[Happening]:
    """Yield one line for each message, with all who got it, over whichever channel."""
    requests = approvals.requests_about(ticket)
    about = Q(about_type=ContentType.objects.get_for_model(ticket), about_id=ticket.pk) | Q(
        about_type=ContentType.objects.get_for_model(requests.model),
        about_id__in=requests.values("pk"),
    )
    notices = Notice.objects.filter(about)
    if not is_staff:
        # What staff tell each other is not for others.
        notices = notices.filter(recipient__in=people_on(ticket))
    told: dict[tuple[datetime | str, str], tuple[datetime, dict[str, None]]] = {}
    for notice in notices.select_related("recipient").order_by("pk"):
        # Staff and others are told of one comment in two steps.
        message = (notice.anchor or notice.created_at, notice.subject)
        _at, people = told.setdefault(message, (notice.created_at, {}))
        people[str(notice.recipient)] = None
    for (_place, subject), (at, people) in told.items():
        what = _("Told {people}").format(people=", ".join(people))
        yield Happening(at, Kind.NOTICE, what, "", subject)
