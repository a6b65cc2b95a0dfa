"""Tickets: read, drafted, changed."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from django.utils import timezone
from ninja import Query
from pydantic import ConfigDict, Field

from apps.accounts.models import User
from apps.api.finding import seen, somebody
from apps.api.paging import Page, Paging, kept_page_of
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource, unchanged
from apps.api.schemas import Identifier, In, Moment, Reference, example
from apps.api.shapes import choices
from apps.api.shapes.assets import MOST_ASSETS
from apps.api.shapes.ticket_parts import TicketPage
from apps.api.shapes.tickets import Expansion, TicketOut, with_people
from apps.common.kept_query import KeptQuery
from apps.common.keyset import Place, Walk
from apps.tickets import selectors, services
from apps.tickets.models import Ticket, TicketLine
from apps.tickets.states import Status

if TYPE_CHECKING:
    from django.db.models import QuerySet

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


class _Wanted(NamedTuple):
    """Which tickets to list, and what of them to read."""

    number: int | None
    status: tuple[Status, ...]
    borrower: int | None
    lender: int | None
    asset: int | None
    is_overdue: bool
    begins_before: datetime | None
    ends_after: datetime | None
    changed_since: datetime | None
    has_lines: bool

    @classmethod
    def by(cls, filters: TicketFilters) -> "_Wanted":
        """Return what the filters say."""
        said: dict[str, Any] = {name: getattr(filters, name, None) for name in cls._fields}
        number = (selectors.number_in(filters.number) or 0) if filters.number else None
        reckoned: dict[str, Any] = {
            "number": number,
            # In one order, as each is a query of its own.
            "status": tuple(sorted(set(filters.status))),
            "has_lines": "lines" in filters.expand,
        }
        return cls(**{**said, **reckoned})


@router.reads("/tickets", scope="tickets:read", gives=Page[TicketOut])
def list_tickets(request: ApiRequest, filters: Query[TicketFilters]) -> Page[TicketOut]:
    """Tickets, the newest first: your own as borrower or lender, all by your role."""
    person, has_lines = request.user, "lines" in filters.expand
    return kept_page_of(
        _LIST,
        filters,
        lambda row: TicketOut.of(row, person, has_lines=has_lines),
        person=person,
        model=Ticket,
        wanted=_Wanted.by(filters),
        now=timezone.now(),
    )


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
        borrower=borrower_named(body.borrower, request.user),
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
    changes = _changes(body, person)
    services.change_draft(ticket_id, seen_version=known.version, actor=person, **changes)
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


def _listed(
    person: User, *, wanted: _Wanted, now: datetime, sign: str, place: Place | None, count: int
) -> "QuerySet[Ticket]":
    rows = _narrowed(Ticket.objects.visible_to(person), wanted, now)
    for name in ("lender", "asset"):
        if value := getattr(wanted, name):
            lines = TicketLine.objects.visible_to(person).filter(**{name: value})
            rows = rows.filter(pk__in=lines.values("ticket"))
    rows = selectors.marked(with_people(rows, has_lines=wanted.has_lines), now=now)
    return Walk(rows.defer(*_UNREAD)).beside(sign, place, count)


_UNREAD = [
    f"{who}__{field.name}"
    for who in ("borrower", "entered_by")
    for field in User._meta.concrete_fields
    if field.name not in {"id", "display_name", "email"}
]
"""What a list does not say of people: they stand in it by name."""
_LIST = KeptQuery(_listed, fixed=("count",))


def _narrowed(rows: "TicketQuerySet", wanted: _Wanted, now: datetime) -> "TicketQuerySet":
    if wanted.number is not None:
        rows = rows.filter(pk=wanted.number)
    if wanted.status:
        rows = rows.filter(status__in=wanted.status)
    if wanted.borrower:
        rows = rows.filter(borrower=wanted.borrower)
    if wanted.is_overdue:
        rows = selectors.overdue(now, among=rows)
    if wanted.begins_before:
        rows = rows.filter(starts_at__lt=wanted.begins_before)
    if wanted.ends_after:
        rows = rows.filter(ends_at__gt=wanted.ends_after)
    if wanted.changed_since:
        versions = Ticket.history.filter(history_date__gte=wanted.changed_since)
        rows = rows.filter(pk__in=versions.values("id"))
    return rows


def _changes(body: TicketChange, person: User) -> dict[str, Any]:
    """Return what was sent as the service takes it."""
    sent: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    if "assets" in sent:
        sent["asset_ids"] = sent.pop("assets")
    if "borrower" in sent:
        sent["borrower"] = borrower_named(sent["borrower"], person)
    if "came_by" in sent:
        sent["came_by"] = sent["came_by"] or ""
    return sent


def borrower_named(person_id: int | None, asker: User) -> User:
    """Return the borrower: whoever asks, or whom staff name."""
    return somebody(person_id, asker, "tickets.add_ticket", field="borrower")
