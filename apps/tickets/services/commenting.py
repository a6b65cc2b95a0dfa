"""What people say on a ticket."""

from typing import TYPE_CHECKING

from django.utils import timezone

from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.errors import NotPermitted
from apps.tickets.errors import CommentEmpty
from apps.tickets.errors.commenting import SpeakerNotForStaff, SpeakerNotOnTicket
from apps.tickets.models import Ticket, TicketComment
from apps.tickets.services import telling_comments
from apps.tickets.services.filing import attach
from apps.tickets.services.keeping import keep, signed
from apps.tickets.services.mentioning import keep_mentions, mentioned_in
from apps.tickets.states import FilePurpose, Visibility

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.core.files.base import File

    from apps.accounts.models import User

_PERMISSION = "tickets.comment_ticket"


@deed
def comment(
    ticket_id: int,
    *,
    body: str,
    actor: "User",
    visibility: Visibility = Visibility.EVERYBODY,
    files: "Iterable[File[bytes]]" = (),
    on_behalf_of: "User | None" = None,
) -> TicketComment:
    """Say something on a ticket, in whatever status it is, and tell those whom it concerns.

    With `on_behalf_of` the words are those of the borrower or a lender, whom the actor heard.

    Raises:
        CommentEmpty: not a word.
        MentionUnknown, MentionAmbiguous, MentionNotOfStaff: “@name” is nobody who may read it.
        SpeakerNotOnTicket, SpeakerNotForStaff: these are not the words of that person.
        FileRefused: a file is not what may be kept.
    """
    ticket = Ticket.objects.select_related("borrower", "entered_by").get(pk=ticket_id)
    speaker = None if on_behalf_of == actor else on_behalf_of
    # Who is on the ticket may speak to everybody on it; only staff talk among themselves.
    if visibility == Visibility.STAFF or speaker or not ticket.concerns(actor):
        actor.require(_PERMISSION)
    if speaker:
        _refuse_words_of(speaker, ticket, visibility)
    said = TicketComment(
        ticket=ticket,
        author=actor,
        on_behalf_of=speaker,
        body=_worded(body),
        visibility=visibility,
    )
    people = mentioned_in(said.body, ticket=ticket, visibility=visibility)
    signed(said, actor).save()
    keep_mentions(said, people)
    kept = attach(ticket, files, purpose=FilePurpose.COMMENT, actor=actor, comment=said)
    audit.record(
        "tickets.commented",
        actor=actor,
        target=ticket,
        after={
            "comment": said.body,
            "visible to": said.get_visibility_display(),
            **({"mentions": [str(person) for person in people]} if people else {}),
            **({"files": [file.name for file in kept]} if kept else {}),
        },
        on_behalf_of=speaker,
    )
    telling_comments.of_comment(said, mentioned=people, file_names=[file.name for file in kept])
    return said


@deed
def edit_comment(comment_id: int, *, body: str, actor: "User") -> TicketComment:
    """Correct one’s own comment; what it said before stays in its history.

    Raises:
        NotPermitted: somebody else wrote it.
        CommentEmpty: not a word.
        MentionUnknown, MentionAmbiguous, MentionNotOfStaff: “@name” is nobody who may read it.
    """
    said = (
        TicketComment.objects.select_for_update(of=("self",))
        .select_related("ticket__borrower", "ticket__entered_by", "author", "on_behalf_of")
        .get(pk=comment_id)
    )
    if said.author_id != actor.pk or not actor.is_active:
        raise NotPermitted(permission=_PERMISSION)
    before, said.body = said.body, _worded(body)
    if said.body == before:
        return said
    people = mentioned_in(said.body, ticket=said.ticket, visibility=said.visibility)
    said.edited_at = timezone.now()
    keep(said, "body", "edited_at", actor=actor)
    audit.record(
        "tickets.comment_edited",
        actor=actor,
        target=said.ticket,
        before={"comment": before},
        after={"comment": said.body},
        on_behalf_of=said.on_behalf_of,
    )
    # Who was told of it before is not told again.
    telling_comments.of_mentions(said, keep_mentions(said, people))
    return said


def _refuse_words_of(speaker: "User", ticket: Ticket, visibility: str) -> None:
    if not ticket.concerns(speaker):
        raise SpeakerNotOnTicket(person=speaker, ticket=ticket)
    if visibility != Visibility.EVERYBODY:
        raise SpeakerNotForStaff(person=speaker)


def _worded(body: str) -> str:
    if not body.strip():
        raise CommentEmpty
    return body.strip()
