"""An approval that bends: in part, forwarded, decided by a substitute, and asked again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import Browser, expect

from apps.accounts.models import User
from apps.approvals.models import ApprovalRequest, CannedReason, Level, Policy
from apps.approvals.states import Verdict
from apps.assets.models import Asset
from apps.tickets import services
from apps.tickets.models import Ticket
from apps.tickets.states import LineStatus, Status
from project.testing.make import Make
from project.tests.journeys.desk import Desk


@pytest.fixture
def open_desk(browser: Browser, live_server: object) -> Callable[[User], Desk]:
    """Sit down at a desk of one's own."""
    return lambda user: Desk(browser, str(live_server), user)


@pytest.mark.django_db(transaction=True)
def test_a_chain_that_bends(
    open_desk: Callable[[User], Desk],
    make: Make,
    boris: User,
    lena: User,
    clara: User,
    anna: User,
    arno: User,
    carol: User,
    walt: User,
) -> None:
    make.wallet(boris, balance=100_000)
    _film_needs_two(lena)
    CannedReason.objects.create(verdict=Verdict.RETURN, text="Please ask for a shorter period.")
    assets = [make.asset(lender=lena) for _ in range(3)]
    ticket = _submitted(assets, boris, clara)

    _send_it_back(open_desk(anna), ticket)
    ticket.refresh_from_db()
    services.change_draft(
        ticket.pk, seen_version=ticket.version, purpose="A shorter film", actor=clara
    )
    services.submit(ticket.pk, actor=clara)

    _see_the_difference_and_forward(open_desk(anna), ticket)
    _approve_two_of_three(open_desk(arno), ticket, dropped=str(assets[1]))
    _name_a_substitute(open_desk(carol))
    _decide_for_carol(open_desk(walt), ticket, dropped=str(assets[1]))

    ticket.refresh_from_db()
    assert ticket.status == Status.APPROVED
    assert ticket.lines.filter(status=LineStatus.RESERVED).count() == 2
    assert ticket.lines.get(asset=assets[1]).status == LineStatus.RELEASED
    _read_the_ticket(open_desk(clara), ticket)


def _film_needs_two(lender: User) -> None:
    policy = Policy.objects.create(name="What Lena lends", scope="ticket", lender=lender)
    for number, role in enumerate(("Lending approver", "Finance controller"), start=1):
        Level.objects.create(policy=policy, number=number, role=Group.objects.get(name=role))


def _submitted(assets: list[Asset], borrower: User, clerk: User) -> Ticket:
    start = timezone.now() + timedelta(hours=1)
    ticket = services.draft(
        borrower=borrower,
        starts_at=start,
        ends_at=start + timedelta(days=4),
        purpose="A film",
        asset_ids=[asset.pk for asset in assets],
        actor=clerk,
    )
    return services.submit(ticket.pk, actor=clerk)


def _send_it_back(desk: Desk, ticket: Ticket) -> None:
    desk.open("tickets_ticket_change", ticket.pk)
    desk.reads("What Lena lends", "lender Lena; asset value any")
    desk.press("Request changes")
    desk.dialog.get_by_role("button", name="Please ask for a shorter period.").click()
    expect(desk.dialog.get_by_label("Reason")).to_have_value("Please ask for a shorter period.")
    desk.confirm("Send back")
    desk.leave()


def _see_the_difference_and_forward(desk: Desk, ticket: Ticket) -> None:
    waiting = ApprovalRequest.objects.waiting().get(subject_id=ticket.pk)
    desk.open("approvals_approvalrequest_change", waiting.pk)
    desk.reads("Changed since it was sent back", "A shorter film")
    desk.press("Forward")
    desk.dialog.get_by_label("Colleague").select_option(label="Arno")
    desk.dialog.get_by_label("Why").fill("You know this borrower")
    desk.confirm("Forward")
    desk.reads("Arno decides on it now.", "Nothing waits for your decision.")
    desk.leave()


def _approve_two_of_three(desk: Desk, ticket: Ticket, *, dropped: str) -> None:
    desk.open("tickets_ticket_change", ticket.pk)
    desk.reads("Approve")
    desk.page.locator(".ticket-head").get_by_role("button", name="Approve").click()
    expect(desk.dialog).to_contain_text("A shorter film")
    desk.dialog.locator(".ticket-line-head").filter(has_text=dropped).locator("input").uncheck()
    end = ticket.ends_at - timedelta(days=1)
    desk.dialog.locator("[name=ends_at]").fill(f"{timezone.localtime(end):%Y-%m-%dT%H:%M}")
    expect(desk.dialog.locator("#terms")).to_contain_text(f"Not approved: {dropped}.")
    expect(desk.dialog.locator("#terms")).to_contain_text("$160.00 instead of $270.00")
    desk.confirm("Approve")
    desk.reads("is recorded")
    desk.leave()


def _name_a_substitute(desk: Desk) -> None:
    desk.open("approvals_substitution_changelist")
    desk.press("Name a substitute")
    desk.dialog.get_by_label("Who decides for them").select_option(label="Walt")
    now = timezone.localtime()
    for name, at in (("starts_at", now - timedelta(hours=1)), ("ends_at", now + timedelta(days=9))):
        desk.dialog.locator(f"[name={name}]").fill(f"{at:%Y-%m-%dT%H:%M}")
    desk.dialog.locator("[name=reason]").fill("Holiday")
    desk.confirm("Name the substitute")
    desk.reads("The substitute is named", "Walt")
    desk.leave()


def _decide_for_carol(desk: Desk, ticket: Ticket, *, dropped: str) -> None:
    desk.open("approvals_approvalrequest_changelist")
    desk.follow(str(ticket))
    desk.reads("You stand in for Carol.", f"Not approved: {dropped}.")
    desk.page.locator(".office-decide").get_by_role("button", name="Approve").click()
    desk.confirm("Approve")
    desk.reads("approved")
    desk.leave()


def _read_the_ticket(desk: Desk, ticket: Ticket) -> None:
    desk.open("tickets_ticket_change", ticket.pk)
    desk.reads("Approved only", "$160.00", "released", "A shorter film")
    desk.leave()
