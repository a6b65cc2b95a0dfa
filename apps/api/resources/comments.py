"""What people say on a ticket."""

from ninja import Query, UploadedFile
from pydantic import ConfigDict, Field

from apps.accounts.models import User
from apps.api.finding import referred, seen
from apps.api.paging import Page, Paging, page_of
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource, unchanged
from apps.api.schemas import Identifier, In, Reference, example
from apps.api.shapes import choices
from apps.api.shapes.ticket_parts import CommentOut
from apps.tickets import services
from apps.tickets.models import Ticket, TicketComment
from apps.tickets.states import Visibility

router = Resource(tags=["comments"])


class CommentChange(In):
    """What one’s own comment says instead."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=example(body="May I come at nine?"))

    body: str = Field(min_length=1, max_length=10_000, description="“@name” mentions somebody")


class Commenting(CommentChange):
    """Something to say."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=example(body="May I come at eight?")
    )

    visibility: choices.Visibility = Visibility.EVERYBODY
    on_behalf_of: Reference | None = Field(
        default=None, description="whose words these are, when you only write them down"
    )


@router.reads("/tickets/{ticket_id}/comments", scope="tickets:read", gives=Page[CommentOut])
def list_comments(
    request: ApiRequest, ticket_id: Identifier, filters: Query[Paging]
) -> Page[CommentOut]:
    """Comments on a ticket, the newest first.

    What staff say among themselves, only staff read.
    """
    seen(Ticket.objects.all(), request.user, pk=ticket_id)
    rows = TicketComment.objects.visible_to(request.user).filter(ticket=ticket_id)
    return page_of(rows.with_parts(), filters, CommentOut.of)


@router.reads("/comments/{comment_id}", scope="tickets:read", gives=CommentOut)
def get_comment(request: ApiRequest, comment_id: Identifier) -> CommentOut:
    """One comment."""
    rows = TicketComment.objects.all().with_parts()
    return CommentOut.of(seen(rows, request.user, pk=comment_id))


@router.does("/tickets/{ticket_id}/comments", scope="tickets:write", gives=CommentOut, status=201)
def add_comment(request: ApiRequest, ticket_id: Identifier, body: Commenting) -> Answer:
    """Say something on a ticket, in whatever status it is."""
    return said_on(request, ticket_id, body, [])


@router.changes("/comments/{comment_id}", scope="tickets:write", gives=CommentOut)
def edit_comment(request: ApiRequest, comment_id: Identifier, body: CommentChange) -> CommentOut:
    """Correct your own comment; what it said before stays in its history."""
    rows = TicketComment.objects.all().with_parts()
    unchanged(request, CommentOut.of(seen(rows, request.user, is_locked=True, pk=comment_id)))
    services.edit_comment(comment_id, body=body.body, actor=request.user)
    return CommentOut.of(rows.get(pk=comment_id))


def said_on(
    request: ApiRequest, ticket_id: int, body: Commenting, files: list[UploadedFile]
) -> Answer:
    """Say something with these files, and answer with it."""
    seen(Ticket.objects.all(), request.user, pk=ticket_id)
    speaker = None
    if body.on_behalf_of is not None:
        people = User.objects.filter(is_system=False)
        speaker = referred(people, body.on_behalf_of, field="on_behalf_of")
    said = services.comment(
        ticket_id,
        body=body.body,
        visibility=body.visibility,
        files=files,
        on_behalf_of=speaker,
        actor=request.user,
    )
    out = CommentOut.of(TicketComment.objects.all().with_parts().get(pk=said.pk))
    return Answer(out, status=201, headers={"Location": f"/api/v1/comments/{said.pk}"})
