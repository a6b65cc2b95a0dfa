"""What is owed after settlement: kept, reminded of, collected or written off; the ledger agrees."""

from datetime import timedelta
from functools import partial
from unittest import mock

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.approvals.states import Verdict
from apps.common.errors import MoveNotAllowed, NotPermitted
from apps.notifications.models import Notice
from apps.tickets import selectors, services, tasks
from apps.tickets.claim_states import (
    RECEIVABLE_LIFECYCLE,
    ReceivableAction,
    ReceivableStatus,
)
from apps.tickets.errors import ReasonMissing
from apps.tickets.errors.claims import NothingAvailable, WriteOffWaits
from apps.tickets.models import Receivable
from apps.tickets.services import owing as owing_services
from apps.tickets.tests.conftest import Desk
from apps.tickets.tests.racing import beside
from apps.tickets.tests.test_settle import posted
from apps.wallets import services as wallets
from apps.wallets.states import Role

DAYS = [0, 7, 14, 30]


def owing(desk: Desk) -> Receivable:
    """Return 20.00 that Boris owes: deposit 50.00, damage 80.00, 10.00 left in the wallet."""
    desk.pay_in(8_000)
    desk.inspect(desk.returned(), damage=8_000)
    return Receivable.objects.get()


def ties_out() -> bool:
    return all(tied.difference == 0 for tied in selectors.tie_outs())


@pytest.mark.parametrize("status", ReceivableStatus)
@pytest.mark.parametrize("action", ReceivableAction)
def test_only_what_is_open_moves(status: ReceivableStatus, action: ReceivableAction) -> None:
    assert RECEIVABLE_LIFECYCLE.allows(action, status) == (status == "open")
    after = {"collect": "open", "pay": "paid", "write_off": "written_off"}
    assert RECEIVABLE_LIFECYCLE.after(action, ReceivableStatus.OPEN) == after[action]


def test_the_settlement_keeps_what_is_owed(desk: Desk) -> None:
    debt = owing(desk)
    assert (debt.amount, debt.paid, debt.status) == (2_000, 0, "open")
    assert (debt.borrower, debt.currency) == (desk.boris, "USD")
    (tied,) = selectors.tie_outs()
    assert (tied.owed, tied.in_ledger) == (2_000, 2_000)
    desk.boris.refresh_from_db()
    assert desk.boris.suspended_until == debt.suspended_until


def test_it_is_collected_in_parts_and_lifts_the_suspension_at_the_end(
    desk: Desk, walt: User
) -> None:
    debt = owing(desk)
    with pytest.raises(NothingAvailable, match="Boris"):
        services.collect(debt.pk, actor=walt)
    desk.pay_in(500)
    debt = services.collect(debt.pk, actor=walt)
    assert (debt.paid, debt.status, posted(owner=desk.boris)) == (500, "open", 0)
    assert ties_out()
    desk.boris.refresh_from_db()
    assert desk.boris.suspended_until is not None
    desk.pay_in(5_000)
    debt = services.collect(debt.pk, actor=walt)
    assert (debt.paid, debt.status, posted(owner=desk.boris)) == (2_000, "paid", 3_500)
    assert posted(role=Role.RECEIVABLES) == 0
    assert ties_out()
    desk.boris.refresh_from_db()
    assert desk.boris.suspended_until is None
    with pytest.raises(MoveNotAllowed):
        services.collect(debt.pk, actor=walt)
    told = Notice.objects.filter(kind="tickets.receivable_collected", channel="admin")
    assert [notice.body for notice in told.order_by("pk")] == [
        "Still owed: $15.00",
        "Still owed: $0.00",
    ]


def test_a_longer_suspension_stays_when_the_debt_is_paid(desk: Desk, system: User) -> None:
    debt = owing(desk)
    assert debt.suspended_until is not None
    longer = debt.suspended_until + timedelta(days=1)
    accounts.suspend(desk.boris.pk, until=longer, reason="Fraud", actor=system)
    desk.pay_in(5_000)
    services.collect(debt.pk, actor=system)
    desk.boris.refresh_from_db()
    assert desk.boris.suspended_until == longer


