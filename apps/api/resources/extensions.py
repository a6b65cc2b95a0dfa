"""Keeping longer what is out."""

from typing import TYPE_CHECKING

from ninja import Query
from pydantic import ConfigDict, Field

from apps.accounts.models import User
from apps.api.finding import seen
from apps.api.paging import Page, Paging, page_of
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource
from apps.api.schemas import Identifier, Moment, Reference, example
from apps.api.shapes import choices
from apps.api.shapes.claims import ExtensionOut
from apps.api.shapes.tickets import Reasoned, WithReason
from apps.tickets import services
from apps.tickets.models import Extension, Ticket

if TYPE_CHECKING:
    from apps.tickets.models import ExtensionQuerySet

router = Resource(tags=["extensions"])


class ExtensionFilters(Paging):
    """Which extensions."""

    ticket: Identifier | None = Field(default=None, description="of this ticket, by id")
    status: choices.ExtensionStatus | None = Field(default=None, description="in this status")


class ExtensionIn(WithReason):
    """Until when, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=example(ends_at="2026-11-29T09:00:00Z", reason="The shoot takes longer"),
    )

    ends_at: Moment
    lines: list[Reference] | None = Field(
        default=None, min_length=1, max_length=200, description="null: all that is out"
    )


@router.reads("/extensions", scope="tickets:read", gives=Page[ExtensionOut])
def list_extensions(request: ApiRequest, filters: Query[ExtensionFilters]) -> Page[ExtensionOut]:
    """Extensions, the newest first: of what you borrow, all by your role."""
    rows = _whole().visible_to(request.user)
    if filters.ticket:
        rows = rows.filter(ticket=filters.ticket)
    if filters.status:
        rows = rows.filter(status=filters.status)
    return page_of(rows, filters, ExtensionOut.of)


@router.reads("/extensions/{extension_id}", scope="tickets:read", gives=ExtensionOut)
def get_extension(request: ApiRequest, extension_id: Identifier) -> ExtensionOut:
    """One extension."""
    return _shown(extension_id, request.user)


@router.does(
    "/tickets/{ticket_id}/extensions", scope="tickets:write", gives=ExtensionOut, status=201
)
def request_extension(request: ApiRequest, ticket_id: Identifier, body: ExtensionIn) -> Answer:
    """Ask to keep assets longer; the price of that is held until somebody has decided."""
    seen(Ticket.objects.all(), request.user, pk=ticket_id)
    asked = services.request_extension(
        ticket_id,
        until=body.ends_at,
        reason=body.reason,
        line_ids=body.lines,
        actor=request.user,
        seen_version=body.seen_version,
    )
    headers = {"Location": f"/api/v1/extensions/{asked.pk}"}
    return Answer(ExtensionOut.of(_whole().get(pk=asked.pk)), status=201, headers=headers)


@router.does("/extensions/{extension_id}/withdraw", scope="tickets:write", gives=ExtensionOut)
def withdraw_extension(
    request: ApiRequest, extension_id: Identifier, body: Reasoned
) -> ExtensionOut:
    """Take the wish back; nothing stays held."""
    seen(Extension.objects.all(), request.user, pk=extension_id)
    services.withdraw_extension(extension_id, reason=body.reason, actor=request.user)
    return _shown(extension_id, request.user)


def _whole() -> "ExtensionQuerySet":
    return Extension.objects.select_related("ticket", "requested_by").prefetch_related("lines")


def _shown(extension_id: int, person: User) -> ExtensionOut:
    return ExtensionOut.of(seen(_whole(), person, pk=extension_id))
