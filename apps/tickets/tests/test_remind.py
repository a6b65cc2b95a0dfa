"""Reminders: before, at and after the moment, each once, and none for what has come back."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.notifications.models import Notice
from apps.tickets import services, tasks
from apps.tickets.models import Ticket
from apps.tickets.services.reminding import AFTER, DAY
from apps.tickets.tests.conftest import HOUR, Desk

WEEK = 7 * DAY


def reminded(now: datetime, system: User) -> list[tuple[str, str]]:
    """Return what is told at that moment, and to whom; the second time nothing is."""
    before = set(Notice.objects.values_list("pk", flat=True))
    count = services.remind_all(now=now, actor=system)
    assert services.remind_all(now=now, actor=system) == 0
    new = Notice.objects.exclude(pk__in=before).filter(channel="admin")
    assert len({notice.subject for notice in new}) == count
    told = [(notice.kind.removeprefix("tickets."), str(notice.recipient)) for notice in new]
    return sorted(told)


@pytest.fixture
def loan(desk: Desk) -> Ticket:
    """Return a ticket of which two assets are out."""
    desk.pay_in()
    return desk.on_loan(desk.assets(2))


def test_a_loan_is_reminded_before_at_and_after_its_end(loan: Ticket, system: User) -> None:
    due = loan.ends_at
    both = ["Boris", "Clara"]
    assert reminded(due - DAY - HOUR, system) == []
    assert reminded(due - DAY, system) == [("return_near", name) for name in both]
    assert reminded(due - HOUR, system) == []
    assert reminded(due, system) == [("return_due", name) for name in both]
    for after in AFTER[:2]:
        assert reminded(due + after - HOUR, system) == []
        assert reminded(due + after, system) == [("return_late", name) for name in both]
    for weeks in (1, 2, 5):
        late = reminded(due + weeks * WEEK, system)
        assert late == [("return_late", name) for name in [*both, "Lena"]]
        assert reminded(due + weeks * WEEK + DAY, system) == []


def test_a_reminder_names_the_assets_and_the_late_fee_so_far(loan: Ticket, system: User) -> None:
    services.remind_all(now=loan.ends_at + 3 * DAY, actor=system)
    notice = Notice.objects.filter(kind="tickets.return_late", channel="email").first()
    assert notice is not None
    assert notice.subject == f"{loan} is 3 days late"
    assert notice.body.count("TAG-") == 2
    assert "Late fee so far: $30.00" in notice.body
    event = AuditEvent.objects.get(action="tickets.reminded")
    assert event.actor == system
    assert event.after["told"] == ["Boris", "Clara"]


def test_after_an_outage_only_the_last_step_is_told(loan: Ticket, system: User) -> None:
    assert reminded(loan.ends_at + 9 * DAY, system) == [
        ("return_late", name) for name in ("Boris", "Clara", "Lena")
    ]
    assert not Notice.objects.filter(kind__in=("tickets.return_near", "tickets.return_due"))


def test_a_return_cancels_the_rest(desk: Desk, loan: Ticket, system: User) -> None:
    desk.take_back(loan)
    for after in (-DAY, 0 * DAY, DAY, WEEK):
        assert reminded(loan.ends_at + after, system) == []


def test_an_extension_begins_anew(loan: Ticket, system: User) -> None:
    due = loan.ends_at
    assert reminded(due - HOUR, system)
    line = loan.lines.order_by("pk").last()
    assert line is not None
    line.due_at = due + 5 * DAY
    line.save()
    # One line is due as before, the other five days later.
    assert [kind for kind, _who in reminded(due, system)] == ["return_due"] * 2
    late = reminded(due + 4 * DAY, system)
    assert [kind for kind, _who in late] == ["return_late"] * 2 + ["return_near"] * 2


def test_within_the_grace_nothing_is_late(desk: Desk, system: User) -> None:
    desk.pay_in()
    tariff = desk.make.tariff(grace=30 * HOUR)
    loan = desk.on_loan(desk.assets(category=desk.make.category(tariff=tariff)))
    assert [kind for kind, _who in reminded(loan.ends_at, system)] == ["return_due"] * 2
    assert reminded(loan.ends_at + DAY + HOUR, system) == []
    assert [kind for kind, _who in reminded(loan.ends_at + 31 * HOUR, system)] == [
        "return_late"
    ] * 2


def test_a_collection_is_reminded_before_it(desk: Desk, system: User, settings: Any) -> None:
    settings.REMIND_BEFORE = timedelta(hours=5)
    desk.pay_in()
    start = timezone.now() + 3 * DAY
    ticket = desk.approved(starts_at=start)
    assert reminded(start - 6 * HOUR, system) == []
    assert reminded(start - 5 * HOUR, system) == [
        ("collection_near", "Boris"),
        ("collection_near", "Clara"),
    ]
    assert reminded(start, system) == []
    assert Notice.objects.filter(subject__startswith=f"{ticket} can be collected").exists()


def test_nobody_is_reminded_who_cannot_be_told(loan: Ticket, boris: User, system: User) -> None:
    boris.is_active = False
    boris.save()
    assert reminded(loan.ends_at, system) == [("return_due", "Clara")]


def test_many_loans_cost_no_more_questions_once_they_are_told(
    desk: Desk, loan: Ticket, system: User, django_assert_num_queries: Any
) -> None:
    now = loan.ends_at
    services.remind_all(now=now, actor=system)
    with django_assert_num_queries(3):
        services.remind_all(now=now, actor=system)
    desk.pay_in(owner=desk.boris)
    desk.on_loan()
    services.remind_all(now=now, actor=system)
    with django_assert_num_queries(3):
        services.remind_all(now=now, actor=system)


def test_the_job_says_what_it_did(loan: Ticket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.tickets.tasks.timezone.now", lambda: loan.ends_at)
    assert tasks.remind() == "1 reminder is written."
    assert tasks.remind() == ""
