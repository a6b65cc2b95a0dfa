"""The files of a ticket: photos, signatures, receipts, and what people attach."""

from typing import Annotated

from django.http import HttpResponse
from ninja import File, Query, UploadedFile
from pydantic import Field

from apps.api.errors import NotFound
from apps.api.finding import seen
from apps.api.paging import Page, Paging, page_of
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource
from apps.api.resources.comments import Commenting, said_on
from apps.api.schemas import Identifier
from apps.api.shapes import choices
from apps.api.shapes.ticket_parts import CommentOut, FileOut, HandingOut
from apps.common.admin import as_download
from apps.tickets import services
from apps.tickets.models import Handing, Ticket, TicketFile

router = Resource(tags=["files"])

_Files = Annotated[list[UploadedFile], File(min_length=1, max_length=20)]

_TYPES = ["application/pdf", "image/jpeg", "image/png", "text/csv", "text/plain"]


class FileFilters(Paging):
    """Which files."""

    purpose: choices.FilePurpose | None = Field(default=None, description="of this purpose")
    line: Identifier | None = Field(default=None, description="of this line, by id")


@router.reads("/tickets/{ticket_id}/files", scope="tickets:read", gives=Page[FileOut])
def list_ticket_files(
    request: ApiRequest, ticket_id: Identifier, filters: Query[FileFilters]
) -> Page[FileOut]:
    """Files of a ticket that you may have, the newest first.

    Lenders have what shows their own assets and what was said to everybody.
    """
    seen(Ticket.objects.all(), request.user, pk=ticket_id)
    rows = TicketFile.objects.visible_to(request.user).filter(ticket=ticket_id)
    if filters.purpose:
        rows = rows.filter(purpose=filters.purpose)
    if filters.line:
        rows = rows.filter(line=filters.line)
    return page_of(rows.select_related("added_by"), filters, FileOut.of)


@router.does("/tickets/{ticket_id}/files", scope="tickets:write", gives=CommentOut, status=201)
def attach_files(
    request: ApiRequest, ticket_id: Identifier, body: Commenting, files: _Files
) -> Answer:
    """Attach files to a ticket, with a comment that says what they are.

    A form (`multipart/form-data`): `body` is the JSON of the comment, each of `files` a PDF, PNG,
    JPEG, or text in UTF-8.
    """
    return said_on(request, ticket_id, body, files)


@router.hands_out("/tickets/{ticket_id}/files/{file_id}", scope="tickets:read", types=_TYPES)
def download_file(request: ApiRequest, ticket_id: Identifier, file_id: Identifier) -> HttpResponse:
    """Download a file; who took it stays in the audit log."""
    found = seen(TicketFile.objects.all(), request.user, pk=file_id, ticket=ticket_id)
    return _handed_out(found.pk, request)


@router.reads("/tickets/{ticket_id}/handings", scope="tickets:read", gives=Page[HandingOut])
def list_handings(
    request: ApiRequest, ticket_id: Identifier, filters: Query[Paging]
) -> Page[HandingOut]:
    """Hand-overs and returns of a ticket, the newest first, for its borrower and staff."""
    seen(Ticket.objects.all(), request.user, pk=ticket_id)
    rows = Handing.objects.visible_to(request.user).filter(ticket=ticket_id)
    return page_of(rows.select_related("clerk", "receipt"), filters, HandingOut.of)


@router.hands_out("/handings/{handing_id}/receipt", scope="tickets:read", types=["application/pdf"])
def download_receipt(request: ApiRequest, handing_id: Identifier) -> HttpResponse:
    """Download the receipt of a hand-over or return; a worker makes it soon after."""
    found = seen(Handing.objects.all(), request.user, pk=handing_id)
    made = getattr(found, "receipt", None)
    if made is None:
        raise NotFound
    return _handed_out(made.file_id, request)


def _handed_out(file_id: int, request: ApiRequest) -> HttpResponse:
    kept, content = services.download(file_id, actor=request.user)
    return as_download(content, name=kept.name, content_type=kept.content_type)
