"""Asking for approval."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from apps.accounts.models import User
from apps.approvals import selectors, services
from apps.approvals.errors import AlreadyWaiting, NoPolicy
from apps.approvals.models import ApprovalRequest, Level
from apps.approvals.states import Status
from apps.approvals.tests.conftest import Matters, policy
from apps.audit.models import AuditEvent
from apps.notifications.models import Notice

pytestmark = pytest.mark.django_db


def test_the_policy_is_frozen_on_the_request(matters: Matters, clara: User) -> None:
    chosen = policy(("Lending approver", 1), ("Finance controller", 2), due_in=timedelta(hours=24))
    with time_machine.travel(datetime(2026, 11, 22, 9, tzinfo=UTC), tick=False):
        request = matters.ask(clara)
    Level.objects.filter(policy=chosen).update(decider_count=5)
    request.refresh_from_db()
    assert request.status == Status.PENDING
    assert request.policy == chosen
    assert [(level["role"], level["decider_count"]) for level in request.levels] == [
        ("Lending approver", 1),
        ("Finance controller", 2),
    ]
    assert request.level == 1
    assert request.role.name == "Lending approver"
    assert request.due_at == datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_the_requester_and_the_parties_are_kept(
    matters: Matters, one_approver: object, clara: User, boris: User, lena: User, bella: User
) -> None:
    request = matters.ask(clara, borrower=boris, lender=[lena, bella])
    assert {(party.person, party.part) for party in request.parties.all()} == {
        (clara, "requester"),
        (boris, "borrower"),
        (lena, "lender"),
        (bella, "lender"),
    }


def test_those_who_can_decide_are_told_once(
    matters: Matters, one_approver: object, clara: User, anna: User, arno: User, carol: User
) -> None:
    request = matters.ask(clara, lender=arno, title="M-9")
    told = Notice.objects.filter(kind="approvals.requested")
    assert {notice.recipient for notice in told} == {anna}
    notice = told.get(channel="admin")
    assert notice.about == request
    assert notice.subject == "“M-9” waits for your decision"
    assert notice.body == "Clara asks for $100.00. It waits for: Lending approver."


def test_asking_is_in_the_audit_log(matters: Matters, one_approver: object, clara: User) -> None:
    request = matters.ask(clara)
    event = AuditEvent.objects.get(action="approvals.requested")
    assert (event.actor, event.target_id) == (clara, str(request.pk))
    assert event.after["policy"] == str(one_approver)


def test_one_subject_has_one_open_request(
    matters: Matters, one_approver: object, clara: User
) -> None:
    request = matters.ask(clara, title="M-9")
    assert request.subject is not None
    with pytest.raises(AlreadyWaiting, match="“M-9” waits for a decision already"):
        services.open_request(
            request.subject,
            scope="matter",
            title="M-9",
            requester=clara,
            amount=1,
            currency="USD",
            parties={},
            actor=clara,
        )


def test_without_a_policy_nothing_is_asked(matters: Matters, clara: User) -> None:
    with pytest.raises(NoPolicy):
        matters.ask(clara)
    assert not ApprovalRequest.objects.exists()


def test_withdrawn_requests_may_be_asked_again(
    matters: Matters, one_approver: object, clara: User
) -> None:
    request = matters.ask(clara)
    assert request.subject is not None
    withdrawn = services.withdraw(request.subject, actor=clara, reason="Wrong dates")
    assert withdrawn is not None
    assert withdrawn.status == Status.WITHDRAWN
    assert withdrawn.concluded_at is not None
    assert selectors.open_request_of(request.subject) is None
    event = AuditEvent.objects.get(action="approvals.withdrawn")
    assert (event.actor, event.reason) == (clara, "Wrong dates")


def test_an_expired_request_is_expired_by_the_system(
    matters: Matters, one_approver: object, clara: User, system: User
) -> None:
    request = matters.ask(clara)
    assert request.subject is not None
    expired = services.expire(request.subject, actor=system)
    assert expired is not None
    assert expired.status == Status.EXPIRED
    assert AuditEvent.objects.get(action="approvals.expired").actor == system


def test_withdrawing_where_nothing_waits_changes_nothing(
    matters: Matters, one_approver: object, clara: User
) -> None:
    request = matters.ask(clara)
    assert request.subject is not None
    services.withdraw(request.subject, actor=clara)
    assert services.withdraw(request.subject, actor=clara) is None
    assert services.expire(request.subject, actor=clara) is None
