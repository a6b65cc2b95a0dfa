"""A walk-in, its hand-over and its return, by keyboard only: the mouse is never touched."""

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect

from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.approvals.states import Verdict
from apps.tickets.models import Ticket
from apps.tickets.states import Status
from project.testing.make import Make
from project.tests.journeys.desk import Desk

if TYPE_CHECKING:
    from playwright.sync_api import Keyboard


@pytest.mark.django_db(transaction=True)
def test_a_walk_in_by_keyboard_only(
    browser: Browser,
    live_server: object,
    make: Make,
    boris: User,
    lena: User,
    clara: User,
    anna: User,
) -> None:
    make.wallet(boris, balance=100_000)
    for number in (1, 2):
        make.asset(lender=lena, tag=f"CAM-{number}", name=f"Camera {number}")
    desk = Desk(browser, str(live_server), clara)
    desk.open("tickets_ticket_desk")
    keys = desk.page.keyboard
    expect(desk.page.locator("#desk-field")).to_be_focused()

    walk_in(desk, keys)
    ticket = Ticket.objects.get()
    assert ticket.status == Status.SUBMITTED
    request = approval_questions.open_request_of(ticket)
    assert request is not None
    approvals.decide(request.pk, verdict=Verdict.APPROVE, actor=anna, reason="")

    scan(keys, str(ticket))
    desk.reads_in("#desk-said", f"{ticket} of Boris: approved.")
    desk.reads("Hand over 2 assets")
    keys.press("F8")
    desk.reads_in("#desk-said", "handed over to Boris")
    expect(desk.page.locator("#desk-field")).to_be_focused()

    take_back(desk, keys, ticket)
    desk.leave()


def scan(keys: "Keyboard", *texts: str) -> None:
    """Type as a hand scanner does: quicker than the office answers."""
    for text in texts:
        keys.type(text)
        keys.press("Enter")


def walk_in(desk: Desk, keys: "Keyboard") -> None:
    """Find the borrower with the arrow keys, scan two assets in one breath, and ask."""
    keys.type("bor", delay=20)
    expect(desk.page.get_by_role("option").first).to_contain_text("Boris")
    keys.press("ArrowDown")
    keys.press("Enter")
    desk.reads_in("#desk-said", "Boris borrows.")
    scan(keys, "cam-1", "CAM-2")
    desk.reads_in(".desk-wanted", "CAM-1 Camera 1", "CAM-2 Camera 2")
    scan(keys, "nonsense")
    desk.reads_in("#desk-said", "Nothing is called “nonsense”")
    expect(desk.page.locator("#desk-field")).to_have_value("nonsense")
    scan(keys, "rubbish", "2d")
    desk.reads_in("#desk-said", "Nothing is called “rubbish”", "Until 2d")
    desk.reads("$140.00 with the deposit")
    keys.press("F10")
    desk.reads_in("#desk-said", "is asked for", "Lending approver")


def take_back(desk: Desk, keys: "Keyboard", ticket: Ticket) -> None:
    """Scan one asset, write a note, take it back; then the other by the address of its page."""
    keys.press("F7")
    desk.reads("The counter is empty")
    first, second = ticket.lines.select_related("asset").order_by("asset__tag")
    scan(keys, first.asset.tag)
    desk.reads_in("#desk-said", "comes back from Boris")
    for _stop in range(12):
        keys.press("Tab")
        if desk.page.evaluate("document.activeElement.name") == f"note_{first.pk}":
            break
    keys.type("Lens cap missing")
    keys.press("Enter")
    expect(desk.page.locator("#desk-field")).to_be_focused()
    keys.press("Alt+t")
    desk.reads_in("#desk-said", "CAM-1 Camera 1 taken back from Boris.")
    address = desk.site + reverse("admin:assets_asset_change", args=(second.asset_id,))
    scan(keys, address)
    desk.reads_in("#desk-said", "CAM-2 Camera 2 comes back")
    keys.press("F9")
    desk.reads_in("#desk-said", "CAM-2 Camera 2 taken back from Boris.")
    first.refresh_from_db()
    ticket.refresh_from_db()
    assert first.note_in == "Lens cap missing"
    assert ticket.status == Status.RETURNED
    keys.press("?")
    desk.reads("Keys of the desk")
    keys.press("Escape")
    expect(desk.page.locator("#desk-help")).to_be_hidden()
