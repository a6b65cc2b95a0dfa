"""Who is told what was said on a ticket, and how they answer."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from apps.notifications import services as notifications
from apps.tickets import selectors
from apps.tickets.states import Visibility

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.tickets.models import TicketComment


def anchor_of(comment: "TicketComment") -> str:
    """Return where on the page of its ticket the comment stands."""
    return f"comment-{comment.pk}"


def of_comment(
    comment: "TicketComment", *, mentioned: "Sequence[User]", file_names: Sequence[str] = ()
) -> None:
    """Tell those whom it concerns, but not the author; who is mentioned is told that instead."""
    ticket = comment.ticket
    concerned = set(selectors.staff_concerned(ticket))
    if comment.visibility == Visibility.EVERYBODY:
        concerned |= {*selectors.people_on(ticket), ticket.entered_by}
    of_mentions(comment, mentioned, file_names=file_names)
    _tell(
        "tickets.commented",
        comment,
        concerned - {comment.author, *mentioned},
        _("{author} wrote on {ticket}").format(author=_who(comment), ticket=ticket),
        file_names,
    )


def of_mentions(
    comment: "TicketComment", mentioned: "Iterable[User]", *, file_names: Sequence[str] = ()
) -> None:
    """Tell people that a comment mentions them."""
    _tell(
        "tickets.mentioned",
        comment,
        set(mentioned) - {comment.author},
        _("{author} mentioned you on {ticket}").format(author=_who(comment), ticket=comment.ticket),
        file_names,
    )


def _who(comment: "TicketComment") -> str:
    if comment.on_behalf_of is None:
        return str(comment.author)
    return _("{author} for {person}").format(author=comment.author, person=comment.on_behalf_of)


def _tell(
    kind: str, comment: "TicketComment", to: "set[User]", subject: str, file_names: Sequence[str]
) -> None:
    """Tell staff, whose mail ends with a link to the place of the answer, and the others."""
    files = _("Attached: {names}").format(names=", ".join(file_names)) if file_names else ""
    answers = {
        True: _("Answer on the ticket:"),
        False: _("To answer, tell the lending desk: it writes your answer on the ticket."),
    }
    for is_staff, answer in answers.items():
        notifications.announce(
            kind,
            to={person for person in to if person.is_staff is is_staff},
            about=comment.ticket,
            subject=subject,
            body="\n\n".join(filter(None, (comment.body, files, answer))),
            key=str(comment.pk),
            anchor=anchor_of(comment),
        )
