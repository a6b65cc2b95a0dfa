"""The pages of the desk: what they ask, where a refusal stands, and who may see the pictures."""

from base64 import b64encode
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.assets.models import ChecklistItem
from apps.tickets import selectors, services
from apps.tickets.models import Handing, Ticket, TicketFile
from apps.tickets.receipts import making
from apps.tickets.states import FilePurpose, LineStatus, Signing, Status
from apps.tickets.tests.clicking import fields_of, page_of, signed_in, text_of, url_of
from apps.tickets.tests.conftest import Desk, lines
from apps.tickets.tests.showing import drawn, photo, scan, stroke


def address_of(picture: bytes) -> str:
    """Return a picture as the canvas gives it."""
    return f"data:image/png;base64,{b64encode(picture).decode()}"


DRAWN = {
    "signing": "drawn",
    "signature_borrower": address_of(stroke()),
    "signature_clerk": address_of(stroke(step=7)),
}


def send(client: Client, name: str, ticket: Ticket, **typed: Any) -> Any:
    """Open the page, type, choose files, and press its button."""
    opened = client.get(url_of(name, ticket))
    assert opened.status_code == 200
    return client.post(url_of(name, ticket), {**fields_of(opened), **typed})


def faults_of(response: Any) -> list[str]:
    """Return what the page refuses, where it stands."""
    return [
        f"{name}: {text}" for name, all_ in response.context["form"].errors.items() for text in all_
    ]


@pytest.fixture
def strict(desk: Desk) -> Ticket:
    """Return an approved ticket of a category in which everything is asked."""
    desk.pay_in()
    (asset,) = desk.assets()
    category = asset.category
    category.requires_signature = category.requires_photos = True
    category.save()
    ChecklistItem.objects.create(category=category, text="Battery is charged")
    return desk.approved([asset])


def test_all_that_is_asked_is_typed_and_kept(desk: Desk, strict: Ticket) -> None:
    (line,) = lines(strict)
    item = ChecklistItem.objects.get().pk
    client = signed_in(desk.clara)
    answered = {
        f"line_{line}_item_{item}": "no",
        f"line_{line}_item_{item}_note": "half full",
        f"line_{line}_condition": "worn",
        f"line_{line}_note": "Scratch",
    }
    done = send(
        client,
        "hand_over",
        strict,
        **answered,
        **DRAWN,
        representative="Bert",
        **{f"line_{line}_photos": [photo("a.jpg"), photo("b.jpg", colour="red")]},
    )
    assert (done.status_code, done.url) == (302, page_of(strict))
    handing = Handing.objects.get()
    assert (handing.representative, handing.signing) == ("Bert", Signing.DRAWN)
    (pair,) = selectors.compared(strict)
    assert pair.out is not None
    assert (len(pair.out.photos), pair.out.note) == (2, "Scratch")
    assert pair.out.answers[0]["note"] == "half full"
    page = text_of(client.get(page_of(strict)))
    for said in (
        "is handed over",
        "Battery is charged: no – half full",
        "Bert, Clara",
        handing.sha256[:16],
    ):
        assert said in page
    assert "The receipt is being made" in page


def test_a_refusal_stands_where_it_belongs_and_keeps_what_was_typed(
    desk: Desk, strict: Ticket
) -> None:
    (line,) = lines(strict)
    item = ChecklistItem.objects.get().pk
    client = signed_in(desk.clara)
    photos = f"line_{line}_photos"
    yes = {f"line_{line}_item_{item}": "yes"}
    blank = send(
        client, "hand_over", strict, **yes, **{f"line_{line}_note": "Scratch", photos: [photo()]}
    )
    assert faults_of(blank) == [
        "signing: The signature of the borrower is blank. Clear it and sign again."
    ]
    assert 'value="Scratch"' in blank.content.decode()
    for typed, said in (
        ({**DRAWN, **yes}, f"line_{line}: {strict.lines.get().asset}: "),
        ({**DRAWN, photos: [photo()]}, f"line_{line}: {strict.lines.get().asset}: answer"),
        ({**yes, "signing": "paper"}, "scan: Add the paper"),
        ({**yes, **DRAWN, "signature_clerk": "data:image/png;base64,§"}, "signature_clerk: The"),
        ({**yes, "signing": "none"}, "signing: Select a valid choice"),
        ({**DRAWN, **yes, photos: [scan("a.jpg")]}, f"line_{line}: “a.jpg”"),
        ({**DRAWN, **yes, f"line_{line}_ticked": ""}, "__all__: No asset is ticked"),
    ):
        faults = faults_of(send(client, "hand_over", strict, **typed))
        assert len(faults) == 1
        assert faults[0].startswith(said)
    assert desk.again(strict).status == Status.APPROVED
    assert not TicketFile.objects.exists()


