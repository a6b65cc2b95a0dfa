"""Deciding: who may, in which order, and what each refusal says."""

import pytest
from django.contrib.auth.models import Group

from apps.accounts.models import User
from apps.approvals import selectors, services
from apps.approvals.errors import (
    AlreadyDecided,
    NotWaiting,
    ReasonMissing,
    RoleNeeded,
    YouHaveDecided,
)
from apps.approvals.models import ApprovalRequest, Decision, Policy
from apps.approvals.progress import progress_of, standing_of
from apps.approvals.states import Status, Verdict
from apps.approvals.tests.conftest import Matters, policy
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import DomainError, NotPermitted, OwnMatter
from apps.notifications.models import Notice

pytestmark = pytest.mark.django_db


class PocketEmpty(DomainError):
    """A refusal of the subject's part."""

    template = "The pocket is empty. Fill it."


@pytest.fixture
def asked(matters: Matters, one_approver: Policy, clara: User) -> ApprovalRequest:
    """Clara asks for M-1; one lending approver decides."""
    return matters.ask(clara, title="M-1")


def approve(request: ApprovalRequest, actor: User, reason: str = "") -> ApprovalRequest:
    return services.decide(request.pk, verdict=Verdict.APPROVE, actor=actor, reason=reason)


def assert_still_waits(request: ApprovalRequest) -> None:
    request.refresh_from_db()
    assert request.status == Status.PENDING
    assert not request.decisions.exists()


def test_the_last_approval_concludes(matters: Matters, asked: ApprovalRequest, anna: User) -> None:
    decided = approve(asked, anna, " Fine with me ")
    assert decided.status == Status.APPROVED
    assert decided.concluded_at is not None
    assert matters.concluded == [("M-1", Verdict.APPROVE, "Anna", "Fine with me")]
    decision = decided.decisions.get()
    assert (decision.decider, decision.level, decision.reason) == (anna, 1, "Fine with me")
    event = AuditEvent.objects.get(action="approvals.approved")
    assert event.before == {"status": "pending", "level": 1}
    assert event.after == {"status": "approved", "level": 1}


@pytest.mark.parametrize(
    ("verdict", "status", "event"),
    [
        (Verdict.REJECT, Status.REJECTED, "approvals.rejected"),
        (Verdict.RETURN, Status.RETURNED, "approvals.returned"),
    ],
)
def test_any_refusal_concludes_with_its_reason(
    matters: Matters,
    asked: ApprovalRequest,
    anna: User,
    verdict: Verdict,
    status: Status,
    event: str,
) -> None:
    decided = services.decide(asked.pk, verdict=verdict, actor=anna, reason="Too long")
    assert decided.status == status
    assert matters.concluded == [("M-1", verdict, "Anna", "Too long")]
    assert AuditEvent.objects.get(action=event).reason == "Too long"


@pytest.mark.parametrize("verdict", [Verdict.REJECT, Verdict.RETURN])
def test_a_refusal_needs_a_reason(asked: ApprovalRequest, anna: User, verdict: Verdict) -> None:
    with pytest.raises(ReasonMissing, match="Say why"):
        services.decide(asked.pk, verdict=verdict, actor=anna, reason="  ")
    assert_still_waits(asked)


def test_levels_are_decided_in_order(
    matters: Matters, clara: User, anna: User, carol: User
) -> None:
    policy(("Lending approver", 1), ("Finance controller", 1))
    request = matters.ask(clara, title="M-2")
    with pytest.raises(RoleNeeded) as refusal:
        approve(request, carol)
    assert refusal.value.message == (
        "“M-2” waits for the role “Lending approver”, which you do not have. "
        "Ask somebody who has it to decide."
    )
    request = approve(request, anna)
    assert (request.status, request.level, str(request.role)) == (
        Status.PENDING,
        2,
        "Finance controller",
    )
    assert standing_of(request) == {"asked": request, "place": 2, "count": 2}
    assert matters.concluded == []
    assert {notice.recipient for notice in Notice.objects.filter(key__endswith="level-2")} == {
        carol
    }
    assert approve(request, carol).status == Status.APPROVED
    assert len(matters.concluded) == 1


def test_a_level_of_two_needs_two_people(
    matters: Matters, walt: User, carol: User, conrad: User
) -> None:
    policy(("Finance controller", 2))
    request = matters.ask(walt, title="M-3")
    assert approve(request, carol).status == Status.PENDING
    with pytest.raises(YouHaveDecided) as refusal:
        approve(request, carol)
    assert "You have decided on “M-3” at" in refusal.value.message
    assert refusal.value.message.endswith(
        "(approve). It now waits for somebody else with the role “Finance controller”."
    )
    assert request.decisions.count() == 1
    assert approve(request, conrad).status == Status.APPROVED
    assert [(level.number, len(level.decisions)) for level in progress_of(request)] == [(1, 2)]


def test_somebody_with_both_roles_counts_on_one_level(
    matters: Matters, clara: User, anna: User
) -> None:
    policy(("Lending approver", 1), ("Finance controller", 1))
    anna.groups.add(Group.objects.get(name="Finance controller"))
    request = matters.ask(clara)
    approve(request, anna)
    with pytest.raises(YouHaveDecided):
        approve(request, anna)


def test_nobody_decides_on_their_own_request(
    matters: Matters, one_approver: Policy, anna: User
) -> None:
    request = matters.ask(anna)
    with pytest.raises(OwnMatter) as refusal:
        approve(request, anna)
    assert refusal.value.message == (
        "Nobody decides on their own matter, and here you are the requester. "
        "Ask a colleague to decide."
    )
    assert_still_waits(request)


