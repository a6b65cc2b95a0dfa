"""What a process of `bench lending` does in the scratch database: seed, move tickets, import."""

import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone

from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.approvals.states import Verdict
from apps.assets.importing import services as importing
from apps.assets.importing.rows import Defaults
from apps.assets.models import Asset, Category, Tariff
from apps.assets.states import Condition
from apps.tickets import services as tickets
from apps.tickets.models import Ticket
from apps.wallets import services as wallets
from apps.wallets.states import Role, TransactionKind
from project import reference

DEEDS = ("submit", "approve", "hand over", "return")
IMPORTED = 10_000
_PER_PROCESS = 50
_PROCESSES = 4
_MONEY = 100_000_000


def seed() -> None:
    """Let two hundred borrowers in, with money, and as many assets; nobody waits for another."""
    reference.load()
    clerk, approver = _person("clerk", "Lending clerk"), _person("approver", "Lending approver")
    lender = _person("lender", "Lender")
    assert clerk.pk < approver.pk < lender.pk
    tariff = Tariff.objects.create(
        name="A day", currency="USD", day_price=1000, grace=timedelta(0), commission_share=2000
    )
    category = Category.objects.create(name="Cameras", tariff=tariff, turnaround=timedelta(0))
    opening = wallets.system_wallet(Role.OPENING, "USD")
    for number in range(_PER_PROCESS * _PROCESSES):
        borrower = _person(f"borrower-{number}", "Borrower")
        wallet = wallets.wallet_for(borrower, "USD", actor=clerk)
        entries = [wallets.Entry(opening.pk, -_MONEY), wallets.Entry(wallet.pk, _MONEY)]
        wallets.post(TransactionKind.OPENING, entries, actor=clerk, key=f"bench:{number}")
        Asset.objects.create(
            tag=f"B-{number}",
            name=f"Camera {number}",
            category=category,
            lender=lender,
            value=100_000,
            currency="USD",
        )


def _person(name: str, role: str) -> User:
    person = User.objects.create_user(f"{name}@bench.invalid", display_name=name)
    person.groups.add(Group.objects.get(name=role))
    return person


def move(place: int, seconds: float) -> None:
    """Take tickets through their life, and print how often a second each deed was done.

    `place` is the number of the process: each has borrowers and assets of its own.
    """
    clerk, approver = (
        User.objects.get(email=f"{name}@bench.invalid") for name in ("clerk", "approver")
    )
    first = place * _PER_PROCESS
    pairs = [
        (
            User.objects.get(email=f"borrower-{number}@bench.invalid"),
            Asset.objects.get(tag=f"B-{number}").pk,
        )
        for number in range(first, first + _PER_PROCESS)
    ]
    spent = dict.fromkeys(DEEDS, 0.0)
    count = 0
    _life(pairs[0], clerk, approver, dict.fromkeys(DEEDS, 0.0))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        _life(pairs[count % _PER_PROCESS], clerk, approver, spent)
        count += 1
    sys.stdout.write(json.dumps({deed: count / total for deed, total in spent.items()}))


def _life(pair: tuple[User, int], clerk: User, approver: User, spent: dict[str, float]) -> None:
    borrower, asset_id = pair
    now = timezone.now()
    ticket = tickets.draft(
        borrower=borrower,
        starts_at=now,
        ends_at=now + timedelta(days=1),
        purpose="A film",
        asset_ids=[asset_id],
        actor=clerk,
    )
    _timed(spent, "submit", lambda: tickets.submit(ticket.pk, actor=clerk))
    asked = approval_questions.open_request_of(ticket)
    assert asked, "somebody decides"
    _timed(
        spent,
        "approve",
        lambda: approvals.decide(asked.pk, verdict=Verdict.APPROVE, actor=approver),
    )
    line_id = ticket.lines.get().pk
    outs = [tickets.LineOut(line_id, Condition.GOOD)]
    _timed(spent, "hand over", lambda: tickets.hand_over(ticket.pk, lines=outs, actor=clerk))
    ins = [tickets.LineIn(line_id, Condition.GOOD)]
    _timed(spent, "return", lambda: tickets.take_back(ticket.pk, lines=ins, actor=clerk))
    closed = tickets.inspect(ticket.pk, findings=[tickets.Finding(line_id)], actor=clerk)
    assert closed.status == "closed", Ticket.objects.get(pk=ticket.pk).status


def _timed(spent: dict[str, float], deed: str, do: Callable[[], Any]) -> None:
    start = time.perf_counter()
    do()
    spent[deed] += time.perf_counter() - start


def import_register(number: int) -> None:
    """Preview and import a register of ten thousand assets; print the rows per second of both."""
    clerk = User.objects.get(email="clerk@bench.invalid")
    lender = User.objects.get(email="lender@bench.invalid")
    header = "tag,name,serial,value,currency,location,notes\n"
    content = header + "".join(
        f"R-{number}-{row},Camera {row},SN{row},{row}.50,USD,Shelf {row % 50},note {row}\n"
        for row in range(IMPORTED)
    )
    defaults = Defaults(lender=lender, currency="USD", category=Category.objects.get())
    start = time.perf_counter()
    file, _result = importing.preview(
        content=content.encode(),
        file_name="register.csv",
        source="assets",
        defaults=defaults,
        actor=clerk,
    )
    file, _result = importing.carry_out(file.key, actor=clerk)
    elapsed = time.perf_counter() - start
    assert file.imported_at, "it is imported"
    sys.stdout.write(str(IMPORTED / elapsed))
