"""Comments on the ticket’s page: written with files, refused with their text kept, edited, read."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.tickets import services
from apps.tickets.models import Ticket, TicketFile
from apps.tickets.states import FilePurpose, Status, Visibility
from apps.tickets.tests.clicking import page_of, signed_in, text_of
from apps.tickets.tests.conftest import Desk
from apps.tickets.tests.showing import dent

EVIL = "<script>alert('x')</script><img src=x onerror=alert(1)>"
PNG = dent()


def say(client: Client, ticket: Ticket, body: str, **typed: Any) -> Any:
    return client.post(
        page_of(ticket), {"say": "1", "body": body, "visibility": "everybody", **typed}
    )


def edit(client: Client, ticket: Ticket, comment_id: int, body: str) -> Any:
    return client.post(page_of(ticket), {"edit_comment": str(comment_id), "body": body})


def a_file(name: str = "note.txt", content: bytes = b"hello") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.mark.parametrize("status", [Status.DRAFT, Status.SUBMITTED, Status.CLOSED])
def test_a_comment_with_files_is_kept_and_shown(desk: Desk, clara: User, status: str) -> None:
    ticket = desk.in_status(status)
    client = signed_in(clara)
    done = say(client, ticket, "Look, @Lena", attached=[a_file(), a_file("photo.png", PNG)])
    said = ticket.comments.get()
    assert (done.status_code, done["Location"]) == (302, f"{page_of(ticket)}#comment-{said.pk}")
    assert [(file.name, file.purpose) for file in said.files.order_by("pk")] == [
        ("note.txt", FilePurpose.COMMENT),
        ("photo.png", FilePurpose.COMMENT),
    ]
    page = client.get(page_of(ticket)).content.decode()
    assert f'id="comment-{said.pk}"' in page
    assert '<strong class="ticket-mention">@Lena</strong>' in page
    file = said.files.order_by("pk").first()
    assert file is not None
    taken = client.get(reverse("admin:tickets_ticket_file", args=(file.pk,)))
    assert taken.content == b"hello"
    assert taken["Content-Disposition"] == 'attachment; filename="note.txt"'
    assert taken["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("status", [Status.DRAFT, Status.SUBMITTED])
def test_a_refused_comment_keeps_its_text(desk: Desk, clara: User, status: str) -> None:
    ticket = desk.in_status(status)
    client = signed_in(clara)
    unknown = say(client, ticket, "Ask @Nobody about the lens")
    assert unknown.status_code == 200
    assert "“@Nobody” is nobody who may read comments" in text_of(unknown)
    assert "Ask @Nobody about the lens</textarea>" in unknown.content.decode()
    hidden = say(client, ticket, "Ask @Boris", visibility="staff")
    assert "Boris does not read what is visible to staff only" in text_of(hidden)
    strange = say(client, ticket, "See this", attached=[a_file("x.exe", b"MZ\x00\x01")])
    assert "attach a PDF, PNG or JPEG" in text_of(strange)
    assert "See this</textarea>" in strange.content.decode()
    empty = say(client, ticket, "  ")
    assert empty.status_code == 200
    assert not ticket.comments.exists()
    assert not TicketFile.objects.exists()


def test_nothing_that_is_said_runs_as_a_script(desk: Desk, clara: User) -> None:
    ticket = desk.draft()
    client = signed_in(clara)
    User.objects.filter(pk=clara.pk).update(display_name=f"Clara {EVIL}")
    say(client, ticket, f"{EVIL} @Boris", attached=[a_file(f"{EVIL}.txt")])
    said = ticket.comments.get()
    edit(client, ticket, said.pk, f"Sorry {EVIL}")
    for page in (client.get(page_of(ticket)), say(client, ticket, f"{EVIL} @Nobody")):
        text = page.content.decode()
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "&lt;script&gt;alert" in text
    offered = client.get(reverse("admin:tickets_ticket_readers", args=(ticket.pk,)))
    assert offered["Content-Type"] == "application/json"


def test_one_edits_ones_own_comment_and_everybody_reads_what_it_said(
    desk: Desk, clara: User, anna: User
) -> None:
    ticket = desk.draft()
    said = services.comment(ticket.pk, body="At ten.", actor=clara)
    clerk, approver = signed_in(clara), signed_in(anna)
    assert edit(clerk, ticket, said.pk, "At eleven.").status_code == 302
    page = approver.get(page_of(ticket))
    assert "At eleven." in text_of(page)
    assert "it said: At ten." in text_of(page)
    assert 'name="edit_comment"' not in page.content.decode()
    refused = edit(approver, ticket, said.pk, "Never.")
    assert "your roles lack" in text_of(refused)
    assert ticket.comments.get().body == "At eleven."
    empty = edit(clerk, ticket, said.pk, " ")
    assert empty.status_code == 200
    wrong = edit(clerk, ticket, said.pk, "At noon, @Nobody.")
    assert "At noon, @Nobody.</textarea>" in wrong.content.decode()
    other = desk.draft()
    assert edit(clerk, other, said.pk, "Elsewhere").status_code == 404


def test_who_may_not_comment_is_told_so(desk: Desk, fiona: User) -> None:
    ticket = desk.draft()
    client = signed_in(fiona)
    assert "your roles lack" in text_of(say(client, ticket, "Hello"))
    assert client.post(page_of(ticket), {"edit_comment": "x", "body": "y"}).status_code == 404
    assert not ticket.comments.exists()


def test_what_staff_say_is_hidden_from_who_may_not_read_comments(
    desk: Desk, clara: User, fiona: User
) -> None:
    ticket = desk.draft()
    services.comment(ticket.pk, body="Open words", actor=clara)
    services.comment(ticket.pk, body="Psst", visibility=Visibility.STAFF, actor=clara)
    page = text_of(signed_in(fiona).get(page_of(ticket)))
    assert "Open words" in page
    assert "Psst" not in page
    assert "Add the comment" not in page
    assert "Psst" in text_of(signed_in(clara).get(page_of(ticket)))


def test_the_words_of_the_borrower_are_written_down_in_their_name(
    desk: Desk, clara: User, boris: User, bella: User
) -> None:
    ticket = desk.draft()
    client = signed_in(clara)
    say(client, ticket, "I come at ten.", on_behalf_of=boris.pk)
    said = ticket.comments.get()
    assert (said.author, said.on_behalf_of) == (clara, boris)
    assert AuditEvent.objects.get(action="tickets.commented").on_behalf_of == boris
    assert "Clara for Boris" in text_of(client.get(page_of(ticket)))
    stranger = say(client, ticket, "I come too.", on_behalf_of=bella.pk)
    assert stranger.status_code == 200
    hidden = say(client, ticket, "Psst", on_behalf_of=boris.pk, visibility="staff")
    assert "What Boris said must be visible to everybody" in text_of(hidden)
    assert ticket.comments.count() == 1


def test_names_are_offered_to_those_who_comment(
    desk: Desk, clara: User, anna: User, bella: User, fiona: User
) -> None:
    del anna, bella
    ticket = desk.draft()
    address = reverse("admin:tickets_ticket_readers", args=(ticket.pk,))

    def offered(**asked: str) -> list[str]:
        people = signed_in(clara).get(address, asked).json()["people"]
        return [person["name"] for person in people]

    assert offered() == ["Anna", "Boris", "Clara", "Lena"]
    assert offered(term="an") == ["Anna"]
    assert offered(visibility="staff") == ["Anna", "Clara"]
    assert signed_in(fiona).get(address).status_code == 403


def test_a_file_of_a_ticket_is_not_for_everybody(desk: Desk, clara: User, fiona: User) -> None:
    ticket = desk.draft()
    said = services.comment(ticket.pk, body="Here", files=[a_file()], actor=clara)
    address = reverse("admin:tickets_ticket_file", args=(said.files.get().pk,))
    assert signed_in(clara).get(address).status_code == 200
    refused = signed_in(fiona).get(address, follow=True)
    assert "your roles lack the permission" in text_of(refused)


def test_the_page_asks_no_more_for_many_comments(
    desk: Desk, clara: User, anna: User, boris: User
) -> None:
    ticket = desk.draft()
    client = signed_in(clara)

    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(page_of(ticket)).status_code == 200
        return len(asked)

    def talk() -> None:
        said = services.comment(ticket.pk, body="@Anna?", files=[a_file()], actor=clara)
        services.edit_comment(said.pk, body="@Anna! @Lena?", actor=clara)
        services.comment(ticket.pk, body="Yes", actor=anna, on_behalf_of=boris)

    talk()
    questions()
    few = questions()
    for _turn in range(4):
        talk()
    assert questions() == few
