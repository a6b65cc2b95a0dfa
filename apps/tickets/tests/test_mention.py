"""Naming somebody in a comment: who is found, who is told, and who may not be named."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import User
from apps.notifications.models import Notice
from apps.tickets import services
from apps.tickets.errors.commenting import MentionAmbiguous, MentionNotOfStaff, MentionUnknown
from apps.tickets.models import CommentMention, Ticket
from apps.tickets.states import Visibility
from apps.tickets.tests.conftest import Desk
from project.testing.cast import person


def said_by(actor: User, ticket: Ticket, body: str, **fields: Any) -> list[str]:
    comment = services.comment(ticket.pk, body=body, actor=actor, **fields)
    return [str(mention.person) for mention in comment.mentions.select_related("person")]


def told(kind: str) -> set[str]:
    notices = Notice.objects.filter(kind=kind, channel="admin")
    return set(notices.values_list("recipient__display_name", flat=True))


@pytest.mark.parametrize(
    ("body", "mentioned"),
    [
        ("@Boris, when?", ["Boris"]),
        ("@boris @LENA", ["Boris", "Lena"]),
        ("(@anna@example.com)", ["Anna"]),
        ("Ask @Boris. And @Boris again!", ["Boris"]),
        ("Write to boris@example.com", []),
        ("Two @ 20.00, one @20", []),
        ("@Anna Maria von Berg, please", ["Anna Maria von Berg"]),
        ("@Anna Maria, please", ["Anna"]),
        ("line\n@Boris\nline", ["Boris"]),
    ],
)
def test_a_name_or_an_e_mail_after_an_at_is_a_mention(
    desk: Desk, clara: User, anna: User, body: str, mentioned: list[str]
) -> None:
    person("vonBerg", "Lending clerk")
    User.objects.filter(email="vonberg@example.com").update(display_name="Anna Maria von Berg")
    assert anna.display_name == "Anna"
    assert said_by(clara, desk.draft(), body) == mentioned


def test_who_is_mentioned_is_told_that_and_not_twice(desk: Desk, clara: User, anna: User) -> None:
    ticket = desk.draft()
    said_by(clara, ticket, "@Boris and @Anna: at ten, says @Clara.")
    assert told("tickets.mentioned") == {"Boris", "Anna"}
    assert told("tickets.commented") == {"Lena"}
    subjects = Notice.objects.filter(recipient=anna).values_list("subject", flat=True)
    assert set(subjects) == {f"Clara mentioned you on {ticket}"}


def test_an_edit_tells_only_those_whom_it_adds(
    desk: Desk, clara: User, anna: User, arno: User
) -> None:
    said = services.comment(desk.draft().pk, body="@Anna?", actor=clara)
    services.edit_comment(said.pk, body="@Anna? @Arno?", actor=clara)
    services.edit_comment(said.pk, body="@Arno?", actor=clara)
    assert set(said.mentions.values_list("person", flat=True)) == {anna.pk, arno.pk}
    notices = Notice.objects.filter(kind="tickets.mentioned", channel="admin")
    assert notices.count() == 2


def test_who_may_not_read_it_is_not_mentioned(desk: Desk, clara: User, bella: User) -> None:
    ticket = desk.draft()
    for name in (bella.display_name, "Nobody", bella.email):
        with pytest.raises(MentionUnknown) as refusal:
            said_by(clara, ticket, f"@{name}, look")
        assert f"“@{name}”" in refusal.value.message
    with pytest.raises(MentionNotOfStaff) as refused:
        said_by(clara, ticket, "@Boris is late again", visibility=Visibility.STAFF)
    assert refused.value.message.startswith("Boris does not read what is visible to staff only.")
    assert not ticket.comments.exists()
    assert not Notice.objects.filter(kind="tickets.mentioned").exists()


def test_the_deactivated_are_not_mentioned(desk: Desk, clara: User, anna: User) -> None:
    anna.is_active = False
    anna.save()
    with pytest.raises(MentionUnknown):
        said_by(clara, desk.draft(), "@Anna?")


def test_of_two_people_of_one_name_the_e_mail_says_which(
    desk: Desk, clara: User, anna: User, arno: User
) -> None:
    ticket = desk.draft()
    User.objects.filter(pk=arno.pk).update(display_name="Anna")
    with pytest.raises(MentionAmbiguous) as refusal:
        said_by(clara, ticket, "@Anna?")
    assert "@ and the e-mail" in refusal.value.message
    said = services.comment(ticket.pk, body=f"@{arno.email}?", actor=clara)
    assert said.mentions.get().person_id == arno.pk
    # Of a namesake who may not read it nobody speaks.
    User.objects.filter(pk=arno.pk).update(is_staff=False)
    assert said_by(clara, ticket, "@Anna?") == [anna.display_name]


def test_a_mention_stays(desk: Desk, clara: User, anna: User) -> None:
    said = services.comment(desk.draft().pk, body="@Anna?", actor=clara)
    with pytest.raises(IntegrityError, match="ticket_comment_mentions_once"), transaction.atomic():
        CommentMention.objects.create(comment=said, person=anna)
    changes = ("DELETE FROM ticket_comment_mentions", "UPDATE ticket_comment_mentions SET id = 0")
    for statement in changes:
        with (
            pytest.raises(IntegrityError, match="neither changed nor deleted"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
