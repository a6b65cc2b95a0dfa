"""What you were told."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from ninja import Query
from pydantic import ConfigDict, Field, model_validator

from apps.api.addresses import About
from apps.api.errors import NotFound
from apps.api.paging import Page, Paging, page_of
from apps.api.request import ApiRequest
from apps.api.resource import Resource
from apps.api.schemas import Identifier, In, Out, example
from apps.notifications import selectors, services

if TYPE_CHECKING:
    from apps.notifications import models

router = Resource(tags=["notices"])


class NoticeFilters(Paging):
    """What narrows the list."""

    is_read: bool | None = Field(default=None, description="false: only what you have not read")


class Notice(Out):
    """One thing that you were told."""

    model_config = ConfigDict(
        json_schema_extra=example(
            id=501,
            kind="tickets.approved",
            subject="TK-12 is approved",
            text="Fetch it from 1 December, 9:00.",
            about={"type": "tickets.ticket", "id": "12", "path": "/api/v1/tickets/12"},
            created_at="2026-11-26T08:30:00Z",
            read_at=None,
        )
    )

    id: int
    kind: str = Field(description="what happened, as app.past_tense")
    subject: str
    text: str
    about: About | None
    created_at: datetime
    read_at: datetime | None

    @classmethod
    def of(cls, row: "models.Notice") -> "Notice":
        """Return the notice."""
        return cls(
            id=row.pk,
            kind=row.kind,
            subject=row.subject,
            text=row.body,
            about=About.of(row.about_type, row.about_id),
            created_at=row.created_at,
            read_at=row.read_at,
        )


class NoticesIn(In):
    """Which notices you have read: some, or all up to one."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=example(up_to=501))

    ids: list[Identifier] = Field(default_factory=list, max_length=500, description="some of them")
    up_to: Identifier | None = Field(
        default=None, description="this one and every older one; newer ones stay unread"
    )

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if bool(self.ids) == (self.up_to is not None):
            message = "Send either ids, or up_to"
            raise ValueError(message)
        return self


class Marked(Out):
    """How many were unread before, and how many are unread still."""

    model_config = ConfigDict(json_schema_extra=example(marked_count=3, unread_count=0))

    marked_count: int
    unread_count: int


@router.reads("/notices", scope="notices:read", gives=Page[Notice])
def list_notices(request: ApiRequest, filters: Query[NoticeFilters]) -> Page[Notice]:
    """List your notices, the newest first."""
    rows = selectors.notices_of(request.user).select_related("about_type")
    if filters.is_read is not None:
        rows = rows.filter(read_at__isnull=not filters.is_read)
    return page_of(rows, filters, Notice.of)


@router.does("/notices/read", scope="notices:write", gives=Marked)
def mark_notices_read(request: ApiRequest, which: NoticesIn) -> Marked:
    """Mark notices as read; those of others are passed over."""
    ids = which.ids
    if which.up_to is not None:
        older = selectors.unread_of(request.user).filter(pk__lte=which.up_to)
        ids = list(older.values_list("pk", flat=True))
    count = services.mark_read(ids, actor=request.user)
    return Marked(marked_count=count, unread_count=selectors.unread_count(request.user))


@router.reads("/notices/{notice_id}", scope="notices:read", gives=Notice)
def get_notice(request: ApiRequest, notice_id: Identifier) -> Notice:
    """Show one of your notices; reading it here does not mark it as read."""
    rows = selectors.notices_of(request.user).select_related("about_type")
    row = rows.filter(pk=notice_id).first()
    if row is None:
        raise NotFound
    return Notice.of(row)
