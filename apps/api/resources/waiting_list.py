"""The waiting list: whoever came first gets the offer, alone, with a deadline."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ninja import Query
from pydantic import ConfigDict, Field

from apps.accounts.models import User
from apps.api.finding import referred, seen, somebody
from apps.api.paging import Page, Paging, page_of
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource
from apps.api.resources.tickets import made
from apps.api.schemas import Identifier, In, Moment, Out, Person, Reference, example
from apps.api.shapes import choices
from apps.api.shapes.assets import Named
from apps.api.shapes.ticket_parts import TicketPage
from apps.api.shapes.tickets import Nothing
from apps.assets.models import Asset, Category
from apps.tickets import services
from apps.tickets.models import WaitingEntry
from apps.tickets.states import WaitingStatus

if TYPE_CHECKING:
    from apps.tickets.models import WaitingQuerySet

router = Resource(tags=["waiting list"])

_YEAR = 365 * 24 * 60


class WaitingFilters(Paging):
    """Which places."""

    person: Identifier | None = Field(default=None, description="of this person, by id")
    asset: Identifier | None = Field(default=None, description="for this asset, by id")
    category: Identifier | None = Field(default=None, description="in this category, by id")
    status: choices.WaitingStatus | None = Field(default=None, description="in this status")


class WaitingIn(In):
    """What somebody waits for: one asset, or any of a category."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=example(category=3, minutes=1440, purpose="Film school"),
    )

    person: Reference | None = Field(default=None, description="id; you, when left out")
    asset: Reference | None = None
    category: Reference | None = None
    starts_at: Moment | None = Field(default=None, description="null: as soon as it is free")
    minutes: int = Field(strict=True, ge=1, le=_YEAR, description="for how long")
    purpose: str = Field(min_length=1, max_length=254)


class WaitingOut(Out):
    """One person’s place on the waiting list."""

    model_config = ConfigDict(
        json_schema_extra=example(
            id=1,
            number="W-1",
            person={"id": 4, "name": "Boris"},
            asset=None,
            category={"id": 3, "name": "Cameras"},
            starts_at=None,
            minutes=1440,
            purpose="Film school",
            status="offered",
            created_at="2026-11-25T10:00:00Z",
            offered_asset={"id": 12, "name": "CAM-7 Camera"},
            expires_at="2026-11-26T10:00:00Z",
            ended_at=None,
            ticket=None,
        )
    )

    id: int
    number: str
    person: Person
    asset: Named | None
    category: Named | None
    starts_at: datetime | None
    minutes: int
    purpose: str
    status: choices.WaitingStatus
    created_at: datetime
    offered_asset: Named | None
    expires_at: datetime | None = Field(description="until when the offer can be accepted")
    ended_at: datetime | None
    ticket: int | None = Field(description="what came of it")

    @classmethod
    def of(cls, entry: WaitingEntry) -> "WaitingOut":
        """Return the place."""
        return cls(
            id=entry.pk,
            number=str(entry),
            person=Person.of(entry.person),
            asset=_named(entry.asset),
            category=_named(entry.category),
            starts_at=entry.starts_at,
            minutes=int(entry.length / timedelta(minutes=1)),
            purpose=entry.purpose,
            status=WaitingStatus(entry.status),
            created_at=entry.created_at,
            offered_asset=_named(entry.offered_asset),
            expires_at=entry.expires_at,
            ended_at=entry.ended_at,
            ticket=entry.ticket_id,
        )


@router.reads("/waiting-list", scope="tickets:read", gives=Page[WaitingOut])
def list_waiting_places(request: ApiRequest, filters: Query[WaitingFilters]) -> Page[WaitingOut]:
    """Places on the waiting list, the newest first: your own, all by your role."""
    rows = _whole().visible_to(request.user)
    names = ("person", "asset", "category", "status")
    exact = {name: getattr(filters, name) for name in names}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    return page_of(rows, filters, WaitingOut.of)


@router.reads("/waiting-list/{entry_id}", scope="tickets:read", gives=WaitingOut)
def get_waiting_place(request: ApiRequest, entry_id: Identifier) -> WaitingOut:
    """One place on the waiting list."""
    return _shown(entry_id, request.user)


@router.does("/waiting-list", scope="tickets:write", gives=WaitingOut, status=201)
def join_waiting_list(request: ApiRequest, body: WaitingIn) -> Answer:
    """Wait for an asset or a category; for somebody else only staff may do it."""
    may_for_others = "tickets.manage_waitingentry"
    person = somebody(body.person, request.user, may_for_others, field="person")
    asset, category = None, None
    if body.asset is not None:
        assets = Asset.objects.visible_to(request.user)
        asset = referred(assets, body.asset, field="asset")
    if body.category is not None:
        category = referred(Category.objects.all(), body.category, field="category")
    entry = services.join_waiting_list(
        person=person,
        asset=asset,
        category=category,
        starts_at=body.starts_at,
        length=timedelta(minutes=body.minutes),
        purpose=body.purpose,
        actor=request.user,
    )
    headers = {"Location": f"/api/v1/waiting-list/{entry.pk}"}
    return Answer(WaitingOut.of(_whole().get(pk=entry.pk)), status=201, headers=headers)


@router.does("/waiting-list/{entry_id}/leave", scope="tickets:write", gives=WaitingOut)
def leave_waiting_list(request: ApiRequest, entry_id: Identifier, body: Nothing) -> WaitingOut:
    """Wait no more; an open offer goes to whoever is next."""
    _shown(entry_id, request.user)
    services.leave_waiting_list(entry_id, actor=request.user)
    return _shown(entry_id, request.user)


@router.does("/waiting-list/{entry_id}/accept", scope="tickets:write", gives=TicketPage, status=201)
def accept_offer(request: ApiRequest, entry_id: Identifier, body: Nothing) -> Answer:
    """Turn the offer into a submitted ticket, whose time stays reserved meanwhile."""
    _shown(entry_id, request.user)
    return made(services.accept_offer(entry_id, actor=request.user).pk, request.user)


@router.does("/waiting-list/{entry_id}/decline", scope="tickets:write", gives=WaitingOut)
def decline_offer(request: ApiRequest, entry_id: Identifier, body: Nothing) -> WaitingOut:
    """Give the offer to whoever is next; you do not wait any more."""
    _shown(entry_id, request.user)
    services.decline_offer(entry_id, actor=request.user)
    return _shown(entry_id, request.user)


def _named(row: Asset | Category | None) -> Named | None:
    return Named(id=row.pk, name=str(row)) if row is not None else None


def _whole() -> "WaitingQuerySet":
    return WaitingEntry.objects.select_related("person", "asset", "category", "offered_asset")


def _shown(entry_id: int, person: User) -> WaitingOut:
    return WaitingOut.of(seen(_whole(), person, pk=entry_id))
