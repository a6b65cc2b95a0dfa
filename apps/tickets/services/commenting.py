"""What people say on a ticket."""

from typing import TYPE_CHECKING

from django.utils import timezone

from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.errors import NotPermitted
from apps.tickets.errors import CommentEmpty
from apps.tickets.models import Ticket, TicketComment
from apps.tickets.services import telling
from apps.tickets.services.keeping import keep, signed
from apps.tickets.states import Visibility

if TYPE_CHECKING:
    from apps.accounts.models import User

_PERMISSION = "tickets.comment_ticket"


@deed
def comment(
    ticket_id: int, *, body: str, actor: "User", visibility: Visibility = Visibility.EVERYBODY
) -> TicketComment:
    """Say something on a ticket, in whatever status it is.

    Raises:
        CommentEmpty: not a word.
    """
    ticket = Ticket.objects.select_related("borrower", "entered_by").get(pk=ticket_id)
    # Who is on the ticket may speak to everybody on it; only staff talk among themselves.
    if visibility == Visibility.STAFF or not ticket.concerns(actor):
        actor.require(_PERMISSION)
    said = TicketComment(ticket=ticket, author=actor, body=_worded(body), visibility=visibility)
    signed(said, actor).save()
    audit.record(
        "tickets.commented",
        actor=actor,
        target=ticket,
        after={"comment": said.body, "visible to": said.get_visibility_display()},
    )
    telling.of_comment(said)
    return said


@deed
def edit_comment(comment_id: int, *, body: str, actor: "User") -> TicketComment:
    """Correct one’s own comment; what it said before stays in its history.

    Raises:
        NotPermitted: somebody else wrote it.
        CommentEmpty: not a word.
    """
    said = (
        TicketComment.objects.select_for_update(of=("self",))
        .select_related("ticket")
        .get(pk=comment_id)
    )
    if said.author_id != actor.pk or not actor.is_active:
        raise NotPermitted(permission=_PERMISSION)
    before, said.body = said.body, _worded(body)
    if said.body == before:
        return said
    said.edited_at = timezone.now()
    keep(said, "body", "edited_at", actor=actor)
    audit.record(
        "tickets.comment_edited",
        actor=actor,
        target=said.ticket,
        before={"comment": before},
        after={"comment": said.body},
    )
    return said


def _worded(body: str) -> str:
    if not body.strip():
        raise CommentEmpty
    return body.strip()
