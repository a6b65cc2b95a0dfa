"""The files of a ticket: kept with their digest, and handed out with a trace."""

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile, File

from apps.audit import services as audit
from apps.audit.services import deed
from apps.common import pictures, uploads
from apps.common.errors import NotPermitted
from apps.tickets.models import Ticket, TicketComment, TicketFile, TicketLine
from apps.tickets.states import FilePurpose

if TYPE_CHECKING:
    from apps.accounts.models import User

_PERMISSION = "tickets.view_ticketfile"
_PICTURES = ("image/jpeg", "image/png")
SHOWN = (
    FilePurpose.PHOTO_OUT,
    FilePurpose.PHOTO_IN,
    FilePurpose.SIGNATURE_OUT,
    FilePurpose.SIGNATURE_IN,
)
"""Purposes of pictures that a page shows."""


def attach(
    ticket: Ticket,
    files: Iterable["File[bytes]"],
    *,
    purpose: FilePurpose,
    actor: "User",
    line: TicketLine | None = None,
    comment: TicketComment | None = None,
) -> list[TicketFile]:
    """Keep the files with the ticket, each with its digest; part of a deed that has asked already.

    Raises:
        FileRefused: one of them is not what may be kept; none is kept then.
    """
    kept = []
    # All of them first, so that a refused file leaves none behind in the storage.
    for checked in [pictures.cleaned(file) for file in files]:
        file = TicketFile.objects.create(
            ticket=ticket,
            line=line,
            comment=comment,
            purpose=purpose,
            # Never under a name that somebody chose: it could be guessed, or mean something.
            file=ContentFile(checked.content, name=f"{uuid.uuid4()}{checked.suffix}"),
            name=checked.name,
            content_type=checked.content_type,
            size=len(checked.content),
            sha256=checked.sha256,
            added_by=actor,
        )
        audit.record(
            "tickets.file_added",
            actor=actor,
            target=ticket,
            after={
                "purpose": file.get_purpose_display(),
                "name": file.name,
                "size": file.size,
                "sha256": file.sha256,
                **({"asset": str(line.asset)} if line else {}),
            },
        )
        kept.append(file)
    return kept


@deed
def download(file_id: int, *, actor: "User") -> tuple[TicketFile, bytes]:
    """Return a file and its content, and keep who took it.

    Raises:
        NotPermitted: the person is neither on the ticket nor may see files of all tickets.
        FileDamaged: the file is gone, or is not the one that was kept.
    """
    file = TicketFile.objects.select_related("ticket").get(pk=file_id)
    if not _may_see(file, actor):
        raise NotPermitted(permission=_PERMISSION)
    content = uploads.stored(file.file, name=file.name, sha256=file.sha256)
    audit.record(
        "tickets.file_downloaded",
        actor=actor,
        target=file.ticket,
        after={"name": file.name, "sha256": file.sha256},
    )
    return file, content


def show(file_id: int, *, actor: "User") -> tuple[TicketFile, bytes]:
    """Return a photo or a drawn signature, to be looked at where it belongs.

    Looking at a page leaves no trace, taking a file away does: see `download`. Only pictures that
    were drawn anew here are shown, so that a browser may open them.

    Raises:
        NotPermitted: the person is neither on the ticket nor may see files of all tickets.
        FileDamaged: the file is gone, or is not the one that was kept.
        TicketFile.DoesNotExist: there is no such picture.
    """
    file = TicketFile.objects.select_related("ticket").get(
        pk=file_id, purpose__in=SHOWN, content_type__in=_PICTURES
    )
    if not _may_see(file, actor):
        raise NotPermitted(permission=_PERMISSION)
    return file, uploads.stored(file.file, name=file.name, sha256=file.sha256)


def _may_see(file: TicketFile, person: "User") -> bool:
    """Tell whether it is among those that the person may have."""
    return TicketFile.objects.visible_to(person).filter(pk=file.pk).exists()