def test_the_job_collects_when_money_comes_in(desk: Desk, system: User) -> None:
    debt = owing(desk)
    assert services.collect_what_is_there(actor=system) == 0
    desk.pay_in(5_000)
    assert services.collect_what_is_there(actor=system) == 1
    assert services.collect_what_is_there(actor=system) == 0
    debt.refresh_from_db()
    assert debt.status == "paid"


def test_each_reminder_goes_out_once(desk: Desk, system: User) -> None:
    debt = owing(desk)
    for number, days in enumerate(DAYS, start=1):
        now = debt.due_at + timedelta(days=days)
        assert services.remind_debtors(now=now - timedelta(seconds=1), actor=system) == 0
        assert services.remind_debtors(now=now, actor=system) == 1
        assert services.remind_debtors(now=now, actor=system) == 0
        debt.refresh_from_db()
        assert debt.reminder_count == number
    told = Notice.objects.filter(kind="tickets.debtor_reminded", channel="admin")
    assert [notice.recipient for notice in told] == [desk.boris] * 4
    assert "$20.00" in told[0].subject


def test_a_job_that_slept_sends_only_the_last_reminder(desk: Desk, system: User) -> None:
    debt = owing(desk)
    late = debt.due_at + timedelta(days=20)
    assert services.remind_debtors(now=late, actor=system) == 1
    assert services.remind_debtors(now=late, actor=system) == 0
    debt.refresh_from_db()
    assert debt.reminder_count == 3


def test_a_job_goes_on_past_what_it_cannot_do(
    desk: Desk, walt: User, system: User, caplog: pytest.LogCaptureFixture
) -> None:
    debt = owing(desk)
    desk.pay_in(5_000)
    refuses = mock.patch.object(
        owing_services, "draw", side_effect=NothingAvailable(borrower=desk.boris, currency="USD")
    )
    with refuses:
        assert services.collect_what_is_there(actor=system) == 0
    assert f"{debt}: The wallet of Boris" in caplog.text
    services.collect(debt.pk, actor=walt)


def test_the_jobs_say_what_they_did(desk: Desk) -> None:
    assert (tasks.collect_receivables(), tasks.remind_debtors()) == ("", "")
    owing(desk)
    assert tasks.remind_debtors() == "Reminded 1 people of what they owe"
    desk.pay_in(5_000)
    assert tasks.collect_receivables() == "Collected from 1 wallets"


def test_a_frozen_wallet_gives_nothing(desk: Desk, walt: User, carol: User) -> None:
    debt = owing(desk)
    desk.pay_in(5_000)
    wallets.freeze(desk.boris.wallets.get().pk, reason="Asked by the police", actor=carol)
    assert selectors.collectable() == []
    with pytest.raises(NothingAvailable):
        services.collect(debt.pk, actor=walt)


def test_a_lifted_suspension_stays_lifted(desk: Desk, system: User) -> None:
    debt = owing(desk)
    accounts.lift_suspension(desk.boris.pk, reason="He promised", actor=system)
    desk.pay_in(5_000)
    services.collect(debt.pk, actor=system)
    desk.boris.refresh_from_db()
    assert desk.boris.suspended_until is None


def test_of_two_debts_the_last_that_is_paid_lifts(desk: Desk, system: User) -> None:
    desk.pay_in(16_000)
    tickets = [desk.returned(), desk.returned()]
    for ticket in tickets:
        desk.inspect(ticket, damage=9_000)
    first, second = Receivable.objects.order_by("pk")
    desk.pay_in(first.rest)
    services.collect(first.pk, actor=system)
    desk.boris.refresh_from_db()
    assert desk.boris.suspended_until is not None
    desk.pay_in(second.rest)
    services.collect(second.pk, actor=system)
    desk.boris.refresh_from_db()
    assert desk.boris.suspended_until is None


