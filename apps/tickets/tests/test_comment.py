"""What people say: who may, who reads it, and what it said before."""

import pytest

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.common.errors import NotPermitted
from apps.notifications.models import Notice
from apps.tickets import services
from apps.tickets.errors import CommentEmpty
from apps.tickets.states import Visibility
from apps.tickets.tests.conftest import Desk


def told() -> set[str]:
    """Return who was told about comments."""
    notices = Notice.objects.filter(kind="tickets.commented")
    return set(notices.values_list("recipient__display_name", flat=True))


def test_everybody_on_the_ticket_may_speak_and_is_told(
    desk: Desk, boris: User, lena: User, clara: User
) -> None:
    ticket = desk.draft()
    services.comment(ticket.pk, body=" When can I come? ", actor=boris)
    assert told() == {"Clara", "Lena"}
    services.comment(ticket.pk, body="At ten.", actor=clara)
    services.comment(ticket.pk, body="The case is new.", actor=lena)
    assert told() == {"Clara", "Boris", "Lena"}
    assert [comment.body for comment in ticket.comments.all()] == [
        "When can I come?",
        "At ten.",
        "The case is new.",
    ]


def test_strangers_and_the_deactivated_say_nothing(desk: Desk, bella: User, boris: User) -> None:
    ticket = desk.draft()
    with pytest.raises(NotPermitted):
        services.comment(ticket.pk, body="Hello", actor=bella)
    boris.is_active = False
    with pytest.raises(NotPermitted):
        services.comment(ticket.pk, body="Hello", actor=boris)


def test_only_staff_talk_among_themselves(desk: Desk, boris: User, anna: User) -> None:
    ticket = desk.draft()
    with pytest.raises(NotPermitted):
        services.comment(ticket.pk, body="Psst", visibility=Visibility.STAFF, actor=boris)
    services.comment(ticket.pk, body="Careful", visibility=Visibility.STAFF, actor=anna)
    assert told() == {"Clara"}


def test_an_edit_keeps_what_was_said_before(desk: Desk, clara: User, anna: User) -> None:
    ticket = desk.draft()
    said = services.comment(ticket.pk, body="At ten.", actor=clara)
    services.edit_comment(said.pk, body="At ten. ", actor=clara)
    assert said.history.count() == 1
    services.edit_comment(said.pk, body="At eleven.", actor=clara)
    said.refresh_from_db()
    assert said.edited_at is not None
    versions = [version.body for version in said.history.order_by("history_id")]
    assert versions == ["At ten.", "At eleven."]
    event = AuditEvent.objects.get(action="tickets.comment_edited")
    assert (event.before, event.after) == ({"comment": "At ten."}, {"comment": "At eleven."})
    with pytest.raises(NotPermitted):
        services.edit_comment(said.pk, body="Never", actor=anna)


def test_a_comment_has_words(desk: Desk, clara: User) -> None:
    ticket = desk.draft()
    with pytest.raises(CommentEmpty):
        services.comment(ticket.pk, body="  ", actor=clara)
    said = services.comment(ticket.pk, body="Hello", actor=clara)
    with pytest.raises(CommentEmpty):
        services.edit_comment(said.pk, body="", actor=clara)
