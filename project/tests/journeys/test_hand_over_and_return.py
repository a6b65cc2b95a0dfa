"""Out and back at the desk, by hand in a browser: photos, checklist, both signatures, receipts."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect
from pypdf import PdfReader

from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.approvals.states import Verdict
from apps.assets.models import ChecklistItem
from apps.notifications.models import Notice
from apps.tickets import services
from apps.tickets.models import Receipt, Ticket
from apps.tickets.tests.showing import photo
from project.testing.broker import Worker
from project.testing.make import Make
from project.tests.journeys.desk import Desk, is_drawn

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def open_desk(browser: Browser, live_server: object) -> "Callable[[User], Desk]":
    """Sit down at a desk of one's own."""
    return lambda user: Desk(browser, str(live_server), user)


def approved(make: Make, *, borrower: User, lender: User, clerk: User, approver: User) -> Ticket:
    """Return a ticket for a camera of a category in which everything is asked."""
    make.wallet(borrower, balance=100_000)
    category = make.category(
        name="Cameras", requires_signature=True, requires_photos=True, terms="Keep it dry."
    )
    ChecklistItem.objects.create(category=category, text="Battery is charged")
    camera = make.asset(lender=lender, category=category, tag="CAM-1", name="Arri camera")
    now = timezone.now()
    ticket = services.draft(
        borrower=borrower,
        starts_at=now + timedelta(minutes=1),
        ends_at=now + timedelta(days=2),
        purpose="A short film",
        asset_ids=[camera.pk],
        actor=clerk,
    )
    services.submit(ticket.pk, actor=clerk)
    request = approval_questions.open_request_of(ticket)
    assert request is not None
    approvals.decide(request.pk, verdict=Verdict.APPROVE, actor=approver)
    return ticket


@pytest.mark.django_db(transaction=True)
def test_out_and_back_with_photos_and_signatures(
    open_desk: "Callable[[User], Desk]",
    celery_worker: Worker,
    make: Make,
    tmp_path: Path,
    boris: User,
    lena: User,
    clara: User,
    anna: User,
) -> None:
    ticket = approved(make, borrower=boris, lender=lena, clerk=clara, approver=anna)
    pictures = {name: tmp_path / f"{name}.jpg" for name in ("teal", "red")}
    for colour, path in pictures.items():
        path.write_bytes(photo(size=(800, 600), colour=colour).read())

    clerk = open_desk(clara)
    hand_over(clerk, ticket, pictures["teal"])
    receipt_of(clerk, celery_worker, ticket, "Hand-over", tmp_path)
    take_back(clerk, ticket, pictures["red"])
    receipt_of(clerk, celery_worker, ticket, "Return", tmp_path)
    inspect_side_by_side(clerk, ticket)
    clerk.leave()
    sent = Notice.objects.filter(recipient=boris, channel="email").exclude(attachment="")
    celery_worker.until(lambda: not sent.exclude(status="sent").exists())
    assert sent.count() == 2


def hand_over(desk: Desk, ticket: Ticket, picture: Path) -> None:
    """Be refused for what is missing, add it, and keep what was there."""
    desk.open("tickets_ticket_change", ticket.pk)
    desk.press("Hand over")
    desk.page.get_by_label("Note").fill("New strap")
    desk.page.get_by_label("yes").check()
    desk.page.locator("input[type=file]").first.set_input_files(picture)
    desk.finish("Hand over")
    desk.reads("The signature of the borrower is blank")
    sign(desk)
    desk.finish("Hand over")
    desk.reads("is handed over", "New strap", "on loan")


def take_back(desk: Desk, ticket: Ticket, picture: Path) -> None:
    """Say what is wrong, and have somebody else sign."""
    desk.press("Take back")
    desk.page.get_by_label("no", exact=True).check()
    desk.page.get_by_placeholder("What is wrong").fill("It is empty")
    desk.page.locator("input[type=file]").first.set_input_files(picture)
    desk.page.get_by_label("Signs for the borrower").fill("Bert")
    sign(desk)
    desk.finish("Take back")
    desk.reads("is taken back", "Battery is charged: no – It is empty", "Bert, Clara")
    assert ticket.handings.count() == 2


def inspect_side_by_side(desk: Desk, ticket: Ticket) -> None:
    """See both photos beside each other, in small and in large; then settle."""
    desk.press("Inspect")
    sides = desk.page.locator(".evidence-side")
    expect(sides).to_have_count(2)
    left, right = (sides.nth(index).bounding_box() for index in (0, 1))
    assert left is not None
    assert right is not None
    assert (left["y"], left["x"] < right["x"]) == (right["y"], True)
    for index in (0, 1):
        assert is_drawn(sides.nth(index).locator("img"))
    sides.nth(0).locator("a").click()
    expect(desk.page.locator("dialog img")).to_have_count(2)
    assert is_drawn(desk.page.locator("dialog img").last)
    desk.page.keyboard.press("Escape")
    expect(desk.page.locator("dialog.evidence-zoom")).to_have_count(0)
    desk.finish("Inspect")
    desk.reads("is inspected; it is closed")


def sign(desk: Desk) -> None:
    """Draw on both pads, each in a hand of its own."""
    for index, pad in enumerate(desk.page.locator("canvas").all()):
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        assert box is not None
        desk.page.mouse.move(box["x"] + 20, box["y"] + 20)
        desk.page.mouse.down()
        for step in range(1, 8):
            y = box["y"] + (20 if step % 2 else box["height"] - 20)
            desk.page.mouse.move(box["x"] + 20 + (30 + 9 * index) * step, y)
        desk.page.mouse.up()


def receipt_of(desk: Desk, worker: Worker, ticket: Ticket, kind: str, folder: Path) -> None:
    """Wait for the receipt, and read it."""
    worker.until(lambda: Receipt.objects.count() == ticket.handings.count())
    desk.page.reload()
    with desk.page.expect_download() as download:
        desk.follow(f"{kind} receipt {ticket}.pdf")
    path = folder / f"{kind}.pdf"
    download.value.save_as(path)
    page = PdfReader(BytesIO(path.read_bytes())).pages[0]
    handing = ticket.handings.latest("pk")
    assert handing.sha256 in page.extract_text()
    assert len(page.images) == 3
