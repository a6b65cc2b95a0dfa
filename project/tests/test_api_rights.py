"""Who may do what through the API: every operation, every role, one's own thing and another's.

The demo office is asked by a person of each role, with every scope. What the database holds for
this person to see is their own, everything else another's. Each answer is one letter:

- `+` done,
- `!` let through, and refused by a rule about the deed itself (409, 412, 422),
- `-` refused, because the roles or the matter do not allow it (403),
- `.` not found (404), which is also what hidden things are,
- `~` there is no such thing in the office to ask about.

The table beside this file was read line by line. `ASSETS_GOLDEN=write` writes it anew: read it.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.api.quotas import Quota
from apps.api.v1 import api as v1
from apps.approvals.models import ApprovalRequest
from apps.assets.models import Asset, Category, Tariff
from apps.audit.models import AuditEvent, Outcome
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
    Period,
    Wallet,
)
from apps.webhooks.models import Subscription
from project import demo
from project.testing.api import ApiClient, MakeApi

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

TABLE = Path(__file__).parent / "api_rights.txt"
ROLES = (
    *("Borrower", "Lender", "Lending clerk", "Lending approver", "Wallet clerk"),
    *("Finance controller", "Finance analyst", "Auditor", "Administrator"),
)
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
STATUS = {
    "cancel": "submitted",
    "declare-lost": "on_loan",
    "extensions": "on_loan",
    "found-again": "on_loan",
    "hand-over": "approved",
    "inspect": "returned",
    "release": "approved",
    "reprice": "approved",
    "submit": "draft",
    "substitute": "approved",
    "take-back": "on_loan",
}
"""In which status a ticket is asked about, so that the move itself would be possible."""
FOR_ALL: dict[str, tuple[Any, str]] = {
    "category_id": (Category, "pk"),
    "event_id": (AuditEvent, "pk"),
    "notice_id": (Notice, "pk"),
    "person_id": (User, "pk"),
    "tag": (Asset, "tag"),
    "tariff_id": (Tariff, "pk"),
}
"""Of what roles alone decide: the first one that the office has."""
OTHERS = {
    "name": "common.not-permitted",
    "webhook_id": "msg_none",
    "key": "none",
    "slug": "overdue-loans",
    "number": 1,
    "format": "csv",
}
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63"
    "60606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.fixture(autouse=True)
def without_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one program ask more in a minute than any may."""
    monkeypatch.setattr(Quota, "refuse_more", lambda _quota: None)


@pytest.mark.django_db
def test_every_role_may_do_what_the_table_says(api: MakeApi, broker: str) -> None:
    demo.load()
    document = v1.get_openapi_schema()
    people = [_person(role) for role in ROLES]
    # Their tokens outlast what each request is undone with.
    clients = [(person, api(person)) for person in people]
    _furnish(clients)
    lines = [
        f"{method.upper():6} {path.removeprefix('/api/v1'):58} "
        + "  ".join(
            "".join(_answers(document, method, path, client, person)) for person, client in clients
        )
        for path, operations in document["paths"].items()
        for method in operations
    ]
    asked = "\n".join([f"{'':65} {'  '.join(role[:2] for role in ROLES)}", *sorted(lines), ""])
    if os.environ.get("ASSETS_GOLDEN") == "write":
        TABLE.write_text(asked, encoding="utf-8")
    assert asked == TABLE.read_text(encoding="utf-8")


def _person(role: str) -> User:
    """Return a person of the demo with this role and no other, who has most to do with things."""
    group = Group.objects.get(name=role)
    return max(
        (person for person in group.user_set.all() if person.groups.count() == 1),
        key=lambda person: (
            Ticket.objects.filter(borrower=person).count()
            + Asset.objects.filter(lender=person).count()
        ),
    )


