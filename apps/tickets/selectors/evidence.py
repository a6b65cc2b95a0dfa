"""What each asset looked like when it went out, and when it came back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from apps.tickets.models import HandingLine, TicketFile
from apps.tickets.states import Direction, FilePurpose

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.tickets.models import Handing, Ticket, TicketLine

_PHOTOS = (FilePurpose.PHOTO_OUT, FilePurpose.PHOTO_IN)


@dataclass(frozen=True)
class Seen:
    """How a line was seen at the desk, one way."""

    condition: str
    note: str
    at: datetime
    by: "User | None"
    answers: Sequence[Mapping[str, Any]]
    photos: Sequence[TicketFile]


@dataclass(frozen=True)
class Compared:
    """A line as it went out and as it came back, side by side."""

    line: "TicketLine"
    out: Seen | None
    back: Seen | None

    @property
    def is_worse(self) -> bool:
        """Tell whether the condition is not what it was."""
        return bool(self.out and self.back and self.out.condition != self.back.condition)


def compared(ticket: "Ticket", *, has_photos: bool = True) -> list[Compared]:
    """Return every line of which something was seen, in the order of the ticket.

    Without `has_photos` in words only, for those who may not see the files.
    """
    photos = _photos_of(ticket) if has_photos else defaultdict(list)
    answers = {
        (handed.line_id, handed.direction): handed.answers
        for handed in HandingLine.objects.filter(line__ticket=ticket)
    }
    related = ("asset", "handed_over_by", "returned_to")
    pairs = []
    for line in ticket.lines.select_related(*related).order_by("pk"):
        out = back = None
        if line.handed_over_at:
            out = Seen(
                line.get_condition_out_display(),
                line.note_out,
                line.handed_over_at,
                line.handed_over_by,
                answers.get((line.pk, Direction.OUT), ()),
                photos[line.pk, FilePurpose.PHOTO_OUT],
            )
        if line.returned_at:
            back = Seen(
                line.get_condition_in_display(),
                line.note_in,
                line.returned_at,
                line.returned_to,
                answers.get((line.pk, Direction.IN), ()),
                photos[line.pk, FilePurpose.PHOTO_IN],
            )
        if out or back:
            pairs.append(Compared(line, out, back))
    return pairs


def _photos_of(ticket: "Ticket") -> defaultdict[tuple[int, str], list[TicketFile]]:
    photos: defaultdict[tuple[int, str], list[TicketFile]] = defaultdict(list)
    for file in TicketFile.objects.filter(ticket=ticket, purpose__in=_PHOTOS).order_by("pk"):
        photos[file.line_id or 0, file.purpose].append(file)
    return photos


def handings_of(ticket: "Ticket") -> "list[Handing]":
    """Return the hand-overs and returns of the ticket, oldest first, with their receipts."""
    related = ("clerk", "receipt__file", "paper", "borrower_signature", "clerk_signature")
    return list(ticket.handings.select_related(*related).order_by("pk"))
