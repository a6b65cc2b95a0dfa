"""A small API of the tests’ own, on the same conventions, at the same address."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from django.urls import path, re_path
from ninja import File, Form, Query, UploadedFile
from pydantic import AwareDatetime, ConfigDict, Field

from apps.accounts import step_up
from apps.accounts.models import User
from apps.api.interface import Api
from apps.api.paging import Page, Paging, page_of
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource, Retirement, unchanged
from apps.api.schemas import Identifier, In, MoneyIn, Out, example
from apps.api.urls import nothing_here

if TYPE_CHECKING:
    from django.http import HttpRequest

router = Resource(tags=["samples"])
OLD = Retirement(since=date(2026, 11, 1), until=date(2027, 5, 1), instead="/api/v1/things")


class Thing(Out):
    """A person, as a thing."""

    model_config = ConfigDict(json_schema_extra=example(id=1, name="Boris"))

    id: int
    name: str

    @classmethod
    def of(cls, row: User) -> "Thing":
        """Return the thing."""
        return cls(id=row.pk, name=row.display_name)


class NameIn(In):
    """A new name."""

    name: str = Field(min_length=1, max_length=20)


class PartIn(In):
    """A part of something."""

    size: int = Field(strict=True, gt=0, le=10)


class ShapeIn(In):
    """A field of each kind."""

    text: str = Field(default="", max_length=5, min_length=0)
    code: str = Field(default="AB", pattern="^[A-Z]{2}$")
    count: int = Field(default=1, strict=True, ge=1)
    share: float = Field(default=0.5, lt=1)
    is_on: bool = False
    kind: Literal["one", "two"] = "one"
    moment: AwareDatetime | None = None
    day: date | None = None
    uuid: UUID | None = None
    amount: MoneyIn | None = None
    parts: list[PartIn] = Field(default_factory=list, max_length=2)
    tags: list[Annotated[str, Field(min_length=2)]] = Field(default_factory=list)
    free: dict[str, object] = Field(default_factory=dict)


class Filters(Paging):
    """What narrows the list."""

    name: str | None = None
    expand: list[Literal["roles"]] = Field(default_factory=list)
    on: date | None = None


@router.reads("/things", scope="me", gives=Page[Thing])
def list_things(request: ApiRequest, filters: Query[Filters]) -> Page[Thing]:
    """List things."""
    return page_of(User.objects.all(), filters, Thing.of)


@router.does("/things", scope="me", gives=Thing, status=201)
def create_thing(request: ApiRequest, shape: ShapeIn) -> Answer:
    """Make a thing."""
    return Answer(Thing(id=1, name=shape.text), 201, {"Location": "/api/v1/things/1"})


@router.reads("/things/{thing_id}", scope="me", gives=Thing)
def get_thing(request: ApiRequest, thing_id: Identifier) -> Thing:
    """Show a thing."""
    return Thing.of(User.objects.get(pk=thing_id))


@router.changes("/things/{thing_id}", scope="me", gives=Thing)
def change_thing(request: ApiRequest, thing_id: Identifier, name: NameIn) -> Thing:
    """Change a thing."""
    row = User.objects.select_for_update(of=("self",)).get(pk=thing_id)
    unchanged(request, Thing.of(row))
    row.display_name = name.name
    row.save(update_fields=("display_name",))
    return Thing.of(row)


@router.removes("/things/{thing_id}", scope="me")
def remove_thing(request: ApiRequest, thing_id: Identifier) -> None:
    """Remove a thing."""
    row = User.objects.select_for_update(of=("self",)).get(pk=thing_id)
    unchanged(request, Thing.of(row))
    row.is_active = False
    row.save(update_fields=("is_active",))


@router.does("/files", scope="me", gives=Thing)
def upload(request: ApiRequest, file: File[UploadedFile], title: Form[str]) -> Thing:
    """Take a file."""
    return Thing(id=file.size or 0, name=title)


@router.does("/danger", scope="me", gives=Thing)
def danger(request: ApiRequest) -> Thing:
    """Do what needs a recent sign-in."""
    step_up.require(request.user)
    return Thing.of(request.user)


@router.reads("/broken", scope="me", gives=Thing)
def broken(request: ApiRequest) -> Thing:
    """Break down."""
    message = "the secret is 4711"
    raise RuntimeError(message)


@router.reads("/old", scope="me", gives=Thing, retires=OLD)
def old(request: ApiRequest) -> Thing:
    """Do as in old times."""
    return Thing.of(request.user)


@router.shows("/open", gives=Thing)
def show_open(request: "HttpRequest") -> Thing:
    """Show something to everybody."""
    return Thing(id=1, name="open")


api = Api(title="Sample", version="1", urls_namespace="api-sample")
api.add_router("", router)
urlpatterns = [path("api/v1/", api.urls), re_path("^api/", nothing_here)]
