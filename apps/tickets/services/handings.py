"""Keeping what both parties stood by: files, lines, the statement and its digest."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction

from apps.common.doorbell import ring
from apps.tickets.models import Handing, HandingLine, TicketFile
from apps.tickets.models.handing import digest_of
from apps.tickets.receipts import tasks
from apps.tickets.services.evidence import Evidence
from apps.tickets.services.filing import attach
from apps.tickets.states import Direction, FilePurpose, Signing

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.tickets.models import Ticket, TicketLine

_PHOTOS = {Direction.OUT: FilePurpose.PHOTO_OUT, Direction.IN: FilePurpose.PHOTO_IN}
_SIGNATURES = {Direction.OUT: FilePurpose.SIGNATURE_OUT, Direction.IN: FilePurpose.SIGNATURE_IN}


@dataclass(frozen=True)
class Handed:
    """A line as it went out or came back, with its answers."""

    line: "TicketLine"
    condition: str
    note: str
    answers: Sequence[Mapping[str, Any]]


def keep_handing(
    ticket: "Ticket",
    handed: Sequence[Handed],
    evidence: Evidence,
    *,
    direction: Direction,
    at: datetime,
    actor: "User",
) -> Handing:
    """Keep the evidence and the statement; a worker makes the receipt after the commit.

    Called last in its deed: what is refused leaves no file behind.
    """
    photos = {
        one.line.pk: attach(
            ticket,
            evidence.photos.get(one.line.pk, ()),
            purpose=_PHOTOS[direction],
            actor=actor,
            line=one.line,
        )
        for one in handed
    }
    signed = {
        party: attach(ticket, [file], purpose=_SIGNATURES[direction], actor=actor)[0]
        for party, file in evidence.signed.items()
    }
    representative = evidence.representative or str(ticket.borrower)
    statement = _statement(
        ticket,
        what=direction.value,
        at=_utc(at),
        representative=representative,
        clerk=str(actor),
        lines=[_stated(one, photos[one.line.pk], direction) for one in handed],
        terms=_terms_of(handed),
        signing=evidence.signing.value,
        signatures={party: file.sha256 for party, file in signed.items()},
    )
    handing = Handing.objects.create(
        ticket=ticket,
        direction=direction,
        at=at,
        clerk=actor,
        representative=representative,
        signing=evidence.signing,
        borrower_signature=signed.get("borrower"),
        clerk_signature=signed.get("clerk"),
        paper=signed.get("paper"),
        statement=statement,
        sha256=digest_of(statement),
    )
    _keep_lines(handing, handed)
    transaction.on_commit(partial(ring, tasks.make_receipt, [handing.pk]))
    return handing


def _statement(ticket: "Ticket", **facts: object) -> str:
    """Return what was handed over or taken back as one JSON text, the same for the same facts."""
    of_ticket = {
        "ticket": str(ticket),
        "purpose": ticket.purpose,
        "currency": ticket.currency,
        "borrower": str(ticket.borrower),
    }
    return json.dumps(of_ticket | facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _keep_lines(handing: Handing, handed: Sequence[Handed]) -> None:
    HandingLine.objects.bulk_create(
        HandingLine(
            handing=handing,
            direction=handing.direction,
            line=one.line,
            condition=one.condition,
            note=one.note,
            answers=list(one.answers),
        )
        for one in handed
    )


def words_of(handing: Handing) -> dict[str, str]:
    """Return what the audit log says of it."""
    signed = {"signed": handing.get_signing_display()} if handing.signing != Signing.NONE else {}
    return {**signed, "statement": handing.sha256}


def _stated(one: Handed, photos: Sequence[TicketFile], direction: Direction) -> dict[str, Any]:
    line, asset = one.line, one.line.asset
    late = {"late_fee": line.late_fee} if direction == Direction.IN else {}
    return {
        "tag": asset.tag,
        "name": asset.name,
        "serial": asset.serial,
        "due_at": _utc(line.due_at),
        "fee": line.fee,
        "deposit": line.deposit,
        **late,
        "condition": one.condition,
        "note": one.note,
        "checklist": list(one.answers),
        "photos": [photo.sha256 for photo in photos],
    }


def _terms_of(handed: Sequence[Handed]) -> dict[str, str]:
    categories = {one.line.asset.category for one in handed}
    return {category.name: category.terms for category in categories if category.terms}


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
