"""Evidence: what is required is refused when missing, and what was signed never changes."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from PIL import Image

from apps.accounts.models import User
from apps.assets.models import Asset, ChecklistItem
from apps.assets.states import CheckedAt, Condition
from apps.audit.models import AuditEvent
from apps.common import pictures
from apps.common.errors import FileRefused, NotPermitted
from apps.tickets import selectors, services
from apps.tickets.errors.evidence import (
    ChecklistChanged,
    NoteMissing,
    PhotosMissing,
    SignatureRefused,
    SignaturesMissing,
    TooManyPhotos,
    Unanswered,
)
from apps.tickets.models import Handing, HandingLine, Ticket, TicketFile
from apps.tickets.models.handing import digest_of
from apps.tickets.services.evidence import MOST_PHOTOS
from apps.tickets.states import Direction, FilePurpose, LineStatus, Signing
from apps.tickets.tests.conftest import Desk, lines
from apps.tickets.tests.showing import drawn, photo, png, scan, stroke

YES = services.Answer(is_so=True)


def ask(desk: Desk, **required: Any) -> Asset:
    """Return an asset of a category that requires this."""
    desk.pay_in()
    (asset,) = desk.assets()
    for name, value in required.items():
        setattr(asset.category, name, value)
    asset.category.save()
    return asset


def item_of(asset: Asset, text: str = "Battery is charged", **fields: Any) -> ChecklistItem:
    return ChecklistItem.objects.create(category=asset.category, text=text, **fields)


def go_out(
    desk: Desk,
    ticket: Ticket,
    signatures: services.Signatures | None = None,
    **shown: Any,
) -> Handing:
    """Hand the ticket's only line over with this evidence."""
    out = services.LineOut(lines(ticket)[0], Condition.GOOD, **shown)
    services.hand_over(
        ticket.pk, lines=[out], actor=desk.clara, at=ticket.starts_at, signatures=signatures
    )
    return ticket.handings.get(direction=Direction.OUT)


def come_back(
    desk: Desk, ticket: Ticket, signatures: services.Signatures | None = None, **shown: Any
) -> Handing:
    """Take the ticket's only line back with this evidence."""
    back = services.LineIn(lines(ticket)[0], Condition.WORN, **shown)
    services.take_back(
        ticket.pk, lines=[back], actor=desk.clara, at=ticket.ends_at, signatures=signatures
    )
    return ticket.handings.get(direction=Direction.IN)


def test_the_statement_names_all_that_was_shown_and_its_digest_is_kept(desk: Desk) -> None:
    asset = ask(desk, terms="Keep it dry.")
    item = item_of(asset)
    ticket = desk.approved([asset])
    checked = {item.pk: services.Answer(is_so=False, note=" half full ")}
    handing = go_out(desk, ticket, drawn("Bert"), note="Scratch", photos=[photo()], checked=checked)
    stated = handing.stated
    file = TicketFile.objects.get(purpose=FilePurpose.PHOTO_OUT)
    assert file.line_id == lines(ticket)[0]
    (line,) = stated.pop("lines")
    assert (line["tag"], line["fee"], line["deposit"]) == (asset.tag, 2_000, 5_000)
    assert line["photos"] == [file.sha256]
    assert line["checklist"] == [
        {"item": "Battery is charged", "is_so": False, "note": "half full"}
    ]
    assert (stated["ticket"], stated["borrower"], stated["representative"], stated["clerk"]) == (
        str(ticket),
        "Boris",
        "Bert",
        "Clara",
    )
    assert stated["terms"] == {asset.category.name: "Keep it dry."}
    assert handing.borrower_signature is not None
    assert stated["signatures"]["borrower"] == handing.borrower_signature.sha256
    assert handing.sha256 == digest_of(handing.statement)
    event = AuditEvent.objects.get(action="tickets.handed_over")
    assert event.after["statement"] == handing.sha256
    assert event.after["signed"] == Signing.DRAWN.label


