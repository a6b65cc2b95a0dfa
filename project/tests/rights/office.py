"""The demo office as the table of rights finds it, and which of its things it asks about."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.approvals.models import ApprovalRequest
from apps.assets.models import (
    Asset,
    AssetImport,
    Category,
    OpeningHours,
    Reservation,
    SpecialDays,
    Tariff,
)
from apps.audit.models import AuditBlock, AuditEvent
from apps.notifications.models import Notice
from apps.reports.models import ReportRun
from apps.reports.schedule import ReportSchedule
from apps.tickets.models import (
    Claim,
    Extension,
    Handing,
    Receivable,
    Strike,
    Ticket,
    TicketComment,
    TicketFile,
    WaitingEntry,
)
from apps.wallets.models import (
    Adjustment,
    AdjustmentBatch,
    Evidence,
    Hold,
    LedgerTransaction,
    Wallet,
)
from apps.webhooks.models import Message, Subscription
from project import demo
from project.tests.rights.bodies import person

if TYPE_CHECKING:
    from django.db.models import QuerySet

ROLES = {
    "Borrower": "boris",
    "Lender": "lars",
    "Lending clerk": "clerk",
    "Lending approver": "approver",
    "Wallet clerk": "wallets",
    "Finance controller": "controller",
    "Finance analyst": "analyst",
    "Auditor": "auditor",
    "Administrator": "admin",
}
"""Who of the demo has which role, and no other."""
THINGS: dict[str, Any] = {
    "adjustment_id": Adjustment,
    "approval_id": ApprovalRequest,
    "asset_id": Asset,
    "batch_id": AdjustmentBatch,
    "claim_id": Claim,
    "comment_id": TicketComment,
    "entry_id": WaitingEntry,
    "evidence_id": Evidence,
    "extension_id": Extension,
    "file_id": TicketFile,
    "handing_id": Handing,
    "hold_id": Hold,
    "receivable_id": Receivable,
    "run_id": ReportRun,
    "schedule_id": ReportSchedule,
    "strike_id": Strike,
    "subscription_id": Subscription,
    "ticket_id": Ticket,
    "transaction_id": LedgerTransaction,
    "wallet_id": Wallet,
}
"""What is somebody’s own or another’s."""
_MINE: dict[str, Callable[[Any, User], Any]] = {
    "asset_id": lambda rows, somebody: rows.filter(lender=somebody),
    "adjustment_id": lambda rows, somebody: rows.filter(requester=somebody),
    "approval_id": lambda rows, somebody: rows.filter(
        pk__in=approval_questions.waiting_for(somebody).values("pk")
    ),
    "batch_id": lambda rows, somebody: rows.filter(requester=somebody),
    "comment_id": lambda rows, somebody: rows.filter(author=somebody),
    "evidence_id": lambda rows, somebody: rows.filter(adjustment__requester=somebody),
    "run_id": lambda rows, somebody: rows.filter(requester=somebody),
    "schedule_id": lambda rows, somebody: rows.filter(owner=somebody),
    "subscription_id": lambda rows, somebody: rows.filter(person=somebody),
}
"""Which of the things that somebody may see are theirs in a narrower sense, if any is."""
_ON_LOAN = Q(status="on_loan", ends_at__gt=Now(), purpose="Theatre")
_WALLET = Q(owner__isnull=False, status="active")
STATES: dict[str, Q] = {
    "/adjustment-batches/{batch_id}/submit": Q(status="draft"),
    "/adjustment-batches/{batch_id}/withdraw": Q(status="pending"),
    "/adjustments/{adjustment_id}": Q(status="draft"),
    "/adjustments/{adjustment_id}/decisions": Q(status="pending"),
    "/adjustments/{adjustment_id}/evidence": Q(status="draft"),
    "/adjustments/{adjustment_id}/submit": Q(status="draft"),
    "/adjustments/{adjustment_id}/withdraw": Q(status="pending"),
    "/approvals/{approval_id}/decisions": Q(status="pending"),
    "/approvals/{approval_id}/forward": Q(status="pending"),
    "/assets/{asset_id}/blackouts": Q(reservations__kind="blackout"),
    "/assets/{asset_id}/blackouts/{blackout_id}/lift": Q(reservations__kind="blackout"),
    "/assets/{asset_id}/report-found": Q(status="lost", tag__startswith="PRO"),
    "/assets/{asset_id}/report-lost": Q(tag__startswith="SPARE"),
    "/assets/{asset_id}/retire": Q(tag__startswith="SPARE"),
    "/assets/{asset_id}/return-to-service": Q(status="in_maintenance"),
    "/assets/{asset_id}/send-to-maintenance": Q(tag__startswith="SPARE"),
    "/claims/{claim_id}/dispute": Q(status="open", disputed_at=None, kind="damage"),
    "/claims/{claim_id}/revise": Q(status="returned"),
    "/claims/{claim_id}/withdraw": Q(status="open"),
    "/extensions/{extension_id}/withdraw": Q(status="requested"),
    "/handings/{handing_id}/receipt": Q(receipt__isnull=False),
    "/holds/{hold_id}/capture": Q(about_type=None, status="active"),
    "/holds/{hold_id}/release": Q(about_type=None, status="active"),
    "/journal/{transaction_id}/reversal": Q(kind="adjustment"),
    "/receivables/{receivable_id}/collect": Q(status="open"),
    "/receivables/{receivable_id}/request-write-off": Q(status="open"),
    "/report-runs/{run_id}/cancel": Q(status="queued"),
    "/report-runs/{run_id}/files/{format}": Q(status="done"),
    "/report-runs/{run_id}/rerun": Q(status="done"),
    "/report-schedules/{schedule_id}/pause": Q(is_active=True),
    "/report-schedules/{schedule_id}/resume": Q(is_active=False),
    "/tickets/{ticket_id}": Q(status="draft"),
    "/tickets/{ticket_id}/cancel": Q(status="submitted"),
    "/tickets/{ticket_id}/comments": Q(extensions__isnull=False),
    "/tickets/{ticket_id}/declare-lost": _ON_LOAN,
    "/tickets/{ticket_id}/extensions": _ON_LOAN & Q(extensions=None),
    "/tickets/{ticket_id}/files": Q(extensions__isnull=False),
    "/tickets/{ticket_id}/found-again": Q(status="closed", lines__status="lost"),
    "/tickets/{ticket_id}/hand-over": Q(status="approved", purpose="Theatre"),
    "/tickets/{ticket_id}/handings": Q(extensions__isnull=False),
    "/tickets/{ticket_id}/inspect": Q(status="returned", lines__status="returned"),
    "/tickets/{ticket_id}/release": _ON_LOAN & Q(lines__status="reserved"),
    "/tickets/{ticket_id}/reprice": Q(status="approved", purpose="Theatre"),
    "/tickets/{ticket_id}/submit": Q(status="draft"),
    "/tickets/{ticket_id}/substitute": Q(status="approved", purpose="Theatre"),
    "/tickets/{ticket_id}/take-back": _ON_LOAN & Q(lines__status="on_loan"),
    "/waiting-list/{entry_id}/accept": Q(status="offered"),
    "/waiting-list/{entry_id}/decline": Q(status="offered"),
    "/waiting-list/{entry_id}/leave": Q(status="offered"),
    "/wallets/{wallet_id}/close": _WALLET & Q(currency="GBP"),
    "/wallets/{wallet_id}/freeze": _WALLET,
    "/wallets/{wallet_id}/statement": _WALLET & Q(currency="USD"),
    "/wallets/{wallet_id}/unfreeze": Q(owner__isnull=False, status="frozen"),
    "/webhooks/{subscription_id}/pause": Q(status="active"),
    "/webhooks/{subscription_id}/resume": Q(status="paused"),
}
"""In which state a thing is asked about, so that the deed itself would be possible."""


def open_office(first_id: int = 100_000) -> list[User]:
    """Bring in the demo, with ids from `first_id` on, and return a person of each role.

    Each table begins elsewhere, so that no id of one thing is that of another. The office never
    closes, whatever the hour of the test.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT schemaname, sequencename FROM pg_sequences ORDER BY 1, 2")
        for place, (schema, name) in enumerate(cursor.fetchall()):
            sequence = f'"{schema}"."{name}"'
            cursor.execute(f"ALTER SEQUENCE {sequence} RESTART WITH {first_id + 1000 * place}")
    demo.load()
    OpeningHours.objects.all().delete()
    SpecialDays.objects.all().delete()
    return [person(name) for name in ROLES.values()]