def test_nobody_decides_on_what_concerns_them(
    matters: Matters, one_approver: Policy, clara: User, anna: User
) -> None:
    request = matters.ask(clara, borrower=anna, lender=anna)
    with pytest.raises(OwnMatter, match="you are the borrower and lender"):
        approve(request, anna)
    assert_still_waits(request)


def test_a_maker_without_the_role_reads_that_it_is_their_own(
    matters: Matters, one_approver: Policy, walt: User
) -> None:
    request = matters.ask(walt)
    with pytest.raises(OwnMatter):
        approve(request, walt)


def test_a_denied_attempt_is_in_the_audit_log(asked: ApprovalRequest, clara: User) -> None:
    with pytest.raises(OwnMatter):
        approve(asked, clara)
    event = AuditEvent.objects.get(outcome=Outcome.DENIED)
    assert (event.actor, event.action) == (clara, "approvals.decide")
    assert event.after["arguments"] == [str(asked.pk)]
    assert "own matter" in event.reason


def test_without_the_permission_nobody_decides(asked: ApprovalRequest, walt: User) -> None:
    with pytest.raises(NotPermitted, match=r"tickets\.approve_ticket"):
        approve(asked, walt)
    assert_still_waits(asked)


def test_a_deactivated_person_does_not_decide(asked: ApprovalRequest, anna: User) -> None:
    anna.is_active = False
    anna.save()
    with pytest.raises(NotPermitted):
        approve(asked, anna)


@pytest.mark.parametrize(
    ("verdict", "participle"),
    [
        (Verdict.APPROVE, "approved"),
        (Verdict.REJECT, "rejected"),
        (Verdict.RETURN, "returned for changes"),
    ],
)
def test_who_comes_second_reads_who_was_first(
    asked: ApprovalRequest, anna: User, arno: User, verdict: Verdict, participle: str
) -> None:
    services.decide(asked.pk, verdict=verdict, actor=anna, reason="Because")
    with pytest.raises(AlreadyDecided) as refusal:
        approve(asked, arno)
    assert refusal.value.message.startswith(f"“M-1” was already {participle} by Anna at ")
    assert refusal.value.message.endswith("; nothing was changed.")
    assert Decision.objects.get().decider == anna


def test_a_double_click_changes_nothing(
    matters: Matters, asked: ApprovalRequest, anna: User
) -> None:
    approve(asked, anna)
    with pytest.raises(AlreadyDecided, match="already approved by Anna"):
        approve(asked, anna)
    assert len(matters.concluded) == 1
    assert Decision.objects.count() == 1
    assert AuditEvent.objects.filter(action="approvals.approved").count() == 1


def test_what_was_withdrawn_is_not_decided(asked: ApprovalRequest, clara: User, anna: User) -> None:
    assert asked.subject is not None
    services.withdraw(asked.subject, actor=clara)
    with pytest.raises(NotWaiting) as refusal:
        approve(asked, anna)
    assert refusal.value.message == "“M-1” no longer waits for a decision: it is withdrawn."


def test_when_the_conclusion_is_refused_there_is_no_decision(
    matters: Matters, asked: ApprovalRequest, anna: User
) -> None:
    matters.refusal = PocketEmpty()
    with pytest.raises(PocketEmpty):
        approve(asked, anna)
    assert_still_waits(asked)
    assert not AuditEvent.objects.filter(action="approvals.approved").exists()


def test_many_are_decided_each_by_itself(
    matters: Matters, one_approver: Policy, clara: User, anna: User
) -> None:
    first, own, last = (
        matters.ask(clara, title="M-4"),
        matters.ask(anna, title="M-5"),
        matters.ask(clara, title="M-6"),
    )
    outcomes = services.decide_many(
        [first.pk, own.pk, last.pk], verdict=Verdict.APPROVE, actor=anna
    )
    assert [(outcome.title, bool(outcome.error)) for outcome in outcomes] == [
        ("M-4", False),
        ("M-5", True),
        ("M-6", False),
    ]
    assert "own matter" in outcomes[1].error
    assert [name for name, *_ in matters.concluded] == ["M-4", "M-6"]
    assert AuditEvent.objects.filter(outcome=Outcome.DENIED).count() == 1


def test_what_waits_for_me_is_what_i_can_decide(
    matters: Matters, clara: User, anna: User, carol: User, conrad: User
) -> None:
    policy(("Finance controller", 2), group="two")
    policy(("Lending approver", 1))
    older, newer = matters.ask(clara), matters.ask(clara)
    matters.ask(anna)
    matters.ask(clara, lender=anna)
    mine_no_more = matters.ask(clara, group="two")
    assert list(selectors.waiting_for(anna)) == [older, newer]
    assert list(selectors.waiting_for(carol)) == [mine_no_more]
    approve(mine_no_more, carol)
    assert list(selectors.waiting_for(carol)) == []
    assert list(selectors.waiting_for(conrad)) == [mine_no_more]
    approve(older, anna)
    assert list(selectors.waiting_for(anna)) == [newer]


def test_the_decisions_about_a_subject(asked: ApprovalRequest, anna: User) -> None:
    assert asked.subject is not None
    approve(asked, anna)
    assert [decision.decider for decision in selectors.decisions_about(asked.subject)] == [anna]
