"""Previewing a file of open loans and importing it: whole or not at all, as previewed, once."""

import hashlib
import json
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from apps.assets.wording import moment
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.errors import DomainError
from apps.common.money import plain_amount
from apps.common.uploads import safe_name
from apps.tickets.errors.importing import LoansImportedAlready
from apps.tickets.importing.rows import Choices, Read, Reader
from apps.tickets.importing.sources import read
from apps.tickets.models import LoanImport
from apps.tickets.services import take_over

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.tickets.models import Ticket

_KEPT = timedelta(days=1)
NEW, LEFT_OUT, WRONG = "new", "left out", "wrong"


@deed
def preview(*, content: bytes, file_name: str, choices: Choices, actor: "User") -> LoanImport:
    """Keep the file for a day, with a report of what importing it would do to each row.

    Raises:
        FileUnreadable: it is no such file.
        LoansImportedAlready: the same file went in before.
    """
    actor.require("tickets.import_loan")
    now = timezone.now()
    LoanImport.objects.filter(imported_at=None, uploaded_at__lt=now - _KEPT).delete()
    file = LoanImport(
        file_name=safe_name(file_name),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        choices=choices.stored(),
        uploaded_by=actor,
    )
    _refuse_second(file)
    with transaction.atomic():
        file.report = _run(file, actor=actor)
        transaction.set_rollback(True)
    file.digest = _digest(file.report)
    file.save()
    return file


@deed
def carry_out(import_id: int, *, actor: "User") -> LoanImport:
    """Import the file, if it still does what its preview shows; else keep the new report.

    `imported_at` tells which it was.

    Raises:
        LoansImportedAlready: it went in before, such as by the first of two clicks.
    """
    actor.require("tickets.import_loan")
    file = LoanImport.objects.locked().get(pk=import_id)
    _refuse_second(file)
    with transaction.atomic():
        report = _run(file, actor=actor)
        is_as_seen = not wrong_in(report) and _digest(report) == file.digest
        transaction.set_rollback(not is_as_seen)
    file.report, file.digest = report, _digest(report)
    if is_as_seen:
        file.imported_at = timezone.now()
        audit.record(
            "tickets.loans_imported",
            actor=actor,
            target=file,
            after={
                "file": file.file_name,
                "sha256": file.sha256,
                "loans": sum(row["result"] == NEW for row in report),
                "left out": sum(row["result"] == LEFT_OUT for row in report),
            },
        )
    else:
        for row in report:
            row["ticket"] = None
    file.save()
    return file


def wrong_in(report: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows that keep the file out."""
    return [row for row in report if row["result"] == WRONG]


def _refuse_second(file: LoanImport) -> None:
    done = LoanImport.objects.filter(sha256=file.sha256, imported_at__isnull=False).first()
    if done and done.imported_at:
        raise LoansImportedAlready(file=done, at=moment(done.imported_at))


def _run(file: LoanImport, *, actor: "User") -> list[dict[str, Any]]:
    """Take every loan over, and return what became of each row, in the order of the file."""
    rows = read(bytes(file.content))
    reader = Reader(rows, Choices.restored(file.choices))
    reads = [reader.read(row) for row in rows]
    tickets: dict[int, Ticket] = {}
    good = [one for one in reads if not one.faults and not one.left_out]
    for _key, group in groupby(sorted(good, key=_sorted_by), key=lambda one: one.group):
        loan = list(group)
        try:
            with transaction.atomic():
                ticket = _take_over(loan, actor=actor)
        except DomainError as refusal:
            for one in loan:
                one.faults.append(refusal.message)
        else:
            tickets |= {one.row.line: ticket for one in loan}
    return [_reported(one, tickets.get(one.row.line)) for one in reads]


def _sorted_by(one: Read) -> tuple[str, ...]:
    return tuple(str(part) for part in one.group)


def _take_over(loan: list[Read], *, actor: "User") -> "Ticket":
    first = loan[0]
    assert first.borrower, "a row without faults has its borrower"
    assert first.handed_over_at, "and its days"
    assert first.due_at, "both of them"
    return take_over(
        [one.taken for one in loan],
        borrower=first.borrower,
        handed_over_at=first.handed_over_at,
        due_at=first.due_at,
        purpose=first.row.cells.get("purpose", "")[:254],
        actor=actor,
    )


def _reported(one: Read, ticket: "Ticket | None") -> dict[str, Any]:
    currency = one.asset.currency if one.asset else ""
    amounts = {"fee": one.fee, "deposit": one.deposit}
    return {
        "line": one.row.line,
        "tag": one.row.cells["tag"],
        "asset": str(one.asset) if one.asset else "",
        "borrower": str(one.borrower) if one.borrower else one.row.cells["borrower"],
        "handed_over": moment(one.handed_over_at) if one.handed_over_at else "",
        "due": moment(one.due_at) if one.due_at else "",
        **{
            name: f"{plain_amount(amount, currency)} {currency}" if amount else ""
            for name, amount in amounts.items()
        },
        "result": WRONG if one.faults else LEFT_OUT if one.left_out else NEW,
        "why": one.faults or [one.left_out],
        "ticket": ticket.pk if ticket else None,
    }


def _digest(report: list[dict[str, Any]]) -> str:
    """Return a digest of what every row does; the numbers that tickets get do not count."""
    facts = [{**row, "ticket": None} for row in report]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()