def _furnish(clients: "Sequence[tuple[User, ApiClient]]") -> None:
    """Let the people make what the demo lacks, as far as they may."""
    begun = timezone.now() + timedelta(days=30)
    for number, (person, client) in enumerate(clients):
        asked = {"parameters": {"on": "2026-11-26"}, "formats": ["csv"]}
        client.post("/reports/overdue-loans/runs", asked)
        client.post("/waiting-list", {"category": 1, "minutes": 1440, "purpose": "Film school"})
        url = f"http://127.0.0.1:9/{number}"
        client.post("/webhooks", {"url": url, "events": ["ticket.submitted"]})
        for ticket in Ticket.objects.filter(borrower=person):
            path = f"/tickets/{ticket.pk}"
            client.upload(f"{path}/files", {"files": _picture("files"), "body": '{"body": "So"}'})
            wish = {"ends_at": begun.isoformat(), "reason": "The film takes longer"}
            client.post(f"{path}/extensions", wish)


def _answers(
    document: Mapping[str, Any], method: str, path: str, client: ApiClient, person: User
) -> Iterator[str]:
    """Yield the letter of one's own thing, and that of another's."""
    names = re.findall(r"{(\w+)}", path)
    wanted = [name for name in names if name in THINGS]
    for is_own in (True, False) if wanted else (True,):
        status = STATUS.get(path.rpartition("/")[2])
        ids = {name: _thing(name, person, is_own=is_own, status=status) for name in wanted}
        if None in ids.values():
            yield "~"
            continue
        others = {name: _other(name) for name in names if name not in THINGS}
        address = path.removeprefix("/api/v1").format(**ids, **others)
        mark = transaction.savepoint()
        answer = _send(client, method, address, document["paths"][path][method])
        transaction.savepoint_rollback(mark)
        assert answer.status_code < 500, (address, answer.content)
        assert answer.status_code != 401, (address, answer.content)
        yield {403: "-", 404: "."}.get(answer.status_code, "+" if answer.status_code < 400 else "!")
    if not wanted:
        yield " "


def _thing(name: str, person: User, *, is_own: bool, status: str | None) -> int | None:
    rows: QuerySet[Any] = THINGS[name].objects.all()
    if name == "ticket_id" and status:
        rows = rows.filter(status=status)
    shown: Any = rows.visible_to(person) if hasattr(rows, "visible_to") else rows.none()
    found = shown if is_own else rows.exclude(pk__in=shown.values("pk"))
    key: int | None = found.order_by("pk").values_list("pk", flat=True).first()
    return key


def _other(name: str) -> object:
    if name == "month":
        return Period.objects.values_list("starts_on", flat=True).first() or "2026-10"
    if name in FOR_ALL:
        model, field = FOR_ALL[name]
        return model.objects.order_by("pk").values_list(field, flat=True).first()
    return OTHERS.get(name, 1)


def _send(client: ApiClient, method: str, path: str, operation: Mapping[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        return client.upload(path, _form(content["multipart/form-data"]))
    body = content.get("application/json", {}).get("example")
    match method:
        case "post":
            return client.post(path, body)
        case "patch":
            return client.patch(path, body, tag="*")
        case "delete":
            return client.delete(path, tag="*")
    query = {
        parameter["name"]: parameter["example"]
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and parameter["required"] and "example" in parameter
    }
    return client.get(path, query)


def _picture(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{name}.png", PICTURE, content_type="image/png")


def _form(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return the example of a form, with a picture for each file."""

    def value(name: str, given: Any) -> Any:
        if given in ("…", ["…"]):
            return _picture(name)
        return given if isinstance(given, str) else json.dumps(given)

    return {name: value(name, given) for name, given in part["example"].items()}


def test_what_is_hidden_is_audited(api: MakeApi, broker: str, db: None) -> None:
    demo.load()
    borrower = _person("Borrower")
    hidden = Ticket.objects.exclude(pk__in=Ticket.objects.visible_to(borrower).values("pk")).first()
    assert hidden is not None

    answer = api(borrower, "tickets:read").get(f"/tickets/{hidden.pk}")
    none = api(borrower, "tickets:read").get(f"/tickets/{10**9}")

    assert (answer.status_code, none.status_code) == (404, 404)
    assert answer.json()["detail"] == none.json()["detail"]
    denied = AuditEvent.objects.get(outcome=Outcome.DENIED)
    assert (denied.actor, denied.target_id) == (borrower, str(hidden.pk))
