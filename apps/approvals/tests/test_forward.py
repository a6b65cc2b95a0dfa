"""Forwarding: a named colleague decides instead, on one level of one request."""

import pytest

from apps.accounts.models import User
from apps.approvals import selectors, services
from apps.approvals.errors import (
    AlreadyDecided,
    ColleagueCannot,
    HandedOn,
    ReasonMissing,
    RoleNeeded,
)
from apps.approvals.models import ApprovalRequest, Forward, Policy
from apps.approvals.progress import happened_to
from apps.approvals.states import Status, Verdict
from apps.approvals.tests.conftest import Matters, policy
from apps.approvals.tests.test_absences import away
from apps.audit.models import AuditEvent
from apps.common.errors import OwnMatter
from apps.notifications.models import Notice

pytestmark = pytest.mark.django_db


def forward(
    request: ApprovalRequest, actor: User, to: User, reason: str = "You know it"
) -> Forward:
    return services.forward(request.pk, to=to, reason=reason, actor=actor)


def approve(request: ApprovalRequest, actor: User) -> ApprovalRequest:
    return services.decide(request.pk, verdict=Verdict.APPROVE, actor=actor)


@pytest.fixture
def asked(matters: Matters, one_approver: Policy, clara: User) -> ApprovalRequest:
    """Clara asks for M-1; one lending approver decides."""
    return matters.ask(clara, title="M-1")


def test_the_colleague_decides_without_the_role_and_the_giver_no_more(
    asked: ApprovalRequest, anna: User, arno: User, carol: User
) -> None:
    handed = forward(asked, anna, carol)
    assert list(selectors.waiting_for(carol)) == [asked]
    assert list(selectors.waiting_for(anna)) == []
    assert set(selectors.deciders_of(asked)) == {carol, arno}
    with pytest.raises(HandedOn, match="You gave “M-1” to Carol at"):
        approve(asked, anna)
    decided = approve(asked, carol)
    assert decided.status == Status.APPROVED
    assert decided.decisions.get().on_behalf_of is None
    told = Notice.objects.get(kind="approvals.forwarded", channel="admin")
    assert (told.recipient, told.body) == (carol, "You know it")
    event = AuditEvent.objects.get(action="approvals.forwarded")
    assert (event.actor, event.after["to"], event.reason) == (
        anna,
        f"Carol (#{carol.pk})",
        handed.reason,
    )
    assert [step.what for step in happened_to(decided)] == [
        "Clara asked",
        "Anna forwarded it to Carol",
        "Carol: approve",
        "Approved",
    ]


def test_what_was_forwarded_can_be_handed_back(
    asked: ApprovalRequest, anna: User, carol: User
) -> None:
    forward(asked, anna, carol)
    forward(asked, carol, anna)
    with pytest.raises(HandedOn):
        approve(asked, carol)
    assert approve(asked, anna).status == Status.APPROVED


def test_the_right_ends_with_the_level(
    matters: Matters, clara: User, anna: User, arno: User, carol: User, conrad: User
) -> None:
    policy(("Finance controller", 1), ("Finance controller", 1))
    request = matters.ask(clara)
    forward(request, carol, anna)
    approve(request, conrad)
    assert list(selectors.waiting_for(anna)) == []
    with pytest.raises(RoleNeeded):
        approve(request, anna)
    assert approve(request, carol).status == Status.APPROVED


def test_a_substitute_hands_it_on_for_who_is_away(
    asked: ApprovalRequest, anna: User, arno: User, walt: User
) -> None:
    away(anna, walt)
    handed = forward(asked, walt, arno)
    assert handed.on_behalf_of == anna
    assert list(selectors.waiting_for(walt)) == list(selectors.waiting_for(anna)) == []
    assert approve(asked, arno).status == Status.APPROVED


def test_the_substitute_of_the_colleague_decides_too(
    asked: ApprovalRequest, anna: User, carol: User, walt: User
) -> None:
    away(carol, walt)
    forward(asked, anna, carol)
    assert Notice.objects.filter(kind="approvals.forwarded", recipient=walt).exists()
    assert approve(asked, walt).decisions.get().on_behalf_of == carol


def test_what_a_forward_refuses(
    matters: Matters, one_approver: Policy, clara: User, anna: User, arno: User, walt: User
) -> None:
    request = matters.ask(clara, lender=arno, title="M-3")
    with pytest.raises(ReasonMissing):
        forward(request, anna, walt, reason=" ")
    with pytest.raises(ColleagueCannot, match="none of their roles"):
        forward(request, anna, walt)
    with pytest.raises(ColleagueCannot, match="they are the lender"):
        forward(request, anna, arno)
    with pytest.raises(ColleagueCannot, match="in their hands"):
        forward(request, anna, anna)
    with pytest.raises(OwnMatter):
        forward(request, arno, anna)
    assert not Forward.objects.exists()
    assert set(selectors.colleagues_for(request)) == {anna}


def test_who_has_no_right_does_not_forward(asked: ApprovalRequest, carol: User, arno: User) -> None:
    with pytest.raises(RoleNeeded):
        forward(asked, carol, arno)


def test_who_has_decided_does_not_get_it_again(
    matters: Matters, clara: User, carol: User, conrad: User
) -> None:
    policy(("Finance controller", 2))
    request = matters.ask(clara)
    approve(request, carol)
    with pytest.raises(ColleagueCannot, match="they have decided"):
        forward(request, conrad, carol)


def test_what_is_decided_is_not_forwarded(asked: ApprovalRequest, anna: User, arno: User) -> None:
    approve(asked, anna)
    with pytest.raises(AlreadyDecided):
        forward(asked, arno, anna)


def test_a_colleague_outside_the_office_cannot(
    asked: ApprovalRequest, anna: User, carol: User
) -> None:
    carol.is_active = False
    carol.save()
    with pytest.raises(ColleagueCannot, match="back office"):
        forward(asked, anna, carol)
