"""What is free, in a browser: the calendar, a refusal that says why, and another asset instead."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Browser, expect

from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.approvals.states import Verdict
from apps.assets import services as assets
from apps.assets.models import Asset
from apps.tickets import services as tickets
from apps.tickets.models import Ticket, TicketLine
from project.testing.make import Make
from project.tests.journeys.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def open_desk(browser: Browser, live_server: object) -> "Callable[[User], Desk]":
    """Sit down at a desk of one's own."""
    return lambda user: Desk(browser, str(live_server), user)


def promised(asset: Asset, borrower: User, clara: User, anna: User) -> Ticket:
    """Return an approved ticket for the day after tomorrow."""
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    ticket = tickets.draft(
        borrower=borrower,
        starts_at=start,
        ends_at=start + timedelta(days=2),
        purpose="Music video",
        asset_ids=[asset.pk],
        actor=clara,
    )
    ticket = tickets.submit(ticket.pk, actor=clara)
    request = approval_questions.open_request_of(ticket)
    assert request is not None
    approvals.decide(request.pk, verdict=Verdict.APPROVE, actor=anna)
    return ticket


@pytest.mark.django_db(transaction=True)
def test_what_is_free_and_what_is_lent_instead(
    open_desk: "Callable[[User], Desk]",
    make: Make,
    boris: User,
    bella: User,
    lena: User,
    clara: User,
    anna: User,
) -> None:
    call_command("load_reference")
    for person, role in ((boris, "Borrower"), (bella, "Borrower"), (lena, "Lender")):
        person.groups.add(Group.objects.get(name=role))
    category = make.category(name="Film cameras", turnaround=timedelta(hours=2))
    old = make.asset(lender=lena, tag="CAM-1", name="Arri camera", category=category)
    new = make.asset(lender=bella, tag="CAM-2", name="Red camera", category=category)
    make.wallet(boris, balance=100_000)
    ticket = promised(old, boris, clara, anna)

    desk = open_desk(clara)
    # The calendar shows who has which camera; the bar leads to the ticket.
    desk.follow("Calendar")
    desk.follow("Week")
    desk.page.get_by_label("Day").fill(f"{timezone.localdate(ticket.starts_at)}")
    desk.press("Show")
    bar = desk.page.locator(".calendar-item.loan").first
    expect(bar).to_have_text(str(ticket))
    bar.focus()
    desk.page.keyboard.press("Enter")
    desk.reads("Music video")

    # A second ticket for the same camera is refused, and says by whom it is taken.
    desk.open("tickets_ticket_add")
    desk.choose("borrower", "Bella")
    desk.choose("assets", "CAM-1")
    start, end = timezone.localtime(ticket.starts_at), timezone.localtime(ticket.ends_at)
    for name, at in (("starts_at", start + timedelta(hours=1)), ("ends_at", end)):
        desk.page.locator(f"[name={name}_0]").fill(at.strftime("%Y-%m-%d"))
        desk.page.locator(f"[name={name}_1]").fill(at.strftime("%H:%M"))
    desk.page.locator("[name=purpose]").fill("Wedding")
    desk.press("Save")
    desk.reads(f"(loan: {ticket} Boris) takes it from")

    # The camera is lost; whom that concerns stands in the queue, and gets the other one.
    assets.lose(old.pk, reason="Fell into the river", actor=clara)
    desk.open("index")
    desk.follow("Broken promises")
    desk.reads("It has been reported lost", "Boris")
    desk.page.locator("#content, main").get_by_role("link", name=str(ticket)).first.click()
    desk.press("Substitute")
    desk.dialog.locator("[name=reason]").fill("The Arri fell into the river")
    desk.confirm("Substitute")
    desk.reads("gets what you chose instead", "Red camera")
    assert TicketLine.objects.get(ticket=ticket).asset == new
    desk.open("assets_reservation_endangered")
    desk.reads("Every promise can be kept.")
    desk.leave()
