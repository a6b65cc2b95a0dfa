"""Who approves much money must have shown a moment ago who they are."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.approvals import services
from apps.approvals.models import ApprovalRequest, Policy
from apps.approvals.states import Status, Verdict
from apps.approvals.tests.conftest import Matters, policy
from apps.audit.context import Origin, coming_from
from apps.audit.models import AuditEvent, Outcome, Source
from apps.common.errors import RecentSignInNeeded

pytestmark = pytest.mark.django_db

OLD = Origin(source=Source.ADMIN, authenticated_at=timezone.now() - timedelta(hours=1))
NEW = Origin(source=Source.ADMIN, authenticated_at=timezone.now())


@pytest.fixture
def over_500(db: None) -> Policy:
    """One lending approver decides; from 500.00 US dollars only after a recent sign-in."""
    return policy(("Lending approver", 1), currency="USD", step_up_amount=50000)


@pytest.fixture
def large(matters: Matters, over_500: Policy, clara: User) -> ApprovalRequest:
    """Clara asks for exactly the limit."""
    return matters.ask(clara, amount=50000, title="Large")


@pytest.fixture
def small(matters: Matters, over_500: Policy, clara: User) -> ApprovalRequest:
    """Clara asks for a cent less."""
    return matters.ask(clara, amount=49999, title="Small")


def test_an_approval_over_the_limit_asks_for_a_recent_sign_in(
    large: ApprovalRequest, anna: User
) -> None:
    with coming_from(OLD), pytest.raises(RecentSignInNeeded):
        services.decide(large.pk, verdict=Verdict.APPROVE, actor=anna)
    large.refresh_from_db()
    assert large.status == Status.PENDING
    denied = AuditEvent.objects.get(outcome=Outcome.DENIED)
    assert (denied.action, denied.actor) == ("approvals.decide", anna)
    with coming_from(NEW):
        assert services.decide(large.pk, verdict=Verdict.APPROVE, actor=anna).status == "approved"


def test_below_the_limit_nobody_is_asked(small: ApprovalRequest, anna: User) -> None:
    with coming_from(OLD):
        assert services.decide(small.pk, verdict=Verdict.APPROVE, actor=anna).status == "approved"


def test_a_refusal_moves_no_money_and_asks_nobody(large: ApprovalRequest, anna: User) -> None:
    with coming_from(OLD):
        decided = services.decide(large.pk, verdict=Verdict.REJECT, actor=anna, reason="No")
    assert decided.status == Status.REJECTED


def test_what_is_made_stricter_holds_for_what_waits(
    small: ApprovalRequest, over_500: Policy, anna: User
) -> None:
    Policy.objects.filter(pk=over_500.pk).update(step_up_amount=0)
    with coming_from(OLD), pytest.raises(RecentSignInNeeded):
        services.decide(small.pk, verdict=Verdict.APPROVE, actor=anna)


def test_of_many_none_is_decided_before_the_sign_in_is_recent(
    small: ApprovalRequest, large: ApprovalRequest, anna: User
) -> None:
    both = [small.pk, large.pk]
    with coming_from(OLD), pytest.raises(RecentSignInNeeded):
        services.decide_many(both, verdict=Verdict.APPROVE, actor=anna)
    assert ApprovalRequest.objects.waiting().count() == 2
    denied = AuditEvent.objects.get(outcome=Outcome.DENIED)
    assert denied.action == "approvals.decide_many"
    assert sorted(denied.after["arguments"]) == ["Large", "Small"]
    with coming_from(NEW):
        outcomes = services.decide_many(both, verdict=Verdict.APPROVE, actor=anna)
    assert not any(outcome.error for outcome in outcomes)


def test_an_amount_without_a_currency_means_nothing_but_zero_does(db: None) -> None:
    refused = pytest.raises(IntegrityError, match="approval_policy_step_up_has_currency")
    with refused, transaction.atomic():
        policy(("Lending approver", 1), step_up_amount=1)
    policy(("Lending approver", 1), step_up_amount=0)


def test_where_two_must_agree_on_money_the_reference_data_ask_for_it(db: None) -> None:
    strict = Policy.objects.exclude(step_up_amount=None)
    assert set(strict.values_list("scope", flat=True)) == {
        *("adjustment", "adjustment_batch", "claim", "write_off")
    }
    assert all(one.step_up_amount == one.amount_from for one in strict)
