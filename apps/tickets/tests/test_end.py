"""Cancelling, expiring and letting go: nothing stays reserved, held or waiting."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.approvals.models import ApprovalRequest
from apps.audit.models import AuditEvent, Source
from apps.common.errors import MoveNotAllowed, NotPermitted
from apps.notifications.models import Notice
from apps.tickets import selectors, services, tasks
from apps.tickets.errors import NothingChosen, ReasonMissing
from apps.tickets.models import Ticket
from apps.tickets.services import ending
from apps.tickets.states import LineStatus, Status
from apps.tickets.tests.conftest import DAY, HOUR, Desk, lines
from apps.wallets import services as wallets
from apps.wallets.models import Hold
from apps.wallets.states import HoldStatus


def test_a_cancelled_ticket_gives_everything_back(desk: Desk, clara: User) -> None:
    desk.pay_in(10_000)
    stock = desk.assets()
    ticket = desk.approved(stock)
    services.cancel(ticket.pk, reason=" Rain ", actor=clara)
    ticket = desk.again(ticket)
    assert (ticket.status, ticket.ending_reason) == (Status.CANCELLED, "Rain")
    assert ticket.lines.get().status == LineStatus.RELEASED
    assert Hold.objects.get().status == HoldStatus.RELEASED
    assert desk.boris.wallets.get().available == 10_000
    assert Notice.objects.filter(kind="tickets.cancelled", recipient=desk.boris).exists()
    desk.approved(stock)


def test_cancelling_takes_the_question_back(desk: Desk, clara: User) -> None:
    ticket = desk.submitted()
    services.cancel(ticket.pk, reason="Rain", actor=clara)
    assert approval_questions.open_request_of(ticket) is None
    assert ApprovalRequest.objects.get().status == "withdrawn"


def test_cancelling_needs_a_reason_and_the_right(desk: Desk, bella: User, clara: User) -> None:
    ticket = desk.draft()
    with pytest.raises(ReasonMissing):
        services.cancel(ticket.pk, reason=" ", actor=clara)
    with pytest.raises(NotPermitted):
        services.cancel(ticket.pk, reason="Mine", actor=bella)


def test_what_nobody_collects_is_let_go_and_the_rest_returned(desk: Desk, clara: User) -> None:
    desk.pay_in(14_000)
    ticket = desk.approved(desk.assets(2))
    first, second = lines(ticket)
    out = services.LineOut(first, "good")
    services.hand_over(ticket.pk, lines=[out], actor=clara, at=ticket.starts_at)
    services.release_lines(ticket.pk, line_ids=[second], reason="Too heavy", actor=clara)
    assert desk.again(ticket).status == Status.ON_LOAN
    assert selectors.money_of(ticket).held == 0
    desk.take_back(ticket)
    desk.inspect(ticket)
    assert desk.again(ticket).status == Status.CLOSED
    assert desk.boris.wallets.get().available == 14_000 - 2_000


def test_letting_the_last_line_go_finishes_what_is_inspected(desk: Desk, clara: User) -> None:
    desk.pay_in()
    ticket = desk.approved(desk.assets(2))
    first, second = lines(ticket)
    out = services.LineOut(first, "good")
    services.hand_over(ticket.pk, lines=[out], actor=clara, at=ticket.starts_at)
    desk.take_back(ticket)
    desk.inspect(ticket)
    assert desk.again(ticket).status == Status.ON_LOAN
    services.release_lines(ticket.pk, line_ids=[second], reason="Too heavy", actor=clara)
    assert desk.again(ticket).status == Status.CLOSED


def test_letting_go_is_for_running_loans_and_has_a_reason(
    desk: Desk, clara: User, boris: User
) -> None:
    desk.pay_in()
    ticket = desk.approved()
    line_ids = lines(ticket)
    with pytest.raises(MoveNotAllowed):
        services.release_lines(ticket.pk, line_ids=line_ids, reason="Rain", actor=clara)
    with pytest.raises(NothingChosen):
        services.release_lines(ticket.pk, line_ids=[], reason="Rain", actor=clara)
    with pytest.raises(ReasonMissing):
        services.release_lines(ticket.pk, line_ids=line_ids, reason="", actor=clara)
    with pytest.raises(NotPermitted):
        services.release_lines(ticket.pk, line_ids=line_ids, reason="Rain", actor=boris)


def test_what_was_not_collected_in_a_day_expires(desk: Desk, system: User) -> None:
    desk.pay_in()
    long, short = desk.approved(days=5), desk.approved(days=1)
    almost = long.starts_at + ending.COLLECTED_WITHIN - timedelta(seconds=1)
    assert services.expire_uncollected(now=almost, actor=system) == 0
    assert not services.expire(long.pk, now=almost, actor=system)
    assert services.expire_uncollected(now=almost + HOUR, actor=system) == 2
    assert services.expire_uncollected(now=almost + HOUR, actor=system) == 0
    assert {desk.again(long).status, desk.again(short).status} == {Status.EXPIRED}
    assert desk.again(long).ending_reason == "Nobody collected it in time."
    assert not Hold.objects.active().exists()


def test_lines_of_a_loan_that_were_never_collected_expire_with_its_end(
    desk: Desk, clara: User, system: User
) -> None:
    desk.pay_in()
    ticket = desk.approved(desk.assets(2))
    out = services.LineOut(lines(ticket)[0], "good")
    services.hand_over(ticket.pk, lines=[out], actor=clara, at=ticket.starts_at)
    before_end = ticket.ends_at - HOUR
    assert services.expire_uncollected(now=before_end, actor=system) == 0
    assert not services.expire(ticket.pk, now=before_end, actor=system)
    assert services.expire_uncollected(now=ticket.ends_at, actor=system) == 1
    assert set(ticket.lines.values_list("status", flat=True)) == {
        LineStatus.ON_LOAN,
        LineStatus.RELEASED,
    }


def test_one_that_cannot_expire_does_not_keep_the_others(
    desk: Desk, system: User, caplog: pytest.LogCaptureFixture
) -> None:
    desk.pay_in()
    broken, fine = desk.approved(), desk.approved()
    hold_id = broken.lines.get().hold_id
    assert hold_id
    wallets.release_hold(hold_id, actor=system)
    assert services.expire_uncollected(now=broken.ends_at, actor=system) == 1
    assert (desk.again(broken).status, desk.again(fine).status) == (
        Status.APPROVED,
        Status.EXPIRED,
    )
    assert "cannot be ended" in caplog.text


def test_the_job_acts_as_the_system(desk: Desk, system: User) -> None:
    desk.pay_in()
    ticket = desk.approved()
    tasks.expire()
    assert desk.again(ticket).status == Status.APPROVED
    Ticket.objects.filter(pk=ticket.pk).update(
        starts_at=timezone.now() - 2 * DAY, ends_at=timezone.now() + DAY
    )
    tasks.expire()
    event = AuditEvent.objects.get(action="tickets.expired")
    assert (event.actor, event.source) == (system, Source.JOB)
