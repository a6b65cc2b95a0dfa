"""Tickets and their lines, as far as each person sees them."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ConfigDict, Field

from apps.api.schemas import In, Out, Person, Reference, example
from apps.api.shapes import choices
from apps.api.shapes.assets import Named
from apps.assets.states import Condition
from apps.tickets.models import Ticket
from apps.tickets.selectors.sight import Sight, sight_of
from apps.tickets.states import LineStatus, Status, Way

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.tickets.models import TicketLine
    from apps.tickets.models.ticket import TicketQuerySet

_LINE = {
    "id": 31,
    "asset": {"id": 12, "name": "CAM-7 Camera"},
    "tag": "CAM-7",
    "lender": {"id": 9, "name": "Lena"},
    "part_of": None,
    "status": "requested",
    "due_at": "2026-11-27T09:00:00Z",
    "fee": 1000,
    "deposit": 5000,
    "commission": None,
    "late_fee": 0,
    "damage": 0,
    "damage_note": "",
    "handed_over_at": None,
    "condition_out": None,
    "note_out": "",
    "returned_at": None,
    "condition_in": None,
    "note_in": "",
    "inspected_at": None,
}
TICKET = {
    "id": 7,
    "number": "TK-7",
    "version": 1,
    "status": "draft",
    "is_overdue": False,
    "borrower": {"id": 4, "name": "Boris"},
    "entered_by": {"id": 4, "name": "Boris"},
    "came_by": None,
    "asked_by": "",
    "starts_at": "2026-11-26T09:00:00Z",
    "ends_at": "2026-11-27T09:00:00Z",
    "purpose": "Film school",
    "currency": "EUR",
    "fee": 1000,
    "deposit": 5000,
    "ending_reason": "",
    "created_at": "2026-11-25T09:00:00Z",
    "submitted_at": None,
    "closed_at": None,
    "lines": None,
}


class SeenVersion(In):
    """The `version` of the ticket on which this was decided; another one by now is refused."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=example(seen_version=3))

    seen_version: int | None = Field(default=None, strict=True, ge=1, le=2**31 - 1)


class Nothing(In):
    """No field: the address says it all."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=example())


class Reasoned(In):
    """Why."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=example(reason="Not needed any more")
    )

    reason: str = Field(min_length=1, max_length=1000)


class WithReason(SeenVersion):
    """A move that says why."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=example(seen_version=3, reason="Not needed any more")
    )

    reason: str = Field(min_length=1, max_length=1000)


class LinesWithReason(WithReason):
    """Some lines of a ticket, and why."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=example(lines=[31], reason="Nobody collects it")
    )

    lines: list[Reference] = Field(min_length=1, max_length=200)


class LineOut(Out):
    """One asset on a ticket; amounts in minor units of its currency, null when not yours to know.

    Borrowers see what they pay, lenders what theirs earns: fee and commission.
    """

    model_config = ConfigDict(json_schema_extra=example(**_LINE))

    id: int
    asset: Named = Field(description="`name` is its tag and name")
    tag: str = Field(description="of the asset, as its label says")
    lender: Person
    part_of: int | None = Field(description="the line of the kit with which it goes")
    status: choices.LineStatus
    due_at: datetime
    fee: int
    deposit: int | None
    commission: int | None
    late_fee: int
    damage: int
    damage_note: str
    handed_over_at: datetime | None
    condition_out: choices.Condition | None
    note_out: str
    returned_at: datetime | None
    condition_in: choices.Condition | None
    note_in: str
    inspected_at: datetime | None

    @classmethod
    def of(cls, line: "TicketLine", sight: Sight) -> "LineOut":
        """Return what is theirs to know of it."""
        return cls(
            id=line.pk,
            asset=Named(id=line.asset_id, name=str(line.asset)),
            tag=line.asset.tag,
            lender=Person.of(line.lender),
            part_of=line.kit_line_id,
            status=LineStatus(line.status),
            due_at=line.due_at,
            fee=line.fee,
            deposit=line.deposit if sight.is_whole else None,
            commission=line.commission if sight.lends(line) else None,
            late_fee=line.late_fee,
            damage=line.damage,
            damage_note=line.damage_note,
            handed_over_at=line.handed_over_at,
            condition_out=Condition(line.condition_out) if line.condition_out else None,
            note_out=line.note_out,
            returned_at=line.returned_at,
            condition_in=Condition(line.condition_in) if line.condition_in else None,
            note_in=line.note_in,
            inspected_at=line.inspected_at,
        )


class TicketOut(Out):
    """A request to borrow, from the first draft to the settlement; amounts in minor units."""

    model_config = ConfigDict(json_schema_extra=example(**TICKET))

    id: int
    number: str
    version: int = Field(description="goes up with every deed")
    status: choices.TicketStatus
    is_overdue: bool = Field(description="something is out past its end and grace")
    borrower: Person
    entered_by: Person
    came_by: choices.Way | None = Field(description="how it came, when another wrote it down")
    asked_by: str
    starts_at: datetime
    ends_at: datetime
    purpose: str
    currency: str
    fee: int | None = Field(description="of all lines; null to those who only lend")
    deposit: int | None = Field(description="of all lines; null to those who only lend")
    ending_reason: str
    created_at: datetime
    submitted_at: datetime | None
    closed_at: datetime | None
    lines: list[LineOut] | None = Field(description="with `expand=lines`, else null")

    @classmethod
    def of(cls, ticket: Ticket, person: "User", *, has_lines: bool = False) -> "TicketOut":
        """Return what the person may know of it."""
        return cls(**facts_of(ticket, sight_of(ticket, person), has_lines=has_lines))


def facts_of(ticket: Ticket, sight: Sight, *, has_lines: bool) -> dict[str, Any]:
    """Return the fields of a ticket that are theirs to know; it is marked as overdue or not."""
    lines = sight.lines(ticket.lines.all()) if has_lines else []
    return {
        "id": ticket.pk,
        "number": str(ticket),
        "version": ticket.version,
        "status": Status(ticket.status),
        "is_overdue": ticket.is_overdue,  # type: ignore[attr-defined]  # annotated by `marked`
        "borrower": Person.of(ticket.borrower),
        "entered_by": Person.of(ticket.entered_by),
        "came_by": Way(ticket.came_by) if ticket.came_by else None,
        "asked_by": ticket.asked_by,
        "starts_at": ticket.starts_at,
        "ends_at": ticket.ends_at,
        "purpose": ticket.purpose,
        "currency": ticket.currency,
        "fee": ticket.quote.get("fee", 0) if sight.is_whole else None,
        "deposit": ticket.quote.get("deposit", 0) if sight.is_whole else None,
        "ending_reason": ticket.ending_reason,
        "created_at": ticket.created_at,
        "submitted_at": ticket.submitted_at,
        "closed_at": ticket.closed_at,
        "lines": [LineOut.of(line, sight) for line in lines] if has_lines else None,
    }


def with_people(tickets: "TicketQuerySet", *, has_lines: bool) -> "TicketQuerySet":
    """Read along what these shapes speak of."""
    tickets = tickets.select_related("borrower", "entered_by")
    return tickets.prefetch_related("lines__asset", "lines__lender") if has_lines else tickets


Expansion = Literal["lines", "comments", "files", "approvals", "money", "timeline"]
