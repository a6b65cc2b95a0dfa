"""The desk: assets handed over, taken back, inspected, lost and found again.

Hand-over, return and inspection are forms (`multipart/form-data`): `body` is the JSON, and each
file a part beside it. Without files the form has `body` alone.
"""

from typing import TYPE_CHECKING, Annotated

from django.utils.translation import gettext as _
from ninja import File, UploadedFile
from pydantic import ConfigDict, Field

from apps.api.errors import FieldsRefused
from apps.api.finding import seen
from apps.api.problems import FieldProblem
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource
from apps.api.resources.tickets import page_for
from apps.api.schemas import Identifier, In, MoneyIn, Reference, example
from apps.api.shapes import choices
from apps.api.shapes.claims import ClaimOut
from apps.api.shapes.desk import HandingIn, InspectionIn, Photos, signatures_of
from apps.api.shapes.ticket_parts import TicketPage
from apps.api.shapes.tickets import WithReason
from apps.tickets import services
from apps.tickets.errors import UnknownLine
from apps.tickets.models import Claim, Ticket
from apps.tickets.services import Finding, LineIn, LineOut

if TYPE_CHECKING:
    from apps.tickets.services.evidence import LineSeen

router = Resource(tags=["desk"])

_Files = Annotated[list[UploadedFile], File(default_factory=list, max_length=100)]
_File = Annotated[UploadedFile | None, File(None)]


class LossIn(WithReason):
    """Which line is lost, and what it was worth."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=example(line=31, reason="Left on the train")
    )

    line: Reference
    value: MoneyIn | None = Field(default=None, description="null: the value of the asset")


class FindIn(In):
    """Which line is found again, and how it looks."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=example(line=31, condition="worn"))

    line: Reference
    condition: choices.Condition
    note: str = Field(default="", max_length=1000)


@router.does("/tickets/{ticket_id}/hand-over", scope="tickets:desk", gives=TicketPage)
def hand_over(
    request: ApiRequest,
    ticket_id: Identifier,
    body: HandingIn,
    *,
    photos: _Files,
    borrower_signature: _File,
    clerk_signature: _File,
    paper: _File,
) -> TicketPage:
    """Let assets go out, line by line, with what was seen and signed.

    Fee and deposit of each line move from the wallet into escrow. Both signatures are PNG drawings,
    or there is one `paper` (PDF, PNG or JPEG) that both have signed; some categories ask for none.
    """
    seen(Ticket.objects.all(), request.user, pk=ticket_id)
    signed = signatures_of(body.representative, borrower_signature, clerk_signature, paper)
    services.hand_over(
        ticket_id,
        lines=_lines(LineOut, body, photos),
        actor=request.user,
        seen_version=body.seen_version,
        signatures=signed,
    )
    return page_for(ticket_id, request.user)


@router.does("/tickets/{ticket_id}/take-back", scope="tickets:desk", gives=TicketPage)
def take_back(
    request: ApiRequest,
    ticket_id: Identifier,
    body: HandingIn,
    *,
    photos: _Files,
    borrower_signature: _File,
    clerk_signature: _File,
    paper: _File,
) -> TicketPage:
    """Have assets back, line by line, with what was seen and signed.

    Each line gets its late fee, and the rest of its time is free again.
    """
    seen(Ticket.objects.all(), request.user, pk=ticket_id)
    signed = signatures_of(body.representative, borrower_signature, clerk_signature, paper)
    services.take_back(
        ticket_id,
        lines=_lines(LineIn, body, photos),
        actor=request.user,
        seen_version=body.seen_version,
        signatures=signed,
    )
    return page_for(ticket_id, request.user)


@router.does("/tickets/{ticket_id}/inspect", scope="tickets:desk", gives=TicketPage)
def inspect_lines(
    request: ApiRequest, ticket_id: Identifier, body: InspectionIn, photos: _Files
) -> TicketPage:
    """Keep what the inspection found, and claim the damage.

    When nothing is left to inspect and no claim waits, the ticket closes and is settled.
    """
    ticket = seen(Ticket.objects.all(), request.user, pk=ticket_id)
    sent = Photos(photos)
    findings = [
        Finding(
            found.line,
            _in_currency(found.damage, ticket, f"findings[{index}].damage") or 0,
            found.note,
            sent.of(found.photos, field=f"findings[{index}].photos"),
        )
        for index, found in enumerate(body.findings)
    ]
    sent.refuse_rest()
    services.inspect(
        ticket_id, findings=findings, actor=request.user, seen_version=body.seen_version
    )
    return page_for(ticket_id, request.user)


@router.does("/tickets/{ticket_id}/declare-lost", scope="tickets:desk", gives=ClaimOut, status=201)
def declare_lost(request: ApiRequest, ticket_id: Identifier, body: LossIn) -> Answer:
    """Ask to have a line that is out treated as lost, and its value paid.

    The line stays on loan until somebody has decided on the claim.
    """
    ticket = seen(Ticket.objects.all(), request.user, pk=ticket_id)
    claim = services.declare_lost(
        ticket_id,
        line_id=body.line,
        reason=body.reason,
        value=_in_currency(body.value, ticket, "value"),
        actor=request.user,
        seen_version=body.seen_version,
    )
    out = ClaimOut.of(Claim.objects.with_parts().get(pk=claim.pk))
    return Answer(out, status=201, headers={"Location": f"/api/v1/claims/{claim.pk}"})


@router.does("/tickets/{ticket_id}/found-again", scope="tickets:desk", gives=TicketPage)
def found_again(request: ApiRequest, ticket_id: Identifier, body: FindIn) -> TicketPage:
    """Have back what was paid for as lost, and ask for the borrower’s credit.

    What is lost on a ticket that is still open is taken back like anything else.
    """
    ticket = seen(Ticket.objects.all(), request.user, pk=ticket_id)
    request.user.require("tickets.take_back_ticket")
    if not ticket.lines.filter(pk=body.line).exists():
        raise UnknownLine(ticket=ticket)
    services.found_again(body.line, condition=body.condition, note=body.note, actor=request.user)
    return page_for(ticket_id, request.user)


def _lines[L: "LineSeen"](kind: type[L], body: HandingIn, files: list[UploadedFile]) -> list[L]:
    sent = Photos(files)
    lines = [
        kind(
            one.line,
            one.condition,
            one.note,
            sent.of(one.photos, field=f"lines[{index}].photos"),
            one.checked,
        )
        for index, one in enumerate(body.lines)
    ]
    sent.refuse_rest()
    return lines


def _in_currency(money: MoneyIn | None, ticket: Ticket, field: str) -> int | None:
    """Return an amount that is in the ticket’s currency.

    Raises:
        FieldsRefused: it is in another.
    """
    if money is None:
        return None
    if money.currency != ticket.currency:
        message = _("Send the amount in {currency}, as the ticket is.")
        raise FieldsRefused(
            [FieldProblem(field=field, message=message.format(currency=ticket.currency))]
        )
    return money.amount
