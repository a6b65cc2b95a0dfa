"""Late and damaged, by hand in a browser: claim with a photo, dispute, decision, debt, payment.

Boris has 90.00. A camera at 10.00 a day for two days, deposit 50.00, late fee 5.00 a day, is back
one day and an hour late, and dented: 90.00 by the estimate, of which a controller grants 75.00.

    from the deposit     50.00 of 10.00 late fee and 75.00 damage
    from the wallet      90.00 − 20.00 − 50.00 = 20.00
    owed                 10.00 + 75.00 − 50.00 − 20.00 = 15.00
"""

from datetime import timedelta
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.approvals.states import Verdict
from apps.tickets import services
from apps.tickets.models import Receivable, Ticket
from apps.tickets.tests.test_claim import PNG
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import Role
from project.testing.make import Make
from project.tests.journeys.desk import Desk, is_drawn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser


@pytest.fixture
def open_desk(browser: "Browser", live_server: object) -> "Callable[[User], Desk]":
    """Sit down at a desk of one's own."""
    return lambda user: Desk(browser, str(live_server), user)


@pytest.mark.django_db(transaction=True)
def test_damage_is_claimed_disputed_decided_and_paid(
    open_desk: "Callable[[User], Desk]",
    make: Make,
    tmp_path: "Path",
    boris: User,
    lena: User,
    clara: User,
    anna: User,
    walt: User,
    carol: User,
) -> None:
    make.wallet(boris, balance=9_000)
    ticket = lend(make, borrower=boris, lender=lena, clerk=clara, approver=anna)
    late = ticket.ends_at + timedelta(days=1, hours=1)
    with mock.patch("django.utils.timezone.now", return_value=late):
        clerk = open_desk(clara)
        see_it_is_late(clerk, ticket)
        take_it_back(clerk, ticket)
    clerk = open_desk(clara)
    file_the_claim(clerk, ticket, tmp_path)
    dispute_it(clerk)
    decide(open_desk(carol))
    see_what_is_owed(clerk, ticket)
    assert Receivable.objects.get().amount == 1_500
    assert wallets.system_wallet(Role.RECEIVABLES, "USD").posted == -1_500
    assert Wallet.objects.get(owner=lena).posted == 1_600 + 7_500

    make.wallet(boris, balance=4_000)
    collect(open_desk(walt))
    assert Wallet.objects.get(owner=boris).posted == 2_500
    assert wallets.system_wallet(Role.RECEIVABLES, "USD").posted == 0
    lift_the_strike(open_desk(anna))


def lend(make: Make, *, borrower: User, lender: User, clerk: User, approver: User) -> Ticket:
    """Bring the ticket as far as the journey is about something else."""
    starts_at = timezone.now() + timedelta(minutes=5)
    ticket = services.draft(
        borrower=borrower,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(days=2),
        purpose="A short film",
        asset_ids=[make.asset(lender=lender, name="Arri camera").pk],
        actor=clerk,
    )
    services.submit(ticket.pk, actor=clerk)
    request = approval_questions.open_request_of(ticket)
    assert request is not None
    approvals.decide(request.pk, verdict=Verdict.APPROVE, actor=approver)
    outs = [services.LineOut(line.pk, "good") for line in ticket.lines.all()]
    return services.hand_over(ticket.pk, lines=outs, actor=clerk, at=starts_at)


def see_it_is_late(desk: Desk, ticket: Ticket) -> None:
    desk.open("tickets_ticket_changelist", query="?tab=overdue")
    desk.reads_in("#result_list", str(ticket), "$10.00")


def take_it_back(desk: Desk, ticket: Ticket) -> None:
    desk.open("tickets_ticket_change", ticket.pk)
    desk.press("Take back")
    desk.finish("Take back")
    # The clock is put back as soon as this returns, so see first that it is done.
    desk.reads("is taken back", "returned", "$10.00")
    desk.leave()


def file_the_claim(desk: Desk, ticket: Ticket, folder: "Path") -> None:
    photo = folder / "dent.png"
    photo.write_bytes(PNG)
    desk.open("tickets_ticket_change", ticket.pk)
    desk.follow("Claim damage to")
    desk.page.get_by_label("Estimate in USD").fill("90")
    desk.page.get_by_label("What is damaged").fill("A dent in the case")
    desk.page.locator("input[type=file]").set_input_files(photo)
    desk.press("File the claim")
    desk.reads("The claim is filed", "It closes when")


def dispute_it(desk: Desk) -> None:
    desk.open("tickets_claim_changelist")
    desk.follow("C-")
    desk.reads("A dent in the case", "$90.00", "From the deposit", "From the wallet")
    photo = desk.page.locator(".claim-photos img")
    expect(photo).to_be_visible()
    assert is_drawn(photo)
    desk.press("Dispute")
    desk.dialog.get_by_label("Reason").fill("It fell out of the shelf of the office")
    desk.confirm("Mark as disputed")
    desk.reads("disputed", "It fell out of the shelf of the office")


def decide(desk: Desk) -> None:
    desk.open("tickets_claim_changelist", query="?tab=disputed")
    desk.follow("C-")
    desk.reads("Read what was said before you decide")
    desk.press("Accept")
    desk.dialog.get_by_label("Granted, in USD").fill("75")
    desk.dialog.locator("button[type=submit]").click()
    expect(desk.dialog).to_contain_text("Say why")
    desk.dialog.get_by_label("Reason").fill("A dent of ours was there before")
    desk.confirm("Accept")
    desk.reads("accepted in part", "$75.00", "A dent of ours was there before")
    desk.leave()


def see_what_is_owed(desk: Desk, ticket: Ticket) -> None:
    desk.open("tickets_ticket_change", ticket.pk)
    desk.reads("closed", "Receivable", "$15.00", "Claim decided", "Claim disputed")
    desk.leave()


def collect(desk: Desk) -> None:
    desk.open("tickets_receivable_changelist")
    desk.reads("as the ledger’s receivables wallet says", "$15.00")
    desk.follow("R-")
    desk.press("Collect")
    desk.confirm("Collect")
    desk.reads("paid")
    desk.leave()


def lift_the_strike(desk: Desk) -> None:
    desk.open("accounts_user_change", User.objects.get(display_name="Boris").pk)
    desk.reads("Strikes and debts", "was back late", "paid")
    desk.follow("Late return")
    desk.press("Lift")
    desk.dialog.get_by_label("Reason").fill("The office was closed that day")
    desk.confirm("Lift")
    desk.reads("The strike is lifted", "The office was closed that day")
    desk.leave()
