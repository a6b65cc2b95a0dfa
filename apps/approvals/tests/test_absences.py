"""Substitutes: who may name whom, and what they may decide meanwhile."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from apps.accounts.models import User
from apps.approvals import selectors, services
from apps.approvals.errors import (
    AbsenceBackward,
    AbsenceHasEnded,
    AbsenceTaken,
    DecidedForYou,
    PrincipalHasDecided,
    ReasonMissing,
    RoleNeeded,
    SubstituteCannot,
    YouHaveDecided,
)
from apps.approvals.models import ApprovalRequest, Policy, Substitution
from apps.approvals.states import Status, Verdict
from apps.approvals.tests.conftest import Matters, policy
from apps.audit.models import AuditEvent
from apps.common.errors import NotPermitted, OwnMatter
from apps.notifications.models import Notice

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def away(
    person: User,
    substitute: User,
    *,
    actor: User | None = None,
    begins: timedelta = -HOUR,
    ends: timedelta = HOUR,
    reason: str = "Holiday",
) -> Substitution:
    now = timezone.now()
    return services.name_substitute(
        person=person,
        substitute=substitute,
        starts_at=now + begins,
        ends_at=now + ends,
        reason=reason,
        actor=actor or person,
    )


def approve(request: ApprovalRequest, actor: User) -> ApprovalRequest:
    return services.decide(request.pk, verdict=Verdict.APPROVE, actor=actor)


@pytest.fixture
def asked(matters: Matters, one_approver: Policy, clara: User) -> ApprovalRequest:
    """Clara asks for M-1; one lending approver decides."""
    return matters.ask(clara, title="M-1")


def test_a_substitute_without_the_role_decides_for_who_is_away(
    matters: Matters, asked: ApprovalRequest, anna: User, walt: User
) -> None:
    assert list(selectors.waiting_for(walt)) == []
    away(anna, walt)
    assert list(selectors.waiting_for(walt)) == [asked]
    assert set(selectors.deciders_of(asked)) == {anna, walt}
    decided = approve(asked, walt)
    assert decided.status == Status.APPROVED
    decision = decided.decisions.get()
    assert (decision.decider, decision.on_behalf_of) == (walt, anna)
    event = AuditEvent.objects.get(action="approvals.approved")
    assert (event.actor, event.on_behalf_of) == (walt, anna)
    assert matters.concluded == [("M-1", Verdict.APPROVE, "Walt", "")]


def test_a_new_request_is_told_to_the_substitute(
    matters: Matters, one_approver: Policy, clara: User, anna: User, walt: User
) -> None:
    away(anna, walt)
    request = matters.ask(clara)
    told = Notice.objects.filter(kind="approvals.requested", about_id=request.pk, channel="admin")
    assert {notice.recipient for notice in told} == {anna, walt}


def test_who_has_the_right_themselves_decides_for_themselves(
    asked: ApprovalRequest, anna: User, arno: User
) -> None:
    away(anna, arno)
    assert approve(asked, arno).decisions.get().on_behalf_of is None


@pytest.mark.parametrize(("begins", "ends"), [(HOUR, 2 * HOUR), (-2 * HOUR, HOUR / 3600)])
def test_before_and_after_it_the_substitute_does_not_decide(
    asked: ApprovalRequest, anna: User, walt: User, begins: timedelta, ends: timedelta
) -> None:
    absence = away(anna, walt, begins=begins, ends=ends)
    if begins < timedelta(0):
        services.end_absence(absence.pk, reason="Back", actor=anna)
    assert list(selectors.waiting_for(walt)) == []
    with pytest.raises(NotPermitted):
        approve(asked, walt)


def test_a_substitute_of_somebody_without_the_right_has_none(
    asked: ApprovalRequest, carol: User, walt: User
) -> None:
    away(carol, walt)
    assert list(selectors.waiting_for(walt)) == []
    with pytest.raises(NotPermitted):
        approve(asked, walt)


def test_a_substitute_of_a_substitute_does_not_decide(
    asked: ApprovalRequest, anna: User, walt: User, carol: User
) -> None:
    away(anna, walt)
    away(walt, carol)
    assert list(selectors.waiting_for(carol)) == []
    with pytest.raises(RoleNeeded):
        approve(asked, carol)


def test_nobody_counts_twice_on_a_level(
    matters: Matters, clara: User, walt: User, carol: User, conrad: User
) -> None:
    policy(("Finance controller", 2))
    request = matters.ask(clara, title="M-2")
    away(carol, walt)
    approve(request, walt)
    with pytest.raises(DecidedForYou, match="Walt has decided on “M-2” for you"):
        approve(request, carol)
    with pytest.raises(YouHaveDecided):
        approve(request, walt)
    assert list(selectors.waiting_for(carol)) == list(selectors.waiting_for(walt)) == []
    assert set(selectors.deciders_of(request)) == {conrad}
    assert approve(request, conrad).status == Status.APPROVED


def test_who_has_decided_is_not_decided_for_again(
    matters: Matters, clara: User, walt: User, carol: User, conrad: User
) -> None:
    policy(("Finance controller", 2))
    request = matters.ask(clara, title="M-2")
    approve(request, carol)
    away(carol, walt)
    with pytest.raises(PrincipalHasDecided, match="Carol, for whom you decide"):
        approve(request, walt)


def test_of_two_who_are_away_the_one_who_can_is_stood_in_for(
    matters: Matters, clara: User, walt: User, carol: User, conrad: User
) -> None:
    policy(("Finance controller", 2))
    request = matters.ask(clara)
    away(carol, walt)
    away(conrad, walt)
    assert approve(request, walt).decisions.get().on_behalf_of == carol
    with pytest.raises(YouHaveDecided):
        approve(request, walt)


def test_the_matter_of_who_is_away_is_not_the_substitutes_either(
    matters: Matters, one_approver: Policy, clara: User, anna: User, walt: User
) -> None:
    request = matters.ask(clara, borrower=anna)
    away(anna, walt)
    assert list(selectors.waiting_for(walt)) == []
    assert walt not in selectors.deciders_of(request)
    with pytest.raises(OwnMatter, match="you are the substitute of Anna, who is the borrower"):
        approve(request, walt)


def test_the_substitutes_own_matter_is_theirs(
    matters: Matters, one_approver: Policy, clara: User, anna: User, walt: User
) -> None:
    request = matters.ask(clara, borrower=walt)
    away(anna, walt)
    with pytest.raises(OwnMatter, match="you are the borrower"):
        approve(request, walt)


def test_who_is_deactivated_has_no_substitute(
    asked: ApprovalRequest, anna: User, walt: User
) -> None:
    away(anna, walt)
    anna.is_active = False
    anna.save()
    assert list(selectors.waiting_for(walt)) == []
    with pytest.raises(NotPermitted):
        approve(asked, walt)


def test_both_are_told_and_it_is_kept(anna: User, walt: User) -> None:
    absence = away(anna, walt)
    assert {notice.recipient for notice in Notice.objects.filter(kind="approvals.absence")} == {
        anna,
        walt,
    }
    event = AuditEvent.objects.get(action="approvals.substitute_named")
    assert (event.actor, event.after["substitute"]) == (anna, f"Walt (#{walt.pk})")
    services.end_absence(absence.pk, reason="Back early", actor=anna)
    assert [row.is_active for row in absence.history.order_by("history_id")] == [True, False]
    assert AuditEvent.objects.get(action="approvals.absence_ended").reason == "Back early"
    with pytest.raises(AbsenceHasEnded):
        services.end_absence(absence.pk, reason="Again", actor=anna)


def test_only_administrators_name_for_others(
    anna: User, arno: User, walt: User, adam: User
) -> None:
    with pytest.raises(NotPermitted, match="name_substitution"):
        away(anna, walt, actor=arno)
    absence = away(anna, walt, actor=adam)
    assert absence.named_by == adam
    with pytest.raises(NotPermitted, match="name_substitution"):
        services.end_absence(absence.pk, reason="No", actor=walt)


def test_what_an_absence_refuses(anna: User, walt: User, arno: User, fiona: User) -> None:
    with pytest.raises(ReasonMissing):
        away(anna, walt, reason=" ")
    with pytest.raises(AbsenceBackward):
        away(anna, walt, begins=HOUR, ends=HOUR)
    with pytest.raises(AbsenceBackward):
        away(anna, walt, begins=-2 * HOUR, ends=-HOUR)
    with pytest.raises(SubstituteCannot, match="themselves"):
        away(anna, anna)
    with pytest.raises(SubstituteCannot, match="opens the approvals"):
        away(anna, fiona)
    away(anna, walt)
    with pytest.raises(AbsenceTaken, match="Anna has a substitute for a part"):
        away(anna, arno)
    away(anna, arno, begins=HOUR, ends=2 * HOUR)


def test_who_does_not_work_here_is_no_substitute(anna: User, boris: User) -> None:
    boris.groups.add(Group.objects.get(name="Lending approver"))
    with pytest.raises(SubstituteCannot, match="back office"):
        away(anna, boris)
