"""What belongs to a ticket: comments, files, hand-overs, approvals, money, its timeline."""

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import ConfigDict, Field

from apps.api.schemas import Out, Person, example
from apps.api.shapes import choices
from apps.api.shapes.tickets import TICKET, Expansion, TicketOut, facts_of
from apps.approvals import selectors as approvals
from apps.tickets.models import Handing, TicketComment, TicketFile
from apps.tickets.selectors.moves import allowed
from apps.tickets.selectors.sight import Sight, money_for, sight_of, timeline_for
from apps.tickets.states import Direction, FilePurpose, Signing, Visibility

if TYPE_CHECKING:
    from collections.abc import Collection

    from apps.accounts.models import User
    from apps.approvals.models import ApprovalRequest
    from apps.tickets.models import Ticket
    from apps.tickets.selectors import Happening, TicketMoney

_FILE = {
    "id": 5,
    "name": "scratch.jpg",
    "content_type": "image/jpeg",
    "size": 48211,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "purpose": "photo_in",
    "line": 31,
    "comment": None,
    "added_by": {"id": 2, "name": "Clara"},
    "added_at": "2026-11-27T09:05:00Z",
}
COMMENT = {
    "id": 8,
    "ticket": 7,
    "author": {"id": 4, "name": "Boris"},
    "on_behalf_of": None,
    "body": "May I come at eight?",
    "visibility": "everybody",
    "created_at": "2026-11-25T10:00:00Z",
    "edited_at": None,
    "mentions": [],
    "files": [],
}


class FileOut(Out):
    """A file of a ticket; fetch its content at `/tickets/{ticket}/files/{id}`."""

    model_config = ConfigDict(json_schema_extra=example(**_FILE))

    id: int
    name: str
    content_type: str
    size: int = Field(description="bytes")
    sha256: str
    purpose: choices.FilePurpose
    line: int | None
    comment: int | None
    added_by: Person
    added_at: datetime

    @classmethod
    def of(cls, file: TicketFile) -> "FileOut":
        """Return what it is."""
        return cls(
            id=file.pk,
            name=file.name,
            content_type=file.content_type,
            size=file.size,
            sha256=file.sha256,
            purpose=FilePurpose(file.purpose),
            line=file.line_id,
            comment=file.comment_id,
            added_by=Person.of(file.added_by),
            added_at=file.added_at,
        )


class CommentOut(Out):
    """What somebody said on a ticket."""

    model_config = ConfigDict(json_schema_extra=example(**COMMENT))

    id: int
    ticket: int
    author: Person
    on_behalf_of: Person | None = Field(description="whose words the author wrote down")
    body: str
    visibility: choices.Visibility
    created_at: datetime
    edited_at: datetime | None
    mentions: list[Person]
    files: list[FileOut]

    @classmethod
    def of(cls, comment: TicketComment) -> "CommentOut":
        """Return what was said."""
        return cls(
            id=comment.pk,
            ticket=comment.ticket_id,
            author=Person.of(comment.author),
            on_behalf_of=Person.of_any(comment.on_behalf_of),
            body=comment.body,
            visibility=Visibility(comment.visibility),
            created_at=comment.created_at,
            edited_at=comment.edited_at,
            mentions=[Person.of(mention.person) for mention in comment.mentions.all()],
            files=[FileOut.of(file) for file in comment.files.all()],
        )


class HandingOut(Out):
    """One hand-over or return at the desk."""

    model_config = ConfigDict(
        json_schema_extra=example(
            id=3,
            direction="out",
            at="2026-11-26T09:02:00Z",
            clerk={"id": 2, "name": "Clara"},
            representative="Boris",
            signing="drawn",
            sha256=_FILE["sha256"],
            receipt=6,
        )
    )

    id: int
    direction: choices.Direction
    at: datetime
    clerk: Person
    representative: str = Field(description="who stood at the desk for the borrower")
    signing: choices.Signing
    sha256: str = Field(description="of the statement that was signed")
    receipt: int | None = Field(description="the file of the receipt; null until it is made")

    @classmethod
    def of(cls, handing: Handing) -> "HandingOut":
        """Return what was stated."""
        receipt = getattr(handing, "receipt", None)
        return cls(
            id=handing.pk,
            direction=Direction(handing.direction),
            at=handing.at,
            clerk=Person.of(handing.clerk),
            representative=handing.representative,
            signing=Signing(handing.signing),
            sha256=handing.sha256,
            receipt=receipt.file_id if receipt else None,
        )


