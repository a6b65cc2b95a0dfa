"""People, for those who work with them."""

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from django.utils import timezone
from ninja import Query
from pydantic import AwareDatetime, ConfigDict, Field

from apps.accounts import services
from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.api.errors import NotFound
from apps.api.paging import Page, Paging, page_of
from apps.api.request import ApiRequest
from apps.api.resource import Resource
from apps.api.schemas import Identifier, In, Out, Reason, example

if TYPE_CHECKING:
    from django.db.models import QuerySet

router = Resource(tags=["people"])

_ROLES = {"borrower": Role.BORROWER, "lender": Role.LENDER}


class PersonFilters(Paging):
    """What narrows the list."""

    name: str | None = Field(default=None, max_length=120, description="a part of the name")
    email: str | None = Field(
        default=None, max_length=254, description="the whole address, to find one person"
    )
    is_active: bool | None = Field(default=None, description="false: only the deactivated")
    works_as: Literal["borrower", "lender"] | None = Field(
        default=None, description="only who may borrow, or lend, by their role"
    )
    is_suspended: bool | None = Field(default=None, description="true: only who may not borrow now")


class PersonInFull(Out):
    """A person: enough to name them as borrower or lender."""

    model_config = ConfigDict(
        json_schema_extra=example(
            id=7, name="Boris Becker", email=None, is_active=True, suspended_until=None
        )
    )

    id: int
    name: str
    email: str | None = Field(description="only for who may change people; otherwise null")
    is_active: bool = Field(description="whether they may act at all")
    suspended_until: datetime | None = Field(description="until when they may not borrow")

    @classmethod
    def seen_by(cls, person: User, reader: User) -> "PersonInFull":
        """Return as much as the reader may see."""
        return cls(
            id=person.pk,
            name=person.display_name,
            email=person.email if reader.has_perm("accounts.change_user") else None,
            is_active=person.is_active,
            suspended_until=person.suspended_until,
        )


class SuspensionIn(In):
    """Until when somebody may not borrow, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=example(until="2026-12-31T00:00:00Z", reason="Three late returns."),
    )

    until: AwareDatetime
    reason: Reason


class LiftIn(In):
    """Why somebody may borrow again."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=example(reason="All is returned."))

    reason: Reason


@router.reads("/people", scope="people:read", gives=Page[PersonInFull])
def list_people(request: ApiRequest, filters: Query[PersonFilters]) -> Page[PersonInFull]:
    """List the people of the office, those who joined last first; for staff who may view people."""
    rows = _people(request)
    if filters.name:
        rows = rows.filter(display_name__icontains=filters.name)
    if filters.email:
        rows = rows.filter(email=filters.email.lower())
    if filters.is_active is not None:
        rows = rows.filter(is_active=filters.is_active)
    if filters.works_as:
        rows = rows.filter(groups__name=_ROLES[filters.works_as])
    if filters.is_suspended is not None:
        now = {"suspended_until__gt": timezone.now()}
        rows = rows.filter(**now) if filters.is_suspended else rows.exclude(**now)
    return page_of(rows, filters, lambda person: PersonInFull.seen_by(person, request.user))


@router.reads("/people/{person_id}", scope="people:read", gives=PersonInFull)
def get_person(request: ApiRequest, person_id: Identifier) -> PersonInFull:
    """Show one person, for staff who may view people."""
    return PersonInFull.seen_by(_found(request, person_id), request.user)


@router.does("/people/{person_id}/suspend", scope="people:write", gives=PersonInFull)
def suspend_person(
    request: ApiRequest, person_id: Identifier, suspension: SuspensionIn
) -> PersonInFull:
    """Keep somebody from borrowing until then; a suspension that ends later stays as long."""
    person = services.suspend(
        _found(request, person_id).pk,
        until=suspension.until,
        reason=suspension.reason,
        actor=request.user,
    )
    return PersonInFull.seen_by(person, request.user)


@router.does("/people/{person_id}/lift-suspension", scope="people:write", gives=PersonInFull)
def lift_suspension(request: ApiRequest, person_id: Identifier, lift: LiftIn) -> PersonInFull:
    """Let somebody borrow again before the suspension ends; nobody does so for themselves."""
    person = services.lift_suspension(
        _found(request, person_id).pk, reason=lift.reason, actor=request.user
    )
    return PersonInFull.seen_by(person, request.user)


def _people(request: ApiRequest) -> "QuerySet[User]":
    request.user.require("accounts.view_user")
    return User.objects.filter(is_system=False)


def _found(request: ApiRequest, person_id: int) -> User:
    person = _people(request).filter(pk=person_id).first()
    if person is None:
        raise NotFound
    return person
