"""The clock: one reminder on each level, then another role, each once."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from apps.accounts.models import User
from apps.approvals import selectors, services, tasks
from apps.approvals.models import ApprovalRequest
from apps.approvals.progress import happened_to
from apps.approvals.states import Status, Verdict
from apps.approvals.tests.conftest import Matters, policy
from apps.audit.models import AuditEvent
from apps.notifications.models import Notice

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def asked(matters: Matters, clara: User) -> ApprovalRequest:
    """Clara asks; reminded after one hour, escalated to controllers after three."""
    policy(
        ("Lending approver", 1),
        ("Lending approver", 1),
        remind_after=HOUR,
        escalate_after=3 * HOUR,
        escalate_to=Group.objects.get(name="Finance controller"),
    )
    return matters.ask(clara, title="M-1")


def run(system: User, after: timedelta) -> str:
    return services.remind_and_escalate(now=timezone.now() + after, actor=system)


def told(kind: str) -> list[str]:
    notices = Notice.objects.filter(kind=f"approvals.{kind}", channel="admin")
    return sorted(str(notice.recipient) for notice in notices)


def test_nothing_is_done_before_its_time(asked: ApprovalRequest, system: User) -> None:
    assert run(system, HOUR / 2) == ""
    assert tasks.remind_and_escalate() == ""


def test_those_who_can_decide_are_reminded_once(
    asked: ApprovalRequest, system: User, anna: User, arno: User
) -> None:
    assert run(system, HOUR) == "1 request reminded of"
    assert run(system, HOUR) == ""
    assert told("reminded") == ["Anna", "Arno"]
    event = AuditEvent.objects.get(action="approvals.reminded")
    assert (event.actor, event.after) == (system, {"level": 1})


def test_the_other_role_may_decide_too_and_is_told_once(
    asked: ApprovalRequest, system: User, anna: User, carol: User
) -> None:
    assert list(selectors.waiting_for(carol)) == []
    assert run(system, 3 * HOUR) == "1 request reminded of; 1 request escalated"
    assert run(system, 4 * HOUR) == ""
    assert told("escalated") == ["Carol"]
    assert list(selectors.waiting_for(carol)) == list(selectors.waiting_for(anna)) == [asked]
    assert "It waited too long: Finance controller may decide too" in [
        step.what for step in happened_to(asked)
    ]
    decided = services.decide(asked.pk, verdict=Verdict.APPROVE, actor=carol)
    assert (decided.status, decided.level) == (Status.PENDING, 2)
    assert list(selectors.waiting_for(carol)) == []


def test_each_level_has_a_clock_of_its_own(
    asked: ApprovalRequest, system: User, anna: User, arno: User, carol: User
) -> None:
    run(system, 3 * HOUR)
    services.decide(asked.pk, verdict=Verdict.APPROVE, actor=carol)
    assert run(system, HOUR / 2) == ""
    assert run(system, HOUR) == "1 request reminded of"
    assert told("reminded") == ["Anna", "Anna", "Arno", "Arno"]
    assert run(system, 3 * HOUR) == "1 request escalated"
    assert asked.escalations.count() == 2


def test_what_is_decided_is_left_alone(asked: ApprovalRequest, system: User, anna: User) -> None:
    services.decide(asked.pk, verdict=Verdict.REJECT, actor=anna, reason="No")
    assert run(system, 9 * HOUR) == ""


def test_without_times_nothing_is_reminded_of(
    matters: Matters, clara: User, anna: User, system: User
) -> None:
    policy(("Lending approver", 1))
    matters.ask(clara)
    assert run(system, 999 * HOUR) == ""
