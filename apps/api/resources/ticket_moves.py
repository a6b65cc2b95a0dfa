"""What moves a ticket on: submitted, cancelled, let go, substituted, priced anew.

Decisions on it are made on its approval request, and it closes by itself once all is inspected.
"""

from pydantic import ConfigDict, Field

from apps.api.finding import seen
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource
from apps.api.resources.tickets import borrower_named, made, page_for
from apps.api.schemas import Identifier, In, Moment, Reference, example
from apps.api.shapes.assets import MOST_ASSETS
from apps.api.shapes.ticket_parts import TicketPage
from apps.api.shapes.tickets import LinesWithReason, SeenVersion, WithReason
from apps.tickets import services
from apps.tickets.models import Ticket

router = Resource(tags=["tickets"])


class SubstituteIn(WithReason):
    """Which asset goes in place of which line’s."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=example(line=31, asset=14, reason="The other is broken")
    )

    line: Reference
    asset: Reference


class WalkInIn(In):
    """What somebody at the desk takes along now."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=example(
            borrower=4, assets=[12], ends_at="2026-11-27T09:00:00Z", purpose="Film school"
        ),
    )

    borrower: Reference
    assets: list[Reference] = Field(min_length=1, max_length=MOST_ASSETS)
    ends_at: Moment
    purpose: str = Field(min_length=1, max_length=254)


@router.does("/tickets/{ticket_id}/submit", scope="tickets:write", gives=TicketPage)
def submit_ticket(request: ApiRequest, ticket_id: Identifier, body: SeenVersion) -> TicketPage:
    """Fix the price and ask those who decide.

    Where nobody has to decide, the ticket comes back approved.
    """
    seen(Ticket.objects.all(), request.user, pk=ticket_id)
    services.submit(ticket_id, actor=request.user, seen_version=body.seen_version)
    return page_for(ticket_id, request.user)


@router.does("/tickets/{ticket_id}/cancel", scope="tickets:write", gives=TicketPage)
def cancel_ticket(request: ApiRequest, ticket_id: Identifier, body: WithReason) -> TicketPage:
    """End a ticket before anything is handed over.

    Nothing stays reserved, held or waiting for a decision.
    """
    seen(Ticket.objects.all(), request.user, pk=ticket_id)
    services.cancel(
        ticket_id, reason=body.reason, actor=request.user, seen_version=body.seen_version
    )
    return page_for(ticket_id, request.user)


@router.does("/tickets/{ticket_id}/release", scope="tickets:desk", gives=TicketPage)
def release_lines(request: ApiRequest, ticket_id: Identifier, body: LinesWithReason) -> TicketPage:
    """Let go of lines that nobody collects while the rest is out or back; kits with their parts."""
    seen(Ticket.objects.all(), request.user, pk=ticket_id)
    services.release_lines(
        ticket_id,
        line_ids=body.lines,
        reason=body.reason,
        actor=request.user,
        seen_version=body.seen_version,
    )
    return page_for(ticket_id, request.user)


@router.does("/tickets/{ticket_id}/substitute", scope="tickets:desk", gives=TicketPage)
def substitute_asset(request: ApiRequest, ticket_id: Identifier, body: SubstituteIn) -> TicketPage:
    """Promise another asset of the category for a line that waits, at the price that was fixed."""
    seen(Ticket.objects.all(), request.user, pk=ticket_id)
    services.substitute(
        ticket_id,
        body.line,
        body.asset,
        actor=request.user,
        reason=body.reason,
        seen_version=body.seen_version,
    )
    return page_for(ticket_id, request.user)


@router.does("/tickets/{ticket_id}/reprice", scope="tickets:desk", gives=TicketPage)
def reprice_ticket(request: ApiRequest, ticket_id: Identifier, body: WithReason) -> TicketPage:
    """Let an approved ticket cost what today’s tariffs say, and hold that instead."""
    seen(Ticket.objects.all(), request.user, pk=ticket_id)
    services.reprice(
        ticket_id, reason=body.reason, actor=request.user, seen_version=body.seen_version
    )
    return page_for(ticket_id, request.user)


@router.does("/walk-ins", scope="tickets:desk", gives=TicketPage, status=201)
def walk_in(request: ApiRequest, body: WalkInIn) -> Answer:
    """Draft and submit in one go for somebody at the desk, from now on.

    What is refused leaves no draft behind.
    """
    asked = services.walk_in(
        borrower=borrower_named(body.borrower, request.user),
        ends_at=body.ends_at,
        purpose=body.purpose,
        asset_ids=body.assets,
        actor=request.user,
    )
    return made(asked.pk, request.user)