def test_the_paper_that_was_signed_is_downloaded(desk: Desk, strict: Ticket) -> None:
    (line,) = lines(strict)
    client = signed_in(desk.clara)
    asked = {
        f"line_{line}_item_{ChecklistItem.objects.get().pk}": "yes",
        f"line_{line}_photos": [photo()],
    }
    done = send(client, "hand_over", strict, **asked, signing="paper", scan=scan())
    assert done.status_code == 302
    paper = Handing.objects.get().paper
    assert paper is not None
    address = reverse("admin:tickets_ticket_receipt", args=(strict.pk, paper.pk))
    assert address in client.get(page_of(strict)).content.decode()
    file = client.get(address)
    assert file["Content-Type"] == "application/pdf"
    assert file["Content-Disposition"].startswith("attachment")


def shown_at(ticket: Ticket, file: TicketFile, query: str = "") -> str:
    return reverse("admin:tickets_ticket_photo", args=(ticket.pk, file.pk)) + query


def test_pictures_are_shown_in_the_page_and_to_nobody_else(desk: Desk, walt: User) -> None:
    desk.pay_in()
    ticket, other = desk.approved(), desk.approved()
    out = services.LineOut(lines(ticket)[0], "good", photos=[photo(size=(900, 700))])
    services.hand_over(
        ticket.pk, lines=[out], actor=desk.clara, at=ticket.starts_at, signatures=drawn()
    )
    taken = TicketFile.objects.get(purpose=FilePurpose.PHOTO_OUT)
    signature = TicketFile.objects.filter(purpose=FilePurpose.SIGNATURE_OUT)[0]
    client = signed_in(desk.clara)
    small, large = (
        client.get(shown_at(ticket, taken, "?small")),
        client.get(shown_at(ticket, taken)),
    )
    assert len(small.content) < len(large.content)
    for response in (small, large, client.get(shown_at(ticket, signature))):
        assert response["Content-Type"].startswith("image/")
        assert response["Content-Disposition"] == "inline"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cache-Control"].startswith("private")
    assert client.get(shown_at(other, taken)).status_code == 404
    assert client.get(shown_at(ticket, TicketFile(pk=0))).status_code == 404
    assert signed_in(walt).get(shown_at(ticket, taken)).status_code == 403
    assert Client().get(shown_at(ticket, taken)).status_code == 302
    taken.file.storage.delete(str(taken.file))
    assert client.get(shown_at(ticket, taken)).status_code == 404


def test_who_may_not_see_files_reads_the_words_only(desk: Desk, fiona: User) -> None:
    desk.pay_in()
    ticket = desk.approved()
    out = services.LineOut(lines(ticket)[0], "good", "New strap", photos=[photo()])
    services.hand_over(ticket.pk, lines=[out], actor=desk.clara, at=ticket.starts_at)
    page = signed_in(fiona).get(page_of(ticket)).content.decode()
    assert "New strap" in page
    assert "/photos/" not in page
    assert "/receipts/" not in page


def test_the_receipt_is_downloaded_with_a_trace(desk: Desk, walt: User) -> None:
    desk.pay_in()
    ticket = desk.on_loan()
    making.make(ticket.handings.get().pk)
    kept = ticket.handings.get().receipt.file
    address = reverse("admin:tickets_ticket_receipt", args=(ticket.pk, kept.pk))
    client = signed_in(desk.clara)
    assert f"Hand-over receipt {ticket}.pdf" in text_of(client.get(page_of(ticket)))
    assert client.get(address).content.startswith(b"%PDF")
    assert signed_in(walt).get(address).status_code == 403
    kept.file.storage.delete(str(kept.file))
    gone = client.get(address, follow=True)
    assert "is not as it was attached" in text_of(gone)
    nothing = reverse("admin:tickets_ticket_receipt", args=(ticket.pk, 0))
    assert client.get(nothing).status_code == 404


def test_the_return_shows_how_it_went_out_and_the_inspection_shows_both(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.approved()
    (line,) = lines(ticket)
    out = services.LineOut(line, "good", "New strap", photos=[photo()])
    services.hand_over(ticket.pk, lines=[out], actor=desk.clara, at=ticket.starts_at)
    client = signed_in(desk.clara)
    asked = client.get(url_of("take_back", ticket))
    assert "How it went out" in text_of(asked)
    assert "New strap" in text_of(asked)
    typed = {f"line_{line}_condition": "damaged", f"line_{line}_photos": [photo(colour="red")]}
    send(client, "take_back", ticket, **typed)
    page = client.get(url_of("inspect", ticket)).content.decode()
    for file in TicketFile.objects.filter(line=line):
        assert shown_at(ticket, file) in page
    assert "evidence-pair worse" in page
    done = send(client, "inspect", ticket, **{f"line_{line}_damage": "lots"})
    assert len(faults_of(done)) == 1
    send(client, "inspect", ticket)
    assert ticket.lines.get().status == LineStatus.INSPECTED


@pytest.mark.parametrize("name", ["hand_over", "take_back", "inspect"])
def test_a_page_with_nothing_to_do_says_so_and_strangers_are_turned_away(
    desk: Desk, anna: User, name: str
) -> None:
    ticket = desk.draft()
    assert "Nothing" in text_of(signed_in(desk.clara).get(url_of(name, ticket)))
    assert signed_in(anna).get(url_of(name, ticket)).status_code == 403
    assert signed_in(desk.clara).get(url_of(name, Ticket(pk=0))).status_code == 404