def asked(desk: Desk, walt: User) -> tuple[Receivable, int]:
    """Return a receivable whose write-off waits, and the request."""
    debt = services.request_write_off(owing(desk).pk, reason="Gone abroad", actor=walt)
    request = approval_questions.open_request_of(debt)
    assert request is not None
    return debt, request.pk


def test_a_controller_writes_off_what_a_clerk_asked(desk: Desk, walt: User) -> None:
    debt, request_id = asked(desk, walt)
    with pytest.raises(WriteOffWaits):
        services.request_write_off(debt.pk, reason="Again", actor=walt)
    with pytest.raises(NotPermitted):
        approvals.decide(request_id, verdict=Verdict.APPROVE, actor=walt)
    approvals.decide(request_id, verdict=Verdict.APPROVE, actor=desk.carol)
    debt.refresh_from_db()
    assert (debt.status, debt.rest) == ("written_off", 2_000)
    assert posted(role=Role.RECEIVABLES) == 0
    assert posted(role=Role.WRITE_OFFS) == -2_000
    assert ties_out()
    # What is given up is still not paid: a person decides whether to lend again.
    desk.boris.refresh_from_db()
    assert desk.boris.is_suspended(now=timezone.now())
    with pytest.raises(MoveNotAllowed):
        services.request_write_off(debt.pk, reason="Again", actor=walt)


def test_a_refused_write_off_leaves_it_owed(desk: Desk, walt: User) -> None:
    debt, request_id = asked(desk, walt)
    approvals.decide(request_id, verdict=Verdict.REJECT, actor=desk.carol, reason="Ask again")
    debt.refresh_from_db()
    assert debt.status == "open"
    with pytest.raises(ReasonMissing):
        services.request_write_off(debt.pk, reason=" ", actor=walt)


def test_what_is_paid_meanwhile_needs_no_write_off(desk: Desk, walt: User) -> None:
    debt, _request_id = asked(desk, walt)
    desk.pay_in(5_000)
    services.collect(debt.pk, actor=walt)
    assert approval_questions.open_request_of(debt) is None


def test_strangers_neither_collect_nor_give_up(desk: Desk, anna: User) -> None:
    debt = owing(desk)
    with pytest.raises(NotPermitted):
        services.collect(debt.pk, actor=anna)
    with pytest.raises(NotPermitted):
        services.request_write_off(debt.pk, reason="Because", actor=anna)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("paid = -1", "receivable_paid_within_amount"),
        ("paid = amount", "receivable_paid_in_full"),
        ("status = 'paid', ended_at = now()", "receivable_paid_in_full"),
        ("status = 'written_off'", "receivable_ended_has_moment"),
    ],
)
def test_the_database_refuses_what_cannot_be(desk: Desk, change: str, rule: str) -> None:
    debt = owing(desk)
    with (
        pytest.raises(IntegrityError, match=rule),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE receivables SET {change} WHERE id = %s", [debt.pk])  # noqa: S608


@pytest.mark.django_db(transaction=True)
def test_money_is_collected_once(desk: Desk, walt: User) -> None:
    debt = owing(desk)
    desk.pay_in(2_500)
    collect = partial(services.collect, debt.pk, actor=walt)
    assert isinstance(beside(collect, collect), MoveNotAllowed)
    assert posted(owner=desk.boris) == 500


@pytest.mark.django_db(transaction=True)
def test_what_is_collected_is_not_written_off(desk: Desk, walt: User) -> None:
    debt, request_id = asked(desk, walt)
    desk.pay_in(2_500)
    carol = desk.carol
    refusal = beside(
        partial(services.collect, debt.pk, actor=walt),
        partial(approvals.decide, request_id, verdict=Verdict.APPROVE, actor=carol),
    )
    assert refusal is not None
    assert posted(role=Role.WRITE_OFFS) == 0
    assert ties_out()
