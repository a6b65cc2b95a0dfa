"""Looking at what came back: damage is claimed here, and without any the last look settles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.money import LARGEST, format_amount
from apps.tickets.claim_states import ClaimKind
from apps.tickets.errors import DamageInvalid, NothingChosen
from apps.tickets.services.claiming import ask, open_claim
from apps.tickets.services.keeping import chosen, keep, locked
from apps.tickets.services.settling import finish_inspection
from apps.tickets.states import LineAction

if TYPE_CHECKING:
    from django.core.files.base import File

    from apps.accounts.models import User
    from apps.tickets.models import Claim, Ticket, TicketLine


@dataclass(frozen=True)
class Finding:
    """What the inspection of one line found; damage in minor units of the ticket’s currency.

    Damage is an estimate: it opens a claim, with these photos.
    """

    line_id: int
    damage: int = 0
    note: str = ""
    photos: "Sequence[File[bytes]]" = ()


@deed
def inspect(
    ticket_id: int,
    *,
    findings: Sequence[Finding],
    actor: "User",
    seen_version: int | None = None,
) -> "Ticket":
    """Keep what was found, and claim the damage.

    When nothing is left to inspect and no claim waits, the ticket closes and is settled.

    Raises:
        NothingChosen: no line was named.
        LineNotAllowed: it has not come back, or was inspected before.
        DamageInvalid: below zero, or without a note.
        FileRefused: a photo is not what may be kept.
    """
    actor.require("tickets.inspect_ticket")
    ticket = locked(ticket_id, seen_version=seen_version)
    if not findings:
        raise NothingChosen
    found = {finding.line_id: finding for finding in findings}
    now = timezone.now()
    lines = chosen(ticket, found)
    for line in lines:
        line.ticket = ticket
        line.move(LineAction.INSPECT)
        finding = found[line.pk]
        _refuse_unclear(line, finding)
        # What is damaged is said by the claim until that is decided.
        line.damage_note = "" if finding.damage else finding.note.strip()
        line.inspected_at, line.inspected_by = now, actor
        keep(line, "status", "inspected_at", "inspected_by", "damage_note", actor=actor)
    keep(ticket, actor=actor)
    audit.record(
        "tickets.inspected",
        actor=actor,
        target=ticket,
        after={str(line.asset): _described(found[line.pk], ticket.currency) for line in lines},
    )
    # All of them are written before the first is asked, so that the ticket waits for the last.
    ask(_claims(lines, found, actor=actor), actor=actor)
    finish_inspection(ticket, actor=actor)
    return ticket


def _claims(
    lines: "Sequence[TicketLine]", found: Mapping[int, Finding], *, actor: "User"
) -> "list[Claim]":
    """Write down what is claimed for the lines that are damaged."""
    return [
        open_claim(
            line,
            kind=ClaimKind.DAMAGE,
            estimate=finding.damage,
            description=finding.note,
            photos=finding.photos,
            actor=actor,
        )
        for line in lines
        if (finding := found[line.pk]).damage
    ]


def _refuse_unclear(line: "TicketLine", finding: Finding) -> None:
    if not 0 <= finding.damage <= LARGEST:
        why = _("the damage must be between zero and the largest amount; correct it.")
        raise DamageInvalid(asset=line.asset, why=why)
    if finding.damage and not finding.note.strip():
        why = _("say what is damaged; the borrower will want to know.")
        raise DamageInvalid(asset=line.asset, why=why)


def _described(finding: Finding, currency: str) -> str:
    note = finding.note.strip()
    if not finding.damage:
        return note or _("no damage")
    return f"{format_amount(finding.damage, currency)}: {note}"
