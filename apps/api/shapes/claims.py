"""Claims, receivables, strikes and extensions, as programs see them."""

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import ConfigDict, Field

from apps.api.schemas import Money, Out, Person, example
from apps.api.shapes import choices
from apps.api.shapes.assets import Named
from apps.tickets.claim_states import ClaimKind, ClaimStatus, ReceivableStatus, StrikeKind
from apps.tickets.states import ExtensionStatus

if TYPE_CHECKING:
    from apps.tickets.models import Claim, Extension, Receivable, Strike

_MONEY = {"amount": 4000, "currency": "EUR"}


class ClaimOut(Out):
    """What is claimed for one line, or goes back after a find."""

    model_config = ConfigDict(
        json_schema_extra=example(
            id=2,
            number="C-2",
            ticket=7,
            line=31,
            asset={"id": 12, "name": "CAM-7 Camera"},
            kind="damage",
            status="open",
            estimate=_MONEY,
            amount=_MONEY,
            description="Scratched lens",
            amount_reason="",
            opened_at="2026-11-27T09:30:00Z",
            disputed_at=None,
            decided_at=None,
            decision_reason="",
            opened_by={"id": 2, "name": "Clara"},
        )
    )

    id: int
    number: str
    ticket: int
    line: int
    asset: Named
    kind: choices.ClaimKind
    status: choices.ClaimStatus
    estimate: Money
    amount: Money = Field(description="what is granted, never more than the estimate")
    description: str
    amount_reason: str
    opened_at: datetime
    disputed_at: datetime | None
    decided_at: datetime | None
    decision_reason: str
    opened_by: Person

    @classmethod
    def of(cls, claim: "Claim") -> "ClaimOut":
        """Return what it says."""
        line = claim.line
        currency = line.ticket.currency
        return cls(
            id=claim.pk,
            number=str(claim),
            ticket=line.ticket_id,
            line=line.pk,
            asset=Named(id=line.asset_id, name=str(line.asset)),
            kind=ClaimKind(claim.kind),
            status=ClaimStatus(claim.status),
            estimate=Money(amount=claim.estimate, currency=currency),
            amount=Money(amount=claim.amount, currency=currency),
            description=claim.description,
            amount_reason=claim.amount_reason,
            opened_at=claim.opened_at,
            disputed_at=claim.disputed_at,
            decided_at=claim.decided_at,
            decision_reason=claim.decision_reason,
            opened_by=Person.of(claim.opened_by),
        )


class ReceivableOut(Out):
    """What a borrower owes after the settlement of a ticket."""

    model_config = ConfigDict(
        json_schema_extra=example(
            id=1,
            number="R-1",
            ticket=7,
            borrower={"id": 4, "name": "Boris"},
            status="open",
            amount=_MONEY,
            paid={"amount": 1000, "currency": "EUR"},
            rest={"amount": 3000, "currency": "EUR"},
            due_at="2026-11-27T10:00:00Z",
            ended_at=None,
        )
    )

    id: int
    number: str
    ticket: int
    borrower: Person
    status: choices.ReceivableStatus
    amount: Money
    paid: Money
    rest: Money = Field(description="still owed, or when it was written off")
    due_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, debt: "Receivable") -> "ReceivableOut":
        """Return what is owed."""
        return cls(
            id=debt.pk,
            number=str(debt),
            ticket=debt.ticket_id,
            borrower=Person.of(debt.borrower),
            status=ReceivableStatus(debt.status),
            amount=Money(amount=debt.amount, currency=debt.currency),
            paid=Money(amount=debt.paid, currency=debt.currency),
            rest=Money(amount=debt.rest, currency=debt.currency),
            due_at=debt.due_at,
            ended_at=debt.ended_at,
        )


class StrikeOut(Out):
    """What one line of a ticket left against its borrower."""

    model_config = ConfigDict(
        json_schema_extra=example(
            id=1,
            person={"id": 4, "name": "Boris"},
            ticket=7,
            line=31,
            kind="late",
            note="CAM-7 Camera on TK-7 was back late.",
            struck_at="2026-11-27T12:00:00Z",
            suspended_until=None,
            lifted_at=None,
            lift_reason="",
        )
    )

    id: int
    person: Person
    ticket: int
    line: int
    kind: choices.StrikeKind
    note: str
    struck_at: datetime
    suspended_until: datetime | None = Field(description="when this one made it too many")
    lifted_at: datetime | None = Field(description="since then it counts no more")
    lift_reason: str

    @classmethod
    def of(cls, strike: "Strike") -> "StrikeOut":
        """Return what happened."""
        return cls(
            id=strike.pk,
            person=Person.of(strike.person),
            ticket=strike.line.ticket_id,
            line=strike.line_id,
            kind=StrikeKind(strike.kind),
            note=strike.note,
            struck_at=strike.struck_at,
            suspended_until=strike.suspended_until,
            lifted_at=strike.lifted_at,
            lift_reason=strike.lift_reason,
        )


class LongerOut(Out):
    """What keeping one line longer costs, in minor units of the ticket’s currency."""

    line: int
    was_due_at: datetime
    fee: int
    dropped_at: datetime | None = Field(description="it came back before the decision")


class ExtensionOut(Out):
    """A wish to keep longer what is out."""

    model_config = ConfigDict(
        json_schema_extra=example(
            id=1,
            number="X-1",
            ticket=7,
            status="requested",
            ends_at="2026-11-29T09:00:00Z",
            reason="The shoot takes longer",
            requested_by={"id": 4, "name": "Boris"},
            requested_at="2026-11-26T18:00:00Z",
            concluded_at=None,
            ending_reason="",
            fee={"amount": 2000, "currency": "EUR"},
            lines=[
                {
                    "line": 31,
                    "was_due_at": "2026-11-27T09:00:00Z",
                    "fee": 2000,
                    "dropped_at": None,
                }
            ],
        )
    )

    id: int
    number: str
    ticket: int
    status: choices.ExtensionStatus
    ends_at: datetime
    reason: str
    requested_by: Person
    requested_at: datetime
    concluded_at: datetime | None
    ending_reason: str
    fee: Money = Field(description="of all lines, held until somebody decides")
    lines: list[LongerOut]

    @classmethod
    def of(cls, extension: "Extension") -> "ExtensionOut":
        """Return the wish."""
        lines = list(extension.lines.all())
        return cls(
            id=extension.pk,
            number=str(extension),
            ticket=extension.ticket_id,
            status=ExtensionStatus(extension.status),
            ends_at=extension.ends_at,
            reason=extension.reason,
            requested_by=Person.of(extension.requested_by),
            requested_at=extension.requested_at,
            concluded_at=extension.concluded_at,
            ending_reason=extension.ending_reason,
            fee=Money(amount=sum(one.fee for one in lines), currency=extension.ticket.currency),
            lines=[
                LongerOut(
                    line=one.line_id,
                    was_due_at=one.was_due_at,
                    fee=one.fee,
                    dropped_at=one.dropped_at,
                )
                for one in lines
            ],
        )
