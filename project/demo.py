"""The demo company of `fixtures/demo`: people, assets and money, brought in through the services.

Everything here happens as it would in the office, so that the books, the audit log and the history
of the demo are real. Loaded on the first start of `manage.py up` only.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.utils import timezone

from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.approvals.states import Verdict
from apps.assets import services as assets
from apps.assets.models import Asset, Category, OpeningHours, SpecialDays, Tariff
from apps.common.money import parse_amount
from apps.tickets import selectors as ticket_questions
from apps.tickets import services as tickets
from apps.tickets.models import Ticket
from apps.tickets.states import Visibility
from apps.wallets import services as wallets
from apps.wallets.models import ReasonCode
from apps.wallets.states import Direction, Role, TransactionKind

COMPANY: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[1] / "fixtures" / "demo" / "company.json").read_text("utf-8")
)
PASSWORD: str = COMPANY["password"]


class SignIn(NamedTuple):
    """Whom a visitor of the demo may be."""

    role: str
    email: str
    password: str


SIGN_INS = [
    SignIn(person["roles"][0], person["email"], PASSWORD)
    for person in COMPANY["people"]
    if person["roles"][0] not in {"Borrower", "Lender"}
]

_PRICES = ("hour_price", "day_price", "week_price", "month_price", "late_fee_cap")
_AMOUNTS = ("minimum_fee", "deposit_amount", "late_fee")
_AS_THEY_ARE = (
    "name",
    "currency",
    "deposit_kind",
    "deposit_share",
    "late_fee_unit",
    "commission_share",
)


def load(now: datetime | None = None) -> None:
    """Bring in the company, its money, a few months and days of its life up to `now`."""
    now = now or timezone.now()
    with _clock(now - timedelta(days=70)):
        _people()
        _register()
        _money()
    _past_months(now)
    _past_days(now)
    _today(now)
    _hours(now)


@contextmanager
def _clock(moment: datetime) -> Iterator[None]:
    """Let the services believe that it is `moment`, so that the demo has a past."""
    with mock.patch("django.utils.timezone.now", return_value=moment):
        yield


def _person(email: str) -> User:
    return User.objects.get(email=email)


def _people() -> None:
    for row in COMPANY["people"]:
        user = User.objects.create_user(
            row["email"],
            PASSWORD,
            display_name=row["display_name"],
            is_staff=row["roles"][0] not in {"Borrower", "Lender"},
        )
        user.groups.set(Group.objects.filter(name__in=row["roles"]))


def _register() -> None:
    clerk = _person("clerk@demo.example")
    for row in COMPANY["tariffs"]:
        amounts = {
            name: parse_amount(row[name], row["currency"])
            for name in _PRICES + _AMOUNTS
            if name in row
        }
        plain = {name: row[name] for name in _AS_THEY_ARE if name in row}
        Tariff.objects.create(grace=timedelta(minutes=row["grace_minutes"]), **(plain | amounts))
    for row in COMPANY["categories"]:
        category = Category.objects.create(
            name=row["name"],
            tariff=Tariff.objects.get(name=row["tariff"]),
            turnaround=timedelta(minutes=row["turnaround_minutes"]),
            terms=row.get("terms", ""),
        )
        for position, text in enumerate(row.get("checklist", ()), start=1):
            category.checklist.create(position=position, text=text, is_required=False)
    for row in COMPANY["assets"]:
        facts = row | {
            "category": Category.objects.get(name=row["category"]),
            "lender": _person(row["lender"]),
            "value": parse_amount(row["value"], "USD"),
            "currency": "USD",
        }
        assets.register(actor=clerk, **facts)


def _money() -> None:
    system = User.objects.system()
    for row in COMPANY["wallets"]:
        owner, currency = _person(row["owner"]), row["currency"]
        wallet = wallets.wallet_for(owner, currency, actor=system)
        if balance := parse_amount(row["balance"], currency):
            wallets.post(
                TransactionKind.OPENING,
                [
                    wallets.Entry(wallets.system_wallet(Role.CASH, currency).pk, -balance),
                    wallets.Entry(wallet.pk, balance),
                ],
                actor=system,
                key=f"demo:opening:{wallet.number}",
                description=f"Opening balance of {owner}",
            )


def _past_months(now: datetime) -> None:
    """Bring in a loan of each of two months, so that the charts of finance have a past."""
    day = timedelta(days=1)
    for days_ago, tag, purpose in (
        (60, "CAM-001", "Fashion week"),
        (30, "VEH-001", "Festival transport"),
    ):
        out_at = now - days_ago * day
        lent = _lend("boris", [tag], purpose, out_at, out_at + 2 * day)
        _take_back(lent, out_at + 2 * day, "As it went out")
        with _clock(out_at + 3 * day):
            _inspect(lent)


def _past_days(now: datetime) -> None:
    """Bring in a loan that is over, one overdue, one still out, one that waits for inspection."""
    day, hour = timedelta(days=1), timedelta(hours=1)
    closed = _lend("bella", ["TOO-001"], "Kitchen renovation", now - 5 * day, now - 4 * day)
    _take_back(closed, now - 4 * day + 3 * hour, "Came back with the bit still warm")
    with _clock(now - 4 * day + 4 * hour):
        _inspect(closed)
    _lend("boris", ["CAM-003"], "Music video", now - 4 * day, now - day)
    # Promised in good faith, before that loan was late.
    ten = timezone.localtime(now).replace(hour=10, minute=0)
    with _clock(now - 3 * day):
        _approve(_ask("bella", ["CAM-003"], "Wedding film", ten + 2 * day, ten + 3 * day))
    _lend("bella", ["VEH-001"], "Moving the studio", now - day, now + 2 * day)
    back = _lend("bella", ["CAM-002"], "Interview series", now - 3 * day, now + 6 * hour)
    _take_back(back, now - 2 * hour, "Scratch on the handle")
    _claim_damage(now)


def _claim_damage(now: datetime) -> None:
    """Bring in a loan whose damage is claimed, disputed, and not decided."""
    day, hour = timedelta(days=1), timedelta(hours=1)
    damaged = _lend("bella", ["TOO-002"], "Bookcase", now - 4 * day, now - 2 * day)
    _take_back(damaged, now - 2 * day, "Guide rail does not lie flat")
    with _clock(now - 2 * day + hour):
        found = [
            tickets.Finding(line.pk, parse_amount("120.00", "USD"), "The guide rail is bent")
            for line in damaged.lines.all()
        ]
        tickets.inspect(damaged.pk, findings=found, actor=_person("clerk@demo.example"))
    with _clock(now - day):
        (claim,) = ticket_questions.claims_of(damaged)
        tickets.dispute(
            claim.pk,
            reason="It was bent when I collected it.",
            actor=_person("bella@demo.example"),
        )


def _today(now: datetime) -> None:
    """Bring in what the office finds in the morning: to hand over, to decide on, to finish."""
    day = timedelta(days=1)
    _approve(_ask("boris", ["LEN-002"], "Product photos", now, now + 2 * day))
    # What is decided on later lies within the hours of the office, whenever the demo was started.
    ten = timezone.localtime(now).replace(hour=10, minute=0)
    _ask("boris", ["CAM-001", "LEN-001"], "Documentary, first block", ten + day, ten + 4 * day)
    _ask("bella", ["TOO-002"], "Shelves for the shop", ten + day, ten + 3 * day)
    _ask("ben", ["TOO-003"], "Street market", ten + 2 * day, ten + 3 * day)
    _draft("boris", ["VEH-002"], "Set transport", ten + 5 * day, ten + 6 * day)
    _request_adjustment(
        "bella", "150.00", "bank-transfer-in", "Transfer of 19 November", b"Statement line 4711\n"
    )
    _request_adjustment("boris", "25.00", "goodwill", "Camera was not charged at hand-over")
    _request_batch(["boris", "bella", "ben"], "10.00", "Office closed on 3 March without notice")


def _hours(now: datetime) -> None:
    """Open the office every day, with one day ahead on which it is closed."""
    for row in COMPANY["opening_hours"]:
        OpeningHours.objects.create(**row)
    for row in COMPANY["special_days"]:
        on = timezone.localdate(now) + timedelta(days=row["in_days"])
        SpecialDays.objects.create(first_on=on, last_on=on, reason=row["reason"])


def _draft(
    name: str, tags: list[str], purpose: str, starts_at: datetime, ends_at: datetime
) -> Ticket:
    return tickets.draft(
        borrower=_person(f"{name}@demo.example"),
        starts_at=starts_at.replace(second=0, microsecond=0),
        ends_at=ends_at.replace(second=0, microsecond=0),
        purpose=purpose,
        asset_ids=list(Asset.objects.filter(tag__in=tags).values_list("pk", flat=True)),
        actor=_person("clerk@demo.example"),
    )


def _ask(
    name: str, tags: list[str], purpose: str, starts_at: datetime, ends_at: datetime
) -> Ticket:
    ticket = _draft(name, tags, purpose, starts_at, ends_at)
    return tickets.submit(ticket.pk, actor=_person("clerk@demo.example"))


def _approve(ticket: Ticket) -> None:
    """Let everybody agree whom the policy asks."""
    deciders = iter(
        _person(email) for email in ("approver@demo.example", "controller@demo.example")
    )
    while request := approval_questions.open_request_of(ticket):
        approvals.decide(request.pk, verdict=Verdict.APPROVE, actor=next(deciders))


def _lend(
    name: str, tags: list[str], purpose: str, starts_at: datetime, ends_at: datetime
) -> Ticket:
    """Ask, approve and hand over, all at `starts_at`."""
    clerk = _person("clerk@demo.example")
    with _clock(starts_at):
        ticket = _ask(name, tags, purpose, starts_at, ends_at)
        _approve(ticket)
        out = [tickets.LineOut(line.pk, "good") for line in ticket.lines.all()]
        tickets.hand_over(ticket.pk, lines=out, actor=clerk)
        tickets.comment(
            ticket.pk, body="Collected in person.", visibility=Visibility.EVERYBODY, actor=clerk
        )
    return ticket


def _take_back(ticket: Ticket, at: datetime, note: str) -> None:
    back = [tickets.LineIn(line.pk, "worn", note) for line in ticket.lines.all()]
    with _clock(at):
        tickets.take_back(ticket.pk, lines=back, actor=_person("clerk@demo.example"))


def _inspect(ticket: Ticket) -> None:
    findings = [tickets.Finding(line.pk) for line in ticket.lines.all()]
    tickets.inspect(ticket.pk, findings=findings, actor=_person("clerk@demo.example"))


def _request_adjustment(
    name: str, amount: str, code: str, note: str, evidence: bytes = b""
) -> None:
    clerk = _person("wallets@demo.example")
    files = [ContentFile(evidence, name="bank-statement.txt")] if evidence else []
    adjustment = wallets.request_adjustment(
        wallet_id=_person(f"{name}@demo.example").wallets.get(currency="USD").pk,
        direction=Direction.CREDIT,
        amount=parse_amount(amount, "USD"),
        reason_code=ReasonCode.objects.get(code=code),
        note=note,
        actor=clerk,
        files=files,
    )
    wallets.submit_adjustment(adjustment.pk, actor=clerk)


def _request_batch(names: list[str], amount: str, note: str) -> None:
    """Ask for the same goodwill for several people, in one file."""
    clerk = _person("wallets@demo.example")
    lines = [f"{name}@demo.example,USD,credit,{amount},goodwill,{note}" for name in names]
    content = "\n".join(["wallet,currency,direction,amount,reason_code,note", *lines])
    batch = wallets.request_batch(
        content=content.encode(), file_name="goodwill.csv", note=note, actor=clerk
    )
    wallets.submit_batch(batch.pk, actor=clerk)
