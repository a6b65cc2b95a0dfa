"""Tickets: read, drafted, changed."""

from typing import TYPE_CHECKING, Any, Literal

from django.utils import timezone
from ninja import Query
from pydantic import ConfigDict, Field

from apps.accounts.models import User
from apps.api.finding import referred, seen
from apps.api.paging import Page, Paging, page_of
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource, unchanged
from apps.api.schemas import Identifier, In, Moment, Reference, example
from apps.api.shapes import choices
from apps.api.shapes.assets import MOST_ASSETS
from apps.api.shapes.ticket_parts import TicketPage
from apps.api.shapes.tickets import Expansion, TicketOut, with_people
from apps.tickets import selectors, services
from apps.tickets.models import Ticket, TicketLine

if TYPE_CHECKING:
    from apps.tickets.models.ticket import TicketQuerySet

router = Resource(tags=["tickets"])


class TicketFilters(Paging):
    """Which tickets; repeat `status` for several."""

    number: str = Field(
        default="", max_length=20, pattern=r"^(|(TK-)?[0-9]{1,17})$", description="TK-7, or 7"
    )
    status: list[choices.TicketStatus] = Field(
        default_factory=list, max_length=10, description="in one of these"
    )
    borrower: Identifier | None = Field(default=None, description="of this borrower, by id")
    lender: Identifier | None = Field(default=None, description="with a line of this lender")
    asset: Identifier | None = Field(default=None, description="with a line of this asset")
    is_overdue: bool = Field(default=False, description="only those that are")
    begins_before: Moment | None = Field(default=None, description="`starts_at` before this")
    ends_after: Moment | None = Field(default=None, description="`ends_at` after this")
    changed_since: Moment | None = Field(
        default=None, description="with a deed since then; comments do not count"
    )
    expand: list[Literal["lines"]] = Field(
        default_factory=list, max_length=1, description="`lines`: read them along"
    )


class Expanding(In):
    """What to read along; repeat `expand` for several."""

    expand: list[Expansion] = Field(
        default_factory=list, max_length=6, description="what to read along"
    )


class _Optional(In):
    """What may be left out of a new ticket."""

    came_by: choices.Way | None = Field(
        default=None, description="how it came, when you write it down"
    )
    asked_by: str = Field(default="", max_length=120, description="who spoke for the borrower")


class TicketIn(_Optional):
    """What somebody wants to borrow."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=example(
            assets=[12],
            starts_at="2026-11-26T09:00:00Z",
            ends_at="2026-11-27T09:00:00Z",
            purpose="Film school",
        ),
    )

    borrower: Reference | None = Field(default=None, description="id; you, when left out")
    assets: list[Reference] = Field(min_length=1, max_length=MOST_ASSETS)
    starts_at: Moment
    ends_at: Moment
    purpose: str = Field(min_length=1, max_length=254)


class TicketChange(_Optional):
    """What shall change of a draft; whatever is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=example(ends_at="2026-11-28T09:00:00Z")
    )

    borrower: Reference = Field(default_factory=int)
    assets: list[Reference] = Field(default_factory=list, min_length=1, max_length=MOST_ASSETS)
    starts_at: Moment = Field(default_factory=timezone.now)
    ends_at: Moment = Field(default_factory=timezone.now)
    purpose: str = Field(default_factory=str, min_length=1, max_length=254)


@router.reads("/tickets", scope="tickets:read", gives=Page[TicketOut])
def list_tickets(request: ApiRequest, filters: Query[TicketFilters]) -> Page[TicketOut]:
    """Tickets, the newest first: your own as borrower or lender, all by your role."""
    person, has_lines = request.user, "lines" in filters.expand
    rows = _kept(Ticket.objects.visible_to(person), filters, person)
    rows = selectors.marked(with_people(rows, has_lines=has_lines), now=timezone.now())
    return page_of(rows, filters, lambda row: TicketOut.of(row, person, has_lines=has_lines))


