"""What each operation is sent, so that only the rights of whoever asks can stand in the way.

Every id is that of a thing which the office has, and every period lies ahead of now. What is not
here is sent as in the example of the document.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw

from apps.accounts.models import User
from apps.approvals.models import ApprovalRequest
from apps.assets.models import Asset, Category
from apps.notifications.models import Notice
from apps.tickets.models import Ticket
from apps.wallets.models import Hold, Wallet
from apps.wallets.states import Role

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63"
    "60606060000000050001a5f645400000000049454e44ae426082"
)
WHY = {"reason": "All is said"}
REGISTER = (
    b"tag,name,category,lender,value,currency,tariff\n"
    b"CAM-9,Sony A7,Cameras,lena@demo.example,900.00,USD,Cameras\n"
)
BATCH = (
    b"wallet,currency,direction,amount,reason_code,note\n"
    b"boris@demo.example,USD,credit,10.00,goodwill,Closed on 3 March\n"
)


@dataclass(frozen=True)
class Asked:
    """One operation, as one person asks for it about one thing."""

    person: User
    ids: Mapping[str, Any]

    @property
    def ticket(self) -> Ticket:
        """Return the ticket of the address."""
        return Ticket.objects.get(pk=self.ids["ticket_id"])


def day(days: int) -> str:
    """Return ten o’clock, so many days after today, as JSON has it."""
    return _day(days).isoformat()


def picture(name: str) -> SimpleUploadedFile:
    """Return a file that is a picture."""
    return SimpleUploadedFile(f"{name}.png", PICTURE, content_type="image/png")


def sheet(content: bytes) -> SimpleUploadedFile:
    """Return a file with rows."""
    return SimpleUploadedFile("rows.csv", content, content_type="text/csv")


def person(name: str) -> User:
    """Return somebody of the demo."""
    return User.objects.get(email=f"{name}@demo.example")


def wallet_of(name: str, currency: str = "USD") -> int:
    """Return the wallet of somebody of the demo."""
    return Wallet.objects.get(owner=person(name), currency=currency).pk


def asset(tag: str) -> int:
    """Return the asset of this tag."""
    return Asset.objects.get(tag=tag).pk


def nowhere(body: Any) -> Any:
    """Return the same words about things that are not there."""
    named = {"asset", "assets", "borrower", "category", "ids", "lender", "line", "lines", "owner"}
    named |= {"person", "to", "to_wallet", "wallet", "sold_wallet", "bought_wallet"}

    def gone(name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {inner: gone(inner, one) for inner, one in value.items()}
        if isinstance(value, list):
            return [gone(name, one) for one in value]
        if name == "reason_code":
            return "no-such-code"
        if name == "body" and isinstance(value, str) and value.startswith("{"):
            return json.dumps(gone("", json.loads(value)))
        return 10**9 if name in named and isinstance(value, int) else value

    return gone("", body)


def _day(days: int) -> datetime:
    ten = timezone.localtime().replace(hour=10, minute=0, second=0, microsecond=0)
    return ten + timedelta(days=days)


def _money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


def _form(files: Mapping[str, Any], **body: Any) -> dict[str, Any]:
    return {**files, **({"body": json.dumps(body)} if body else {})}


def _line(asked: Asked, *statuses: str) -> int:
    lines = asked.ticket.lines.order_by("pk")
    if statuses:
        lines = lines.filter(status__in=statuses)
    line = lines.first()
    assert line is not None, (asked, statuses)
    return line.pk


def _handing(asked: Asked, status: str) -> dict[str, Any]:
    known = asked.ticket.lines.filter(status=status)
    lines = [{"line": line.pk, "condition": "good"} for line in known]
    files = {"borrower_signature": _signature("borrower"), "clerk_signature": _signature("clerk")}
    return _form(files, lines=lines)


def _inspection(asked: Asked) -> dict[str, Any]:
    return _form({}, findings=[{"line": line.pk} for line in asked.ticket.lines.all()])


def _signature(name: str) -> SimpleUploadedFile:
    paper = Image.new("RGB", (200, 80), "white")
    ImageDraw.Draw(paper).line(((20, 60), (100, 20), (180, 60)), fill="black", width=3)
    drawn = BytesIO()
    paper.save(drawn, "PNG")
    return SimpleUploadedFile(f"{name}.png", drawn.getvalue(), content_type="image/png")


def _for(asked: Asked, field: str) -> dict[str, int]:
    """Return for whom: themselves when they borrow, else somebody who does."""
    is_borrower = asked.person.groups.filter(name="Borrower").exists()
    return {} if is_borrower else {field: person("boris").pk}


def _ticket(asked: Asked) -> dict[str, Any]:
    return {
        **_for(asked, "borrower"),
        "assets": [asset("TOO-001")],
        "starts_at": day(20),
        "ends_at": day(21),
        "purpose": "Film school",
    }


def _substitute(asked: Asked) -> dict[str, Any]:
    line = asked.ticket.lines.select_related("asset").get(pk=_line(asked, "reserved"))
    spare = Asset.objects.filter(category=line.asset.category, tag__startswith="SPARE-")
    other = spare.earliest("pk")
    return {"line": line.pk, "asset": other.pk, **WHY}


def _capture(asked: Asked) -> dict[str, Any]:
    hold = Hold.objects.get(pk=asked.ids["hold_id"])
    to = Wallet.objects.get(role=Role.ESCROW, currency=hold.wallet.currency)
    amount = {"amount": 1, "currency": hold.wallet.currency}
    return {"amount": amount, "to_wallet": to.pk, **WHY}


def _pending(*_asked: Asked) -> dict[str, Any]:
    ids = ApprovalRequest.objects.filter(status="pending").values_list("pk", flat=True)
    return {"ids": list(ids), "verdict": "reject", **WHY}


def _exchange(_asked: Asked) -> dict[str, Any]:
    return {
        "sold_wallet": wallet_of("boris"),
        "bought_wallet": wallet_of("boris", "EUR"),
        "amount": 1000,
        "rate": "0.9",
    }


def _forward(asked: Asked) -> dict[str, Any]:
    role = ApprovalRequest.objects.get(pk=asked.ids["approval_id"]).role
    colleague = role.user_set.exclude(pk=asked.person.pk).latest("pk")
    return {"to": colleague.pk, **WHY}


def _period(asked: Asked) -> dict[str, Any]:
    return {"starts_at": day(20), "ends_at": day(21)}


BODIES: dict[str, Callable[[Asked], Any]] = {
    "PATCH /adjustments/{adjustment_id}": lambda _: {"note": "The camera was late"},
    "PATCH /tickets/{ticket_id}": lambda _: {"purpose": "Film school, second year"},
    "PATCH /webhooks/{subscription_id}": lambda _: {"description": "Shop"},
    "POST /adjustment-batches": lambda _: _form({"file": sheet(BATCH)}, note="Goodwill"),
    "POST /adjustments": lambda _: {
        "wallet": wallet_of("boris"),
        "direction": "credit",
        "amount": _money(1500),
        "reason_code": "goodwill",
        "note": "The camera was late",
        "submit": True,
    },
    "POST /adjustments/{adjustment_id}/evidence": lambda _: {"file": picture("receipt")},
    "POST /approvals/decisions": _pending,
    "POST /approvals/{approval_id}/forward": _forward,
    "POST /asset-imports": lambda _: _form(
        {"file": sheet(REGISTER)},
        currency="USD",
    ),
    "POST /assets": lambda _: {
        "category": Category.objects.get(name="Cameras").pk,
        "lender": person("lena").pk,
        "name": "Camera",
        "tag": "CAM-7",
        "value": _money(250000),
    },
    "POST /claims/{claim_id}/revise": lambda _: {
        "estimate": _money(3000),
        "description": "Bent guide rail, straightened",
    },
    "POST /exchanges": lambda asked: _exchange(asked) | {"rate_source": "ECB", **WHY},
    "POST /holds": lambda _: {
        "wallet": wallet_of("boris"),
        "amount": _money(100),
        "expires_at": day(20),
        **WHY,
    },
    "POST /holds/{hold_id}/capture": _capture,
    "POST /notices/read": lambda _: {"up_to": Notice.objects.latest("pk").pk},
    "POST /people/{person_id}/suspend": lambda _: {"until": day(20), **WHY},
    "POST /reports/{slug}/runs": lambda _: {"parameters": {"on": day(0)[:10]}, "formats": ["csv"]},
    "POST /tickets": _ticket,
    "POST /tickets/{ticket_id}/cancel": lambda _: WHY,
    "POST /tickets/{ticket_id}/declare-lost": lambda a: {"line": _line(a, "on_loan"), **WHY},
    "POST /tickets/{ticket_id}/extensions": lambda _: {"ends_at": day(4), **WHY},
    "POST /tickets/{ticket_id}/files": lambda _: _form({"files": picture("front")}, body="So"),
    "POST /tickets/{ticket_id}/found-again": lambda a: {"line": _line(a), "condition": "worn"},
    "POST /tickets/{ticket_id}/hand-over": lambda asked: _handing(asked, "reserved"),
    "POST /tickets/{ticket_id}/inspect": _inspection,
    "POST /tickets/{ticket_id}/release": lambda a: {"lines": [_line(a, "reserved")], **WHY},
    "POST /tickets/{ticket_id}/reprice": lambda _: WHY,
    "POST /tickets/{ticket_id}/submit": lambda _: {},
    "POST /tickets/{ticket_id}/substitute": _substitute,
    "POST /tickets/{ticket_id}/take-back": lambda asked: _handing(asked, "on_loan"),
    "POST /waiting-list": lambda asked: {
        **_for(asked, "person"),
        "asset": asset("VEH-001"),
        "minutes": 1440,
        "purpose": "Film school",
    },
    "POST /walk-ins": lambda _: {
        "assets": [asset("TOO-001")],
        "borrower": person("boris").pk,
        "ends_at": day(2),
        "purpose": "Film school",
    },
    "POST /wallets": lambda _: {"currency": "EUR", "owner": person("ben").pk},
    "POST /webhooks": lambda _: {
        "url": "http://127.0.0.1:9/new",
        "events": ["ticket.approved"],
    },
    "POST /webhooks/{subscription_id}/replay": lambda _: {"since": day(-30)},
}
QUERIES: dict[str, Callable[[Asked], dict[str, Any]]] = {
    "GET /approvals/reasons": lambda _: {"verdict": "reject"},
    "GET /assets/{asset_id}/availability": _period,
    "GET /exchange-quote": _exchange,
    "GET /quote": lambda asked: {**_period(asked), "assets": asset("TOO-001")},
}
