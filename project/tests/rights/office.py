"""The demo office as the table of rights finds it, and which of its things it asks about."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone

from apps.accounts.models import User
from apps.approvals.models import ApprovalRequest
from apps.assets.models import Asset, Category, OpeningHours, SpecialDays, Tariff
from apps.audit.models import AuditBlock, AuditEvent
from apps.notifications.models import Notice
from apps.reports.models import ReportRun
from apps.reports.schedule import ReportSchedule
from apps.tickets.models import (
    Claim,
    Extension,
    Handing,
    Receivable,
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
from apps.webhooks.models import Subscription
from project import demo
from project.tests.rights.bodies import person, picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from project.testing.api import ApiClient

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
    "subscription_id": Subscription,
    "ticket_id": Ticket,
    "transaction_id": LedgerTransaction,
    "wallet_id": Wallet,
}
"""What is somebody’s own or another’s."""
STATES: dict[str, dict[str, Any]] = {
    "/tickets/{ticket_id}": {"status": "draft"},
    "/tickets/{ticket_id}/cancel": {"status": "submitted"},
    "/tickets/{ticket_id}/declare-lost": {"status": "on_loan"},
    "/tickets/{ticket_id}/extensions": {"status": "on_loan"},
    "/tickets/{ticket_id}/found-again": {"status": "on_loan"},
    "/tickets/{ticket_id}/hand-over": {"status": "approved"},
    "/tickets/{ticket_id}/inspect": {"status": "returned"},
    "/tickets/{ticket_id}/release": {"status": "approved"},
    "/tickets/{ticket_id}/reprice": {"status": "approved"},
    "/tickets/{ticket_id}/submit": {"status": "draft"},
    "/tickets/{ticket_id}/substitute": {"status": "approved"},
    "/tickets/{ticket_id}/take-back": {"status": "on_loan"},
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


def furnish(clients: "Sequence[tuple[User, ApiClient]]") -> None:
    """Let the people make what the demo lacks, as far as they may."""
    begun = timezone.now() + timedelta(days=30)
    for number, (somebody, client) in enumerate(clients):
        client.post("/wallets", {"currency": "EUR", "owner": person("boris").pk})
        asked = {"parameters": {"on": "2026-11-26"}, "formats": ["csv"]}
        client.post("/reports/overdue-loans/runs", asked)
        category = Category.objects.get(name="Cameras").pk
        client.post("/waiting-list", {"category": category, "minutes": 1440, "purpose": "Film"})
        url = f"http://127.0.0.1:9/{number}"
        client.post("/webhooks", {"url": url, "events": ["ticket.submitted"]})
        for ticket in Ticket.objects.filter(borrower=somebody):
            path = f"/tickets/{ticket.pk}"
            client.upload(f"{path}/files", {"files": picture("files"), "body": '{"body": "So"}'})
            wish = {"ends_at": begun.isoformat(), "reason": "The film takes longer"}
            client.post(f"{path}/extensions", wish)


def ids_for(
    path: str, names: list[str], somebody: User
) -> Iterator[tuple[bool, dict[str, Any] | None]]:
    """Yield whether it is their own, and the ids for the path; None when there is no such thing.

    What the database holds for this person to see is their own, everything else another’s.
    """
    owned = [name for name in names if name in THINGS]
    for is_own in (True, False) if owned else (True,):
        ids = {
            name: _thing(name, somebody, is_own=is_own, state=STATES.get(path, {}))
            if name in THINGS
            else _other(name, somebody)
            for name in names
        }
        yield is_own, None if None in ids.values() else ids


def _thing(name: str, somebody: User, *, is_own: bool, state: dict[str, Any]) -> int | None:
    rows: QuerySet[Any] = THINGS[name].objects.all()
    if state:
        rows = rows.filter(**state)
    shown: Any = rows.visible_to(somebody)
    found = shown if is_own else rows.exclude(pk__in=shown.values("pk"))
    key: int | None = found.order_by("pk").values_list("pk", flat=True).first()
    return key


def _other(name: str, somebody: User) -> object:
    """Return what roles alone decide of."""
    last_month = timezone.localdate().replace(day=1) - timedelta(days=1)
    rows: dict[str, QuerySet[Any]] = {
        "category_id": Category.objects.filter(name="Cameras"),
        "event_id": AuditEvent.objects.all(),
        "notice_id": Notice.objects.filter(recipient=somebody),
        "number": AuditBlock.objects.all(),
        "person_id": User.objects.filter(email="bella@demo.example"),
        "tariff_id": Tariff.objects.filter(name="Cameras"),
    }
    if name in rows:
        return rows[name].order_by("pk").values_list("pk", flat=True).first()
    return {
        "format": "csv",
        "key": "00000000-0000-4000-8000-000000000000",
        "month": last_month.strftime("%Y-%m"),
        "name": "common.not-permitted",
        "slug": "overdue-loans",
        "tag": "CAM-001",
        "webhook_id": "msg_none",
    }[name]
