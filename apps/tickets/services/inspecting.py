"""Looking at what came back: damage is claimed here, and the last look closes the ticket."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.money import LARGEST, format_amount
from apps.tickets.errors import DamageInvalid, NothingChosen
from apps.tickets.services.keeping import chosen, keep, locked
from apps.tickets.services.settling import finish_inspection
from apps.tickets.states import LineAction

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.tickets.models import Ticket, TicketLine


@dataclass(frozen=True)
class Finding:
    """What the inspection of one line found; damage in minor units of the ticket’s currency."""

    line_id: int
    damage: int = 0
    note: str = ""


@deed
def inspect(
    ticket_id: int,
    *,
    findings: Sequence[Finding],
    actor: "User",
    seen_version: int | None = None,
) -> "Ticket":
    """Keep what was found; when nothing is left to inspect, the ticket closes and is settled.

    Raises:
        NothingChosen: no line was named.
        LineNotAllowed: it has not come back, or was inspected before.
        DamageInvalid: below zero, or without a note.
    """
    actor.require("tickets.inspect_ticket")
    ticket = locked(ticket_id, seen_version=seen_version)
    if not findings:
        raise NothingChosen
    found = {finding.line_id: finding for finding in findings}
    now = timezone.now()
    lines = chosen(ticket, found)
    for line in lines:
        line.move(LineAction.INSPECT)
        _claim(line, found[line.pk])
        line.inspected_at, line.inspected_by = now, actor
        keep(line, "status", "inspected_at", "inspected_by", "damage", "damage_note", actor=actor)
    keep(ticket, actor=actor)
    audit.record(
        "tickets.inspected",
        actor=actor,
        target=ticket,
        after={str(line.asset): _described(line, ticket.currency) for line in lines},
    )
    finish_inspection(ticket, actor=actor)
    return ticket


def _claim(line: "TicketLine", finding: Finding) -> None:
    line.damage, line.damage_note = finding.damage, finding.note.strip()
    if not 0 <= line.damage <= LARGEST:
        why = _("the damage must be between zero and the largest amount; correct it.")
        raise DamageInvalid(asset=line.asset, why=why)
    if line.damage and not line.damage_note:
        why = _("say what is damaged; the borrower will want to know.")
        raise DamageInvalid(asset=line.asset, why=why)


def _described(line: "TicketLine", currency: str) -> str:
    if not line.damage:
        return line.damage_note or _("no damage")
    return f"{format_amount(line.damage, currency)}: {line.damage_note}"
