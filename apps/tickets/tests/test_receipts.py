"""Receipts: printed once after the commit, kept with the ticket, sent to the borrower."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from io import BytesIO

import pytest
from django.core import mail
from django.db import IntegrityError, connections, transaction
from django.utils import timezone
from pypdf import PdfReader
from pytest_django import DjangoCaptureOnCommitCallbacks

from apps.accounts.models import User
from apps.assets.models import ChecklistItem
from apps.audit.models import AuditEvent
from apps.common import printing
from apps.common.errors import FileDamaged
from apps.notifications import tasks as notices
from apps.notifications.models import Notice
from apps.tickets import services
from apps.tickets.models import Handing, Receipt, Ticket, TicketFile
from apps.tickets.receipts import making, paper, tasks
from apps.tickets.states import FilePurpose
from apps.tickets.tests.conftest import Desk, lines
from apps.tickets.tests.showing import drawn, photo, scan


def hand_over_with_all(desk: Desk, signatures: services.Signatures | None = None) -> Handing:
    """Hand a camera over with all that can be shown."""
    desk.pay_in()
    (camera,) = desk.assets(serial="SN-77")
    camera.category.terms = "Bring it back dry."
    camera.category.save()
    item = ChecklistItem.objects.create(category=camera.category, text="Battery is charged")
    ticket = desk.approved([camera])
    out = services.LineOut(
        lines(ticket)[0],
        "worn",
        "Scratch on the lid",
        [photo(), photo(colour="orange")],
        {item.pk: services.Answer(is_so=False, note="half full")},
    )
    services.hand_over(
        ticket.pk,
        lines=[out],
        actor=desk.clara,
        at=ticket.starts_at,
        signatures=signatures or drawn("Bert"),
    )
    return ticket.handings.get()


def content_of(handing: Handing) -> bytes:
    """Return the kept receipt."""
    file = Receipt.objects.get(handing=handing).file
    return services.download(file.pk, actor=handing.clerk)[1]


def words_in(content: bytes) -> str:
    """Return the words of the PDF in one line."""
    return " ".join(
        " ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split()
    )


def test_a_receipt_says_and_shows_what_was_signed(desk: Desk) -> None:
    handing = hand_over_with_all(desk)
    making.make(handing.pk)
    content = content_of(handing)
    (page,) = PdfReader(BytesIO(content)).pages
    words = words_in(content)
    line = handing.stated["lines"][0]
    for said in (
        f"Hand-over receipt {handing.ticket}",
        f"{line['tag']} {line['name']}",
        "Serial number SN-77",
        "Condition: worn – Scratch on the lid",
        "Battery is charged no half full",
        "Fee $20.00",
        "Deposit $50.00",
        "Bring it back dry.",
        "For the borrower Bert",
        "Clerk Clara",
        handing.sha256,
    ):
        assert said in words
    # Two photos and two signatures; the code is drawn in lines.
    assert len(page.images) == 4
    assert PdfReader(BytesIO(content)).metadata == {
        "/Title": f"Hand-over receipt {handing.ticket}",
        "/Producer": "Assets",
        "/CreationDate": PdfReader(BytesIO(content)).metadata["/CreationDate"],  # type: ignore[index]  # it has some
    }


def test_the_same_handing_gives_the_same_bytes(desk: Desk) -> None:
    handing = hand_over_with_all(desk)
    assert paper.pdf_of(handing) == paper.pdf_of(Handing.objects.get(pk=handing.pk))


def test_a_return_receipt_has_the_late_fee(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.returned(late=timedelta(hours=2))
    handing = ticket.handings.get(direction="in")
    making.make(handing.pk)
    words = words_in(content_of(handing))
    assert f"Return receipt {ticket}" in words
    assert "Late fee $5.00" in words


def test_names_are_words_and_not_html(desk: Desk, boris: User) -> None:
    boris.display_name = "<img src='file:///etc/passwd'>"
    boris.save()
    desk.pay_in()
    handing = desk.on_loan().handings.get()
    making.make(handing.pk)
    assert "file:///etc/passwd" in words_in(content_of(handing))


def test_what_was_signed_on_paper_says_so(desk: Desk) -> None:
    handing = hand_over_with_all(desk, services.OnPaper(scan()))
    making.make(handing.pk)
    assert "Both parties have signed on paper" in words_in(content_of(handing))


def test_the_receipt_is_made_after_the_commit_and_sent_once(
    desk: Desk, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    handing = hand_over_with_all(desk)
    with django_capture_on_commit_callbacks(execute=False):
        making.make(handing.pk)
        making.make(handing.pk)
    receipt = Receipt.objects.get()
    assert receipt.file.purpose == FilePurpose.RECEIPT_OUT
    assert receipt.file.added_by == User.objects.system()
    made = AuditEvent.objects.get(action="tickets.receipt_made")
    assert made.after["sha256"] == receipt.file.sha256
    notice = Notice.objects.get(kind="tickets.receipt_out", channel="email")
    assert notice.recipient == desk.boris
    for _again in range(2):
        notices.deliver(notice.pk)
    (message,) = mail.outbox
    assert message.to == [desk.boris.email]
    (attached,) = message.attachments
    assert (attached[0], attached[1], attached[2]) == (
        receipt.file.name,
        content_of(handing),
        "application/pdf",
    )


def test_a_handing_rings_for_its_receipt_and_the_sweep_rings_again(
    desk: Desk,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(
        tasks.make_receipt, "apply_async", lambda args, **_options: asked.append(args[0])
    )
    monkeypatch.setattr(tasks.make_receipt, "delay", asked.append)
    with django_capture_on_commit_callbacks(execute=True):
        handing = hand_over_with_all(desk)
    assert asked == [handing.pk]
    assert tasks.sweep_receipts() == ""
    soon = handing.kept_at + making.PATIENCE
    assert making.waiting(now=soon) == [handing.pk]
    monkeypatch.setattr(timezone, "now", lambda: soon)
    assert tasks.sweep_receipts() == "1 receipts asked for again"
    assert asked == [handing.pk] * 2
    making.make(handing.pk)
    assert tasks.sweep_receipts() == ""


def test_a_machine_that_cannot_print_leaves_it_to_the_sweep(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    handing = hand_over_with_all(desk)
    monkeypatch.setattr(printing, "is_possible", lambda: False)
    making.make(handing.pk)
    assert not Receipt.objects.exists()


def test_a_receipt_whose_evidence_is_damaged_is_not_made(desk: Desk) -> None:
    handing = hand_over_with_all(desk)
    file = TicketFile.objects.filter(purpose=FilePurpose.PHOTO_OUT)[0]
    file.file.storage.delete(str(file.file))
    with pytest.raises(FileDamaged):
        making.make(handing.pk)
    assert not Receipt.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_make_one_receipt(desk: Desk) -> None:
    handing = hand_over_with_all(desk)

    def rival() -> None:
        try:
            making.make(handing.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool, transaction.atomic():
        making.make(handing.pk)
        # The first has not committed, so that only its lock can keep the second away.
        pool.submit(rival).result(timeout=20)
    assert Receipt.objects.count() == 1
    assert TicketFile.objects.filter(purpose=FilePurpose.RECEIPT_OUT).count() == 1
    assert Notice.objects.filter(kind="tickets.receipt_out", channel="email").count() == 1


def test_the_database_keeps_one_receipt_for_a_handing(desk: Desk) -> None:
    handing = hand_over_with_all(desk)
    making.make(handing.pk)
    again = partial(Receipt.objects.create, handing=handing, file=TicketFile.objects.all()[0])
    with pytest.raises(IntegrityError, match="ticket_receipts_pkey"), transaction.atomic():
        again()
    assert Ticket.objects.get().handings.get().receipt.file.size > 1_000