def ids_for(path: str, names: list[str], somebody: User) -> Iterator[dict[str, Any] | None]:
    """Yield the ids of their own thing, and of another’s; None when there is no such thing.

    What the database holds for this person to see is their own, everything else another’s.
    """
    owned = [name for name in names if name in THINGS]
    for is_own in (True, False) if owned else (True,):
        ids: dict[str, Any] = {name: _id(path, name, somebody, is_own=is_own) for name in names}
        if "file_id" in ids:
            kept = TicketFile.objects.filter(pk=ids["file_id"] or 0)
            ids["ticket_id"] = kept.values_list("ticket_id", flat=True).first()
        if "blackout_id" in ids:
            taken = Reservation.objects.filter(kind="blackout", asset=ids["asset_id"] or 0)
            ids["blackout_id"] = taken.values_list("pk", flat=True).first()
        if "webhook_id" in ids:
            sent = Message.objects.filter(subscription=ids["subscription_id"] or 0)
            ids["webhook_id"] = sent.values_list("webhook_id", flat=True).first()
        yield None if None in ids.values() else ids


def _id(path: str, name: str, somebody: User, *, is_own: bool) -> object:
    if name not in THINGS:
        return _other(path, name, somebody)
    rows = THINGS[name].objects.filter(STATES.get(path, Q()))
    shown = rows.visible_to(somebody)
    mine = _MINE[name](shown, somebody) if name in _MINE else shown
    theirs = mine if mine.exists() else shown
    found = theirs if is_own else rows.exclude(pk__in=theirs.values("pk"))
    return found.order_by("pk").values_list("pk", flat=True).first()


def _other(path: str, name: str, somebody: User) -> object:
    """Return what roles alone decide of."""
    begun = timezone.localdate() - timedelta(days=70)
    closed, next_month = begun, begun.replace(day=1) + timedelta(days=31)
    is_suspended = path.endswith("/lift-suspension")
    rows: dict[str, QuerySet[Any]] = {
        "category_id": Category.objects.filter(name="Cameras"),
        "event_id": AuditEvent.objects.all(),
        "notice_id": Notice.objects.filter(recipient=somebody),
        "person_id": User.objects.filter(pk=person("ben" if is_suspended else "bella").pk),
        "tariff_id": Tariff.objects.filter(name="Cameras"),
    }
    if name == "key":
        previews = AssetImport.objects.filter(uploaded_by=somebody)
        return (previews.first() or AssetImport.objects.latest("pk")).key
    if name == "number":
        return AuditBlock.objects.earliest("pk").number
    if name in rows:
        return rows[name].order_by("pk").values_list("pk", flat=True).first()
    return {
        "blackout_id": "",
        "format": "csv",
        "month": (next_month if path.endswith("/close") else closed).strftime("%Y-%m"),
        "name": "common.not-permitted",
        "slug": "overdue-loans",
        "tag": "CAM-001",
        "webhook_id": "",
    }[name]
