"""Who is told of a comment, and how the mail lets them answer."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import User
from apps.approvals.states import Verdict
from apps.notifications.delivery import message_of
from apps.notifications.models import Notice
from apps.tickets import services
from apps.tickets.models import Ticket
from apps.tickets.states import Visibility
from apps.tickets.tests.conftest import Desk


def told(comment_id: int) -> set[str]:
    notices = Notice.objects.filter(anchor=f"comment-{comment_id}", channel="admin")
    return set(notices.values_list("recipient__display_name", flat=True))


def mail_to(person: User, ticket: Ticket) -> str:
    notice = Notice.objects.filter(
        recipient=person, channel="email", kind="tickets.commented", about_id=ticket.pk
    ).latest("pk")
    message = message_of(notice)
    return f"{message.subject}\n{message.body}"


def test_staff_comments_go_to_the_staff_concerned(
    desk: Desk, clara: User, anna: User, arno: User
) -> None:
    desk.pay_in()
    ticket = desk.submitted()
    first = services.comment(ticket.pk, body="Hm", visibility=Visibility.STAFF, actor=clara)
    # Both may decide.
    assert told(first.pk) == {"Anna", "Arno"}
    desk.decide(ticket, Verdict.APPROVE, actor=anna)
    second = services.comment(ticket.pk, body="So", visibility=Visibility.STAFF, actor=arno)
    assert told(second.pk) == {"Clara", "Anna"}
    third = services.comment(ticket.pk, body="Well", visibility=Visibility.STAFF, actor=anna)
    assert told(third.pk) == {"Clara", "Arno"}
    # Who may not read it is not told, even if they have a part in it.
    arno.groups.clear()
    fourth = services.comment(ticket.pk, body="Ah", visibility=Visibility.STAFF, actor=clara)
    assert told(fourth.pk) == {"Anna"}


def test_the_mail_to_staff_ends_with_a_link_to_the_comment(
    desk: Desk, clara: User, boris: User
) -> None:
    ticket = desk.draft()
    file = SimpleUploadedFile("map.txt", b"here")
    said = services.comment(ticket.pk, body="Where is it?", files=[file], actor=boris)
    mail = mail_to(clara, ticket)
    assert mail.startswith(f"Boris wrote on {ticket}\nWhere is it?\n\nAttached: map.txt\n\n")
    assert mail.endswith(f"/admin/tickets/ticket/{ticket.pk}/change/#comment-{said.pk}")
    assert "Answer on the ticket:" in mail


@pytest.mark.parametrize("who", ["boris", "lena"])
def test_the_mail_to_others_says_how_to_answer_without_a_link(
    desk: Desk, clara: User, who: str, request: pytest.FixtureRequest
) -> None:
    ticket = desk.draft()
    services.comment(ticket.pk, body="At ten.", actor=clara)
    mail = mail_to(request.getfixturevalue(who), ticket)
    assert mail.endswith("To answer, tell the lending desk: it writes your answer on the ticket.")
    assert "http" not in mail