@router.reads("/tickets/{ticket_id}", scope="tickets:read", gives=TicketPage)
def get_ticket(request: ApiRequest, ticket_id: Identifier, wanted: Query[Expanding]) -> TicketPage:
    """One ticket, with what you may do now.

    The ETag for a change is that of the ticket read without `expand`.
    """
    return page_for(ticket_id, request.user, wanted.expand)


@router.does("/tickets", scope="tickets:write", gives=TicketPage, status=201)
def draft_ticket(request: ApiRequest, body: TicketIn) -> Answer:
    """Write down what somebody wants to borrow.

    Nothing is promised or held by that. The parts of a kit come with it. For somebody else only
    staff may do it.
    """
    drafted = services.draft(
        borrower=_borrower(body.borrower) if body.borrower is not None else request.user,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        purpose=body.purpose,
        asset_ids=body.assets,
        came_by=body.came_by or "",
        asked_by=body.asked_by,
        actor=request.user,
    )
    return made(drafted.pk, request.user)


@router.changes("/tickets/{ticket_id}", scope="tickets:write", gives=TicketPage)
def change_ticket(request: ApiRequest, ticket_id: Identifier, body: TicketChange) -> TicketPage:
    """Change a draft, or a ticket that was sent back for changes."""
    person = request.user
    known = seen(_marked(), person, is_locked=True, pk=ticket_id)
    unchanged(request, TicketPage.of_page(known, person))
    services.change_draft(ticket_id, seen_version=known.version, actor=person, **_changes(body))
    return page_for(ticket_id, person)


def page_for(ticket_id: int, person: User, expand: list[Expansion] | None = None) -> TicketPage:
    """Return a ticket as the person sees it."""
    wanted = expand or []
    rows = with_people(_marked(), has_lines="lines" in wanted)
    return TicketPage.of_page(seen(rows, person, pk=ticket_id), person, wanted)


def made(ticket_id: int, person: User) -> Answer:
    """Answer with a ticket that is new."""
    headers = {"Location": f"/api/v1/tickets/{ticket_id}"}
    return Answer(page_for(ticket_id, person), status=201, headers=headers)


def _marked() -> "TicketQuerySet":
    return selectors.marked(with_people(Ticket.objects.all(), has_lines=False), now=timezone.now())


def _kept(rows: "TicketQuerySet", filters: TicketFilters, person: User) -> "TicketQuerySet":
    now = timezone.now()
    if filters.number:
        rows = rows.filter(pk=selectors.number_in(filters.number) or 0)
    if filters.status:
        rows = rows.filter(status__in=filters.status)
    if filters.borrower:
        rows = rows.filter(borrower=filters.borrower)
    for name in ("lender", "asset"):
        if wanted := getattr(filters, name):
            lines = TicketLine.objects.visible_to(person).filter(**{name: wanted})
            rows = rows.filter(pk__in=lines.values("ticket"))
    if filters.is_overdue:
        rows = selectors.overdue(now, among=rows)
    if filters.begins_before:
        rows = rows.filter(starts_at__lt=filters.begins_before)
    if filters.ends_after:
        rows = rows.filter(ends_at__gt=filters.ends_after)
    if filters.changed_since:
        versions = Ticket.history.filter(history_date__gte=filters.changed_since)
        rows = rows.filter(pk__in=versions.values("id"))
    return rows


def _changes(body: TicketChange) -> dict[str, Any]:
    """Return what was sent as the service takes it."""
    sent: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    if "assets" in sent:
        sent["asset_ids"] = sent.pop("assets")
    if "borrower" in sent:
        sent["borrower"] = _borrower(sent["borrower"])
    if "came_by" in sent:
        sent["came_by"] = sent["came_by"] or ""
    return sent


def _borrower(person_id: int) -> User:
    return referred(User.objects.filter(is_system=False), person_id, field="borrower")
