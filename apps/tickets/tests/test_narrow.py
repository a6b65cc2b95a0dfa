"""Approving a part: some of the lines, a shorter period, and never more than was left."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.approvals.models import ApprovalRequest, Level, Policy
from apps.approvals.states import Verdict
from apps.assets.models import Reservation, Tariff
from apps.assets.states import DepositKind
from apps.audit.models import AuditEvent
from apps.notifications.models import Notice
from apps.tickets import selectors, services
from apps.tickets.errors import PeriodBackward
from apps.tickets.errors.narrowing import NothingApproved, TermsWiden
from apps.tickets.models import Ticket
from apps.tickets.states import LineStatus, Status
from apps.tickets.tests.clicking import page_of, signed_in, text_of, url_of
from apps.tickets.tests.conftest import DAY, Desk, lines

pytestmark = pytest.mark.django_db


def open_request(ticket: Ticket) -> ApprovalRequest:
    request = approval_questions.open_request_of(ticket)
    assert request is not None
    return request


def approve(ticket: Ticket, actor: User, **terms: Any) -> ApprovalRequest:
    return approvals.decide(
        open_request(ticket).pk, verdict=Verdict.APPROVE, actor=actor, terms=terms
    )


def two_levels() -> None:
    policy = Policy.objects.create(
        name="Everything twice", scope="ticket", currency="USD", amount_from=1
    )
    for number, role in enumerate(("Lending approver", "Finance controller"), start=1):
        Level.objects.create(policy=policy, number=number, role=Group.objects.get(name=role))


def test_two_of_three_lines_are_reserved_and_held_for(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.submitted(desk.assets(3))
    first, dropped, last = lines(ticket)
    approve(ticket, desk.anna, lines=[first, last])
    ticket = desk.again(ticket)
    assert (ticket.status, ticket.price) == (Status.APPROVED, 14_000)
    assert lines(ticket, LineStatus.RESERVED) == [first, last]
    line = ticket.lines.get(pk=dropped)
    assert (line.status, line.price, line.reservation, line.hold) == (
        LineStatus.RELEASED,
        0,
        None,
        None,
    )
    assert selectors.money_of(ticket).held == 14_000
    assert Reservation.objects.count() == 2
    told = Notice.objects.filter(kind="tickets.approved", recipient=desk.boris).first()
    assert told is not None
    assert told.body == (
        f"Not approved: {line.asset}.\nFee and deposit: $140.00 instead of $210.00."
    )
    assert AuditEvent.objects.get(action="tickets.approved").after["differs"] == (
        told.body.split("\n")
    )


def test_a_part_goes_its_way_to_the_end(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.submitted(desk.assets(2), days=4)
    kept, _dropped = lines(ticket)
    approve(ticket, desk.anna, lines=[kept], ends_at=ticket.ends_at - DAY)
    ticket = desk.inspect(desk.take_back(desk.hand_over(desk.again(ticket))))
    assert ticket.status == Status.CLOSED
    assert selectors.money_of(ticket).in_escrow == 0


def test_fewer_days_cost_what_the_tariff_of_the_submission_says(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.submitted(days=4)
    asked = ticket.price
    # Whatever a tariff becomes, the ticket has its own.
    Tariff.objects.update(day_price=9_900, deposit_kind=DepositKind.NONE, deposit_amount=0)
    approve(ticket, desk.anna, starts_at=ticket.starts_at + DAY, ends_at=ticket.ends_at - DAY)
    ticket = desk.again(ticket)
    line = ticket.lines.get()
    assert asked == 9_000
    assert (line.fee, line.deposit, ticket.price) == (2_000, 5_000, 7_000)
    assert line.due_at == ticket.ends_at == ticket.starts_at + 2 * DAY
    assert line.reservation is not None
    assert (line.reservation.starts_at, line.reservation.due_at) == (
        ticket.starts_at,
        ticket.ends_at,
    )
    assert ticket.quote["fee"] == 2_000
    assert "2 days" in ticket.quote["lines"][str(line.asset_id)]["arithmetic"][0]
    assert selectors.money_of(ticket).held == 7_000


def test_a_quote_without_its_tariff_never_gets_dearer(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.submitted(days=4)
    for priced in ticket.quote["lines"].values():
        del priced["terms"]
    ticket.save()
    Tariff.objects.update(day_price=9_900)
    approve(ticket, desk.anna, ends_at=ticket.ends_at - DAY)
    assert desk.again(ticket).price == 9_000


def test_all_of_it_is_no_part(desk: Desk) -> None:
    desk.pay_in()
    ticket = desk.submitted(desk.assets(2))
    request = approve(
        ticket,
        desk.anna,
        lines=lines(ticket),
        starts_at=ticket.starts_at.replace(second=0, microsecond=0),
        ends_at=ticket.ends_at.replace(second=0, microsecond=0),
    )
    assert request.terms is None
    assert request.decisions.get().terms is None
    assert desk.again(ticket).ends_at == ticket.ends_at


def test_without_a_line_it_is_a_rejection(desk: Desk) -> None:
    ticket = desk.submitted()
    with pytest.raises(NothingApproved, match="or reject TK-"):
        approve(ticket, desk.anna, lines=[])
    assert not open_request(ticket).decisions.exists()


@pytest.mark.parametrize(("first", "last"), [(-1, 0), (0, 1)])
def test_nobody_approves_more_than_was_asked(desk: Desk, first: int, last: int) -> None:
    ticket = desk.submitted()
    with pytest.raises(TermsWiden, match="can only be approved for less"):
        approve(
            ticket,
            desk.anna,
            starts_at=ticket.starts_at + first * DAY,
            ends_at=ticket.ends_at + last * DAY,
        )


def test_a_line_of_another_ticket_is_no_part(desk: Desk) -> None:
    ticket, other = desk.submitted(), desk.submitted()
    with pytest.raises(TermsWiden, match="one of the assets"):
        approve(ticket, desk.anna, lines=lines(ticket) + lines(other))


def test_a_period_goes_forward(desk: Desk) -> None:
    ticket = desk.submitted()
    with pytest.raises(PeriodBackward):
        approve(ticket, desk.anna, ends_at=ticket.starts_at)


def test_a_later_level_sees_what_is_left_and_only_leaves_less(desk: Desk, carol: User) -> None:
    two_levels()
    desk.pay_in()
    ticket = desk.submitted(desk.assets(3), days=4)
    one, two, three = lines(ticket)
    approve(ticket, desk.anna, lines=[one, two], ends_at=ticket.ends_at - DAY)
    assert desk.again(ticket).status == Status.SUBMITTED
    with pytest.raises(TermsWiden, match="2 assets"):
        approve(ticket, carol, lines=[one, three])
    with pytest.raises(TermsWiden):
        approve(ticket, carol, ends_at=ticket.ends_at)
    request = approve(ticket, carol, lines=[two])
    ticket = desk.again(ticket)
    assert (ticket.status, lines(ticket, LineStatus.RESERVED)) == (Status.APPROVED, [two])
    assert ticket.ends_at - ticket.starts_at == timedelta(days=3)
    assert selectors.approved_only(ticket.pk, request.terms or {})[0].startswith("Not approved")


def test_a_later_level_that_says_nothing_leaves_what_is_left(desk: Desk, carol: User) -> None:
    two_levels()
    desk.pay_in()
    ticket = desk.submitted(desk.assets(2))
    kept = lines(ticket)[0]
    approve(ticket, desk.anna, lines=[kept])
    approvals.decide(open_request(ticket).pk, verdict=Verdict.APPROVE, actor=carol)
    assert lines(ticket, LineStatus.RESERVED) == [kept]


def test_what_is_not_approved_stays_free_for_others(desk: Desk, bella: User) -> None:
    desk.pay_in()
    desk.pay_in(owner=bella)
    assets = desk.assets(2)
    ticket = desk.submitted(assets)
    kept = ticket.lines.get(asset=assets[0])
    approve(ticket, desk.anna, lines=[kept.pk])
    assert desk.approved([assets[1]], borrower=bella).status == Status.APPROVED


def test_a_resubmission_shows_what_changed(desk: Desk) -> None:
    assets = desk.assets(3)
    ticket = desk.submitted(assets[:2], days=4)
    desk.decide(ticket, Verdict.RETURN, reason="Shorter, please")
    ticket = desk.again(ticket)
    services.change_draft(
        ticket.pk,
        seen_version=ticket.version,
        ends_at=ticket.ends_at - DAY,
        purpose="A short film",
        asset_ids=[assets[0].pk, assets[2].pk],
        actor=desk.clara,
    )
    services.submit(ticket.pk, actor=desk.clara)
    changes = {change["name"]: change for change in open_request(ticket).changes}
    assert set(changes) == {"Until", "Purpose", "Assets", "Fee"}
    assert (changes["Purpose"]["was"], changes["Purpose"]["is"]) == ("Film school", "A short film")
    assert (changes["Fee"]["was"], changes["Fee"]["is"]) == ("$80.00", "$60.00")
    assert changes["Assets"]["was"] == [
        f"{assets[0]} at $90.00",
        f"{assets[1]} at $90.00",
    ]
    waiting = open_request(ticket)
    page = reverse("admin:approvals_approvalrequest_change", args=(waiting.pk,))
    for address in (page, page_of(ticket), url_of("approve", ticket)):
        shown = text_of(signed_in(desk.anna).get(address))
        assert "Changed since it was sent back" in shown, address
        assert "A short film" in shown


def test_what_was_never_sent_back_shows_no_changes(desk: Desk) -> None:
    assert open_request(desk.submitted()).changes == []
