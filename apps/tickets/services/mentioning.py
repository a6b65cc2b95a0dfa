"""Finding whom a comment mentions: “@Name” or “@e-mail” of somebody who may read it."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db.models import Q
from django.db.models.functions import Lower

from apps.accounts.models import User
from apps.tickets import selectors
from apps.tickets.errors.commenting import MentionAmbiguous, MentionNotOfStaff, MentionUnknown
from apps.tickets.models import CommentMention

if TYPE_CHECKING:
    from apps.tickets.models import Ticket, TicketComment

# Not in the middle of an e-mail address, and not before a price or alone.
_AT = re.compile(r"(?<![\w.@+-])@(?=[^\W\d])")
_LONGEST = 254


def mentioned_in(body: str, *, ticket: "Ticket", visibility: str) -> list[User]:
    """Return whom the text mentions, each once, in the order of the text.

    Raises:
        MentionUnknown, MentionAmbiguous: it is nobody, or not clear who.
        MentionNotOfStaff: somebody on the ticket, in a comment for staff.
    """
    tails = [
        body[found.end() :][:_LONGEST].partition("\n")[0].rstrip() for found in _AT.finditer(body)
    ]
    if not tails:
        return []
    called = _called({name for tail in tails for name in _beginnings(tail)})
    may_read = set(
        selectors.readers(ticket, visibility)
        .filter(pk__in={person.pk for people in called.values() for person in people})
        .values_list("pk", flat=True)
    )
    found: dict[int, User] = {}
    for tail in tails:
        person = _one(tail, called, may_read, ticket=ticket)
        found.setdefault(person.pk, person)
    return list(found.values())


def keep_mentions(said: "TicketComment", people: list[User]) -> list[User]:
    """Keep whom the comment mentions, and return those who are new in it."""
    known = set(said.mentions.values_list("person", flat=True))
    new = [person for person in people if person.pk not in known]
    CommentMention.objects.bulk_create(
        CommentMention(comment=said, person=person) for person in new
    )
    return new


def _beginnings(tail: str) -> Iterator[str]:
    """Yield every beginning of the text that could be a name, the longest first, in lower case."""
    for end in range(len(tail), 0, -1):
        is_end_of_word = end == len(tail) or not tail[end].isalnum()
        if is_end_of_word and not tail[end - 1].isspace():
            yield tail[:end].lower()


def _called(names: set[str]) -> dict[str, list[User]]:
    """Return the people whose name or e-mail is one of `names`, by that name."""
    people = User.objects.annotate(lower_name=Lower("display_name")).filter(
        Q(lower_name__in=names) | Q(email__in=names), is_system=False
    )
    called: dict[str, list[User]] = {}
    for person in people.order_by("pk"):
        for name in {person.display_name.lower(), person.email}:
            called.setdefault(name, []).append(person)
    return called


def _one(tail: str, called: dict[str, list[User]], may_read: set[int], *, ticket: "Ticket") -> User:
    name = next((name for name in _beginnings(tail) if name in called), None)
    people = called[name] if name else []
    readers = [person for person in people if person.pk in may_read]
    if len(readers) > 1:
        raise MentionAmbiguous(name=readers[0])
    if readers:
        return readers[0]
    for person in people:
        if ticket.concerns(person):
            raise MentionNotOfStaff(person=person)
    word = tail[: len(name)] if name else tail.split(maxsplit=1)[0].rstrip(".,:;!?)")
    raise MentionUnknown(name=word, ticket=ticket)