def test_nothing_required_and_nothing_shown_is_a_statement_too(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.returned()
    out, back = selectors.handings_of(ticket)
    assert (out.direction, back.direction) == (Direction.OUT, Direction.IN)
    assert out.signing == Signing.NONE
    assert out.representative == "Boris"
    assert back.stated["lines"][0]["late_fee"] == 0


@pytest.mark.parametrize("direction", Direction)
def test_a_category_that_wants_signatures_gets_them_both_ways(
    desk: Desk, direction: Direction
) -> None:
    ticket = desk.approved([ask(desk, requires_signature=True)])
    if direction == Direction.IN:
        go_out(desk, ticket, drawn())
    do = go_out if direction == Direction.OUT else come_back
    with pytest.raises(SignaturesMissing, match="needs the signatures") as refusal:
        do(desk, ticket)
    assert refusal.value.line_id is None
    assert do(desk, ticket, services.OnPaper(scan())).signing == Signing.PAPER


@pytest.mark.parametrize("direction", Direction)
def test_a_category_that_wants_photos_gets_them_both_ways(desk: Desk, direction: Direction) -> None:
    ticket = desk.approved([ask(desk, requires_photos=True)])
    if direction == Direction.IN:
        go_out(desk, ticket, photos=[photo()])
    do = go_out if direction == Direction.OUT else come_back
    with pytest.raises(PhotosMissing, match="at least one photo") as refusal:
        do(desk, ticket)
    assert refusal.value.line_id == lines(ticket)[0]
    do(desk, ticket, photos=[photo()])
    assert TicketFile.objects.filter(purpose=f"photo_{direction}").count() == 1


def test_what_the_checklist_requires_is_answered(desk: Desk) -> None:
    asset = ask(desk)
    needed, free = item_of(asset), item_of(asset, "Strap is there", is_required=False)
    only_back = item_of(asset, "Card is erased", checked_at=CheckedAt.IN)
    ticket = desk.approved([asset])
    with pytest.raises(Unanswered, match="Battery is charged"):
        go_out(desk, ticket, checked={free.pk: YES})
    with pytest.raises(NoteMissing, match="Write beside it"):
        go_out(desk, ticket, checked={needed.pk: services.Answer(is_so=False, note=" ")})
    with pytest.raises(ChecklistChanged, match="Reload"):
        go_out(desk, ticket, checked={needed.pk: YES, only_back.pk: YES})
    assert desk.again(ticket).lines.get().status == LineStatus.RESERVED
    go_out(desk, ticket, checked={needed.pk: YES})
    with pytest.raises(Unanswered, match="Card is erased"):
        come_back(desk, ticket, checked={needed.pk: YES})
    come_back(desk, ticket, checked={needed.pk: YES, only_back.pk: YES})
    answers = HandingLine.objects.get(direction=Direction.IN).answers
    assert [answer["item"] for answer in answers] == ["Battery is charged", "Card is erased"]


def test_an_answer_keeps_its_text_when_the_item_is_gone(desk: Desk) -> None:
    asset = ask(desk)
    item = item_of(asset)
    ticket = desk.approved([asset])
    go_out(desk, ticket, checked={item.pk: YES})
    item.delete()
    assert HandingLine.objects.get().answers[0]["item"] == "Battery is charged"


@pytest.mark.parametrize(
    ("borrower", "clerk", "said"),
    [
        (b"", stroke(), "the borrower is blank"),
        (stroke(), png(Image.new("RGBA", (600, 200))), "the clerk is blank"),
        (b"GIF89a", stroke(), "the borrower cannot be read"),
        (b"x" * (pictures.LARGEST_DRAWING + 1), stroke(), "the borrower cannot be read"),
    ],
)
def test_a_signature_that_is_none_is_refused(
    desk: Desk, borrower: bytes, clerk: bytes, said: str
) -> None:
    desk.pay_in()
    ticket = desk.approved()
    with pytest.raises(SignatureRefused, match=said):
        go_out(desk, ticket, services.Drawn(borrower, clerk))
    assert not TicketFile.objects.exists()


def test_a_refused_photo_leaves_nothing_behind(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.approved()
    for files in ([photo(), SimpleUploadedFile("virus.jpg", b"MZ\x90\x00")], [scan("a.jpg")]):
        with pytest.raises(FileRefused):
            go_out(desk, ticket, photos=files)
    with pytest.raises(TooManyPhotos, match="at most 8"):
        go_out(desk, ticket, photos=[photo() for _ in range(MOST_PHOTOS + 1)])
    with pytest.raises(FileRefused):
        go_out(desk, ticket, services.OnPaper(SimpleUploadedFile("a.exe", b"MZ\x90\x00")))
    assert not TicketFile.objects.exists()
    assert desk.again(ticket).version == ticket.version


def test_out_and_in_stand_side_by_side(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.approved()
    go_out(desk, ticket, photos=[photo()])
    come_back(desk, ticket, photos=[photo(), photo(colour="red")], note="Wet")
    (pair,) = selectors.compared(ticket)
    assert pair.out is not None
    assert pair.back is not None
    assert (len(pair.out.photos), len(pair.back.photos), pair.back.note) == (1, 2, "Wet")
    assert pair.is_worse


def test_pictures_are_shown_to_those_concerned_and_to_staff_with_the_right(
    desk: Desk, boris: User, bella: User, walt: User
) -> None:
    desk.pay_in()
    ticket = desk.approved()
    go_out(desk, ticket, services.OnPaper(scan()), photos=[photo()])
    shown = TicketFile.objects.get(purpose=FilePurpose.PHOTO_OUT)
    for person in (desk.clara, boris, desk.lena):
        assert services.show(shown.pk, actor=person)[1].startswith(b"\xff\xd8")
    for stranger in (bella, walt):
        with pytest.raises(NotPermitted):
            services.show(shown.pk, actor=stranger)
    # A PDF is taken away as a file, never shown in the page.
    with pytest.raises(TicketFile.DoesNotExist):
        services.show(TicketFile.objects.get(content_type="application/pdf").pk, actor=desk.clara)
    assert not AuditEvent.objects.filter(action="tickets.file_downloaded").exists()


@pytest.mark.parametrize("table", ["ticket_handings", "ticket_handing_lines", "ticket_receipts"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_database_lets_nobody_change_what_was_signed(desk: Desk, table: str, deed: str) -> None:
    column = "file_id" if table == "ticket_receipts" else "direction"
    with pytest.raises(IntegrityError, match="neither changed"), connection.cursor() as cursor:
        cursor.execute(deed.format(table, column, column))


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"statement": "{}"}, "ticket_handing_digest_is_of_statement"),
        ({"direction": "up"}, "ticket_handing_has_direction"),
        ({"representative": ""}, "ticket_handing_has_representative"),
        ({"signing": Signing.DRAWN}, "ticket_handing_is_signed_by_both"),
    ],
)
def test_the_database_refuses_a_statement_that_cannot_be(
    desk: Desk, changed: dict[str, str], rule: str
) -> None:
    desk.pay_in()
    handing = desk.on_loan().handings.get()
    handing.pk = None
    for name, value in changed.items():
        setattr(handing, name, value)
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        handing.save(force_insert=True)


def test_the_database_refuses_a_line_twice_the_same_way_or_in_the_other(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.on_loan()
    row = HandingLine.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError, match="ticket_line_is_handed_once"), transaction.atomic():
        row.save(force_insert=True)
    row.direction = Direction.IN
    with pytest.raises(IntegrityError, match="goes_the_same_way"), transaction.atomic():
        row.save(force_insert=True)
    assert json.loads(ticket.handings.get().statement)["what"] == "out"