class ApprovalOut(Out):
    """A request that somebody decides on, at `/approvals/{id}/decisions`."""

    id: int
    status: str
    level: int
    requested_at: datetime
    concluded_at: datetime | None

    @classmethod
    def of(cls, asked: "ApprovalRequest") -> "ApprovalOut":
        """Return where it stands."""
        return cls(
            id=asked.pk,
            status=asked.status,
            level=asked.level,
            requested_at=asked.requested_at,
            concluded_at=asked.concluded_at,
        )


class SettledOut(Out):
    """What the settlement moved; minor units, credit positive."""

    wallet: str
    amount: int


class TicketMoneyOut(Out):
    """Where the money of a ticket is, in minor units."""

    currency: str
    held: int
    in_escrow: int
    settled: list[SettledOut] = Field(description="borrowers see what came to themselves")

    @classmethod
    def of(cls, money: "TicketMoney | None") -> "TicketMoneyOut | None":
        """Return the figures, if they are theirs to know."""
        if money is None:
            return None
        return cls(
            currency=money.currency,
            held=money.held,
            in_escrow=money.in_escrow,
            settled=[
                SettledOut(wallet=str(entry.wallet.name), amount=entry.amount)
                for entry in money.settled
            ],
        )


class HappeningOut(Out):
    """One thing that happened."""

    at: datetime
    kind: str
    what: str
    who: str
    text: str

    @classmethod
    def of(cls, happened: "Happening") -> "HappeningOut":
        """Return it as the page of the ticket says it."""
        return cls(
            at=happened.at,
            kind=happened.kind.value,
            what=happened.what,
            who=happened.who,
            text=happened.text,
        )


class TicketPage(TicketOut):
    """A ticket with what can be done now, and what `expand` asks for (else null)."""

    model_config = ConfigDict(
        json_schema_extra=example(
            **TICKET,
            allowed_moves=["cancel", "change", "comment", "submit"],
            approval=None,
            comments=None,
            files=None,
            approvals=None,
            money=None,
            timeline=None,
        )
    )

    allowed_moves: list[choices.TicketMove] = Field(
        description="what you may do now. `change` is a PATCH of the ticket; `extend` is POST "
        "`/tickets/{id}/extensions` and `comment` POST `/tickets/{id}/comments`; `approve`, "
        "`reject` and `request_changes` are POST `/approvals/{approval}/decisions`; each other is "
        "POST `/tickets/{id}/` and its name with `-` for `_`, such as `hand-over`"
    )
    approval: int | None = Field(description="the request that waits for a decision")
    comments: list[CommentOut] | None
    files: list[FileOut] | None
    approvals: list[ApprovalOut] | None
    money: TicketMoneyOut | None = Field(description="null also to those who only lend")
    timeline: list[HappeningOut] | None

    @classmethod
    def of_page(
        cls, ticket: "Ticket", person: "User", expand: "Collection[Expansion]" = ()
    ) -> "TicketPage":
        """Return what the person may know of it."""
        sight = sight_of(ticket, person)
        waiting = approvals.open_request_of(ticket)
        return cls(
            **facts_of(ticket, sight, has_lines="lines" in expand),
            allowed_moves=allowed(ticket, list(ticket.lines.all()), person),
            approval=waiting.pk if waiting else None,
            comments=_comments(ticket, person) if "comments" in expand else None,
            files=_files(ticket, person) if "files" in expand else None,
            approvals=_approvals(ticket, sight) if "approvals" in expand else None,
            money=TicketMoneyOut.of(money_for(ticket, sight)) if "money" in expand else None,
            timeline=_timeline(ticket, sight) if "timeline" in expand else None,
        )


def _comments(ticket: "Ticket", person: "User") -> list[CommentOut]:
    rows = TicketComment.objects.visible_to(person).filter(ticket=ticket).with_parts()
    return [CommentOut.of(comment) for comment in rows.order_by("pk")]


def _files(ticket: "Ticket", person: "User") -> list[FileOut]:
    rows = TicketFile.objects.visible_to(person).filter(ticket=ticket)
    return [FileOut.of(file) for file in rows.select_related("added_by").order_by("pk")]


def _approvals(ticket: "Ticket", sight: Sight) -> list[ApprovalOut]:
    if not sight.is_whole:
        return []
    rows = approvals.requests_about(ticket).order_by("pk")
    return [ApprovalOut.of(asked) for asked in rows]


def _timeline(ticket: "Ticket", sight: Sight) -> list[HappeningOut]:
    return [HappeningOut.of(one) for one in timeline_for(ticket, sight)]
