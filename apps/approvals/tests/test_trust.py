"""Trusted people, and what is approved for them by itself."""

from dataclasses import replace

import pytest

from apps.accounts.models import User
from apps.approvals import scopes, selectors, services
from apps.approvals.errors import (
    AlreadyDecided,
    AlreadyTrusted,
    NotTrusted,
    OwnTrust,
    ReasonMissing,
)
from apps.approvals.models import TrustedPerson
from apps.approvals.progress import happened_to, standing_of
from apps.approvals.states import Status, Verdict
from apps.approvals.tests.conftest import Matters, policy
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import NotPermitted

pytestmark = pytest.mark.django_db

APPROVER = ("Lending approver", 1)


def trust(person: User, actor: User, reason: str = "Careful") -> TrustedPerson:
    return services.trust(person, reason=reason, actor=actor)


@pytest.fixture
def automatic(matters: Matters, monkeypatch: pytest.MonkeyPatch) -> Matters:
    """Below 100 dollars nobody is asked, where the scope allows it."""
    policy(APPROVER, currency="USD", automatic_below=10_000)
    matters.scope = replace(matters.scope, may_be_automatic=True)
    monkeypatch.setitem(scopes.registered, "matter", matters.scope)
    return matters


def test_below_the_amount_it_is_concluded_at_once(
    automatic: Matters, clara: User, carol: User, anna: User
) -> None:
    trust(clara, carol)
    request = automatic.ask(clara, amount=9_999, title="M-1")
    assert (request.status, request.levels) == (Status.APPROVED, [])
    assert automatic.concluded == [
        (
            "M-1",
            Verdict.APPROVE,
            str(User.objects.system()),
            "Approved automatically: Clara is trusted, and the amount is small.",
        )
    ]
    assert list(selectors.waiting_for(anna)) == []
    assert standing_of(request)["count"] == 0
    assert happened_to(request)[-1].what == "Approved automatically: Clara is trusted"
    with pytest.raises(AlreadyDecided, match="already approved by the system"):
        services.decide(request.pk, verdict=Verdict.APPROVE, actor=anna)


def test_from_the_amount_on_somebody_is_asked(automatic: Matters, clara: User, carol: User) -> None:
    trust(clara, carol)
    assert automatic.ask(clara, amount=10_000).status == Status.PENDING


def test_who_is_not_trusted_any_more_waits(automatic: Matters, clara: User, carol: User) -> None:
    services.end_trust(trust(clara, carol).pk, reason="A scratch", actor=carol)
    assert automatic.ask(clara, amount=1).status == Status.PENDING


def test_a_scope_on_which_people_decide_is_never_automatic(
    matters: Matters, clara: User, carol: User
) -> None:
    policy(APPROVER, currency="USD", automatic_below=10_000)
    trust(clara, carol)
    assert matters.ask(clara, amount=1).status == Status.PENDING


def test_trust_has_a_reason_and_somebody_else_behind_it(
    clara: User, carol: User, anna: User
) -> None:
    with pytest.raises(NotPermitted):
        trust(clara, anna)
    with pytest.raises(OwnTrust):
        trust(carol, carol)
    with pytest.raises(ReasonMissing):
        trust(clara, carol, " ")
    row = trust(clara, carol)
    with pytest.raises(AlreadyTrusted):
        trust(clara, carol)
    with pytest.raises(ReasonMissing):
        services.end_trust(row.pk, reason="", actor=carol)
    ended = services.end_trust(row.pk, reason="A scratch", actor=carol)
    assert (ended.ended_by, ended.ending_reason) == (carol, "A scratch")
    with pytest.raises(NotTrusted):
        services.end_trust(row.pk, reason="Again", actor=carol)
    trust(clara, carol)
    actions = AuditEvent.objects.filter(action__startswith="approvals.trust", outcome=Outcome.DONE)
    assert list(actions.order_by("pk").values_list("action", flat=True)) == [
        "approvals.trusted",
        "approvals.trust_ended",
        "approvals.trusted",
    ]
