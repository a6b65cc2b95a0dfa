"""Asking for approval, and taking the question back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.approvals import scopes, selectors
from apps.approvals.errors import AlreadyWaiting
from apps.approvals.models import ApprovalRequest, InterestedParty
from apps.approvals.services import policies
from apps.approvals.services.limiting import within_daily_limits
from apps.approvals.services.telling import tell_deciders
from apps.approvals.states import Action, Status, Verdict
from apps.audit import services as audit
from apps.audit.services import deed

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model

    from apps.approvals.models import Level, Policy, TrustedPerson

    type Parties = Mapping[str, User | Iterable[User]]


@deed
def open_request(
    subject: "Model",
    *,
    scope: str,
    title: str,
    requester: User,
    amount: int,
    currency: str,
    parties: "Parties",
    actor: User,
    group: str = "",
    lenders: Collection[User] = (),
    categories: Collection[str] = (),
    value: int = 0,
    facts: Mapping[str, Any] | None = None,
    beneficiary: User | None = None,
) -> ApprovalRequest:
    """Ask those whom the policy names; the levels stay as they are at this moment.

    The caller holds the lock of `subject`, has saved it, and calls this last. The requester and
    all `parties` never decide on it. `lenders`, `categories` (or one `group`) and `value`, that of
    the dearest asset in minor units, choose the policy beside the amount. `facts` is what is asked
    for, by names that people read: what differs from a request that was sent back is kept.

    Below the amount that the policy sets, and when somebody trusts the `beneficiary` (the
    requester, unless another is named), nobody is asked: the request is approved by the system,
    and what follows has been done to this same `subject` when this returns.

    Raises:
        NoPolicy: no policy covers the matter.
        AlreadyWaiting: the subject has an open request.
        DailyLimitReached: the requester has asked for as much as they may in a day.
        DomainError: it is approved by itself, and what follows is refused.
    """
    if selectors.open_request_of(subject):
        raise AlreadyWaiting(title=title)
    choice = policies.choose(
        scope=scope,
        amount=amount,
        currency=currency,
        groups={group, *categories} - {""},
        lenders=lenders,
        value=value,
    )
    policy, now = choice.policy, timezone.now()
    trust = _trust_for(policy, amount, currency, beneficiary or requester)
    with within_daily_limits():
        request = ApprovalRequest.objects.create(
            scope=scope,
            subject_type=ContentType.objects.get_for_model(subject),
            subject_id=subject.pk,
            title=title,
            requester=requester,
            currency=currency,
            amount=amount,
            policy=policy,
            level=choice.levels[0].number,
            role=choice.levels[0].role,
            requested_at=now,
            why=choice.why,
            why_facts=dict(choice.facts),
            facts=dict(facts or {}),
            changes=_changes_since(subject, facts or {}),
            **(_done_at(now, trust) if trust else _asked_at(now, policy, choice.levels)),
        )
    _keep_parties(request, {"requester": requester, **parties})
    _record(request, actor=actor)
    if trust:
        _conclude_by_itself(subject, request, trust)
    else:
        tell_deciders(request)
    return request


def _record(request: ApprovalRequest, *, actor: User) -> None:
    audit.record(
        "approvals.requested",
        actor=actor,
        target=request,
        after={
            "policy": request.policy.name,
            "why": request.why,
            "levels": request.levels,
            "amount": request.amount,
        },
    )


def _asked_at(now: "datetime", policy: "Policy", levels: "Sequence[Level]") -> dict[str, Any]:
    first = _frozen(policy, levels)
    return {
        "levels": first,
        "due_at": now + policy.due_in if policy.due_in else None,
        "remind_at": now + policy.remind_after if policy.remind_after else None,
        "escalate_at": now + policy.escalate_after if policy.escalate_after else None,
    }


def _done_at(now: "datetime", trust: "TrustedPerson") -> dict[str, Any]:
    return {
        "levels": [],
        "status": Status.APPROVED,
        "concluded_at": now,
        "automatic_for": trust,
    }


def _frozen(policy: "Policy", levels: "Sequence[Level]") -> list[dict[str, Any]]:
    """Return the levels as the request keeps them; times are seconds on one level."""
    clock = {
        "remind_after": policy.remind_after.total_seconds() if policy.remind_after else None,
        "escalate_after": policy.escalate_after.total_seconds() if policy.escalate_after else None,
        "escalate_to_id": policy.escalate_to_id,
    }
    return [
        {
            "number": level.number,
            "role_id": level.role_id,
            "role": level.role.name,
            "decider_count": level.decider_count,
            **clock,
        }
        for level in levels
    ]


def _trust_for(
    policy: "Policy", amount: int, currency: str, person: User
) -> "TrustedPerson | None":
    """Return the trust by which nobody has to decide, if there is any."""
    if policy.automatic_below is None or policy.currency != currency:
        return None
    if amount >= policy.automatic_below or not scopes.scope(policy.scope).may_be_automatic:
        return None
    return selectors.trust_of(person)


def _conclude_by_itself(subject: "Model", request: ApprovalRequest, trust: "TrustedPerson") -> None:
    reason = _("Approved automatically: {person} is trusted, and the amount is small.").format(
        person=trust.person
    )
    system = User.objects.system()
    audit.record(
        "approvals.approved_automatically",
        actor=system,
        target=request,
        after={"status": request.status, "trusted": trust.person, "trusted_by": trust.trusted_by},
        reason=reason,
    )
    scopes.scope(request.scope).conclude(
        subject, Verdict.APPROVE, request=request, actor=system, reason=reason
    )


def _changes_since(subject: "Model", facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what differs from the last request about `subject`, if it was sent back."""
    last = selectors.last_request_of(subject)
    if last is None or last.status != Status.RETURNED:
        return []
    names = [*facts, *(name for name in last.facts if name not in facts)]
    return [
        {"name": name, "was": last.facts.get(name, ""), "is": facts.get(name, "")}
        for name in names
        if last.facts.get(name, "") != facts.get(name, "")
    ]


def _keep_parties(request: ApprovalRequest, parties: "Parties") -> None:
    InterestedParty.objects.bulk_create(
        InterestedParty(request=request, person=person, part=part)
        for part, people in parties.items()
        for person in ({people} if isinstance(people, User) else set(people))
    )


@deed
def withdraw(subject: "Model", *, actor: User, reason: str = "") -> ApprovalRequest | None:
    """Take back the open request about `subject`, if any; the caller holds the subject's lock."""
    return _end(subject, Action.WITHDRAW, "approvals.withdrawn", actor=actor, reason=reason)


@deed
def expire(subject: "Model", *, actor: User, reason: str = "") -> ApprovalRequest | None:
    """End the open request about `subject`, if any, because it is too late to decide."""
    return _end(subject, Action.EXPIRE, "approvals.expired", actor=actor, reason=reason)


def _end(
    subject: "Model", action: Action, event: str, *, actor: User, reason: str
) -> ApprovalRequest | None:
    request = selectors.requests_about(subject).waiting().locked().first()
    if request is None:
        return None
    request.move(action)
    request.concluded_at = timezone.now()
    request.save(update_fields=("status", "concluded_at"))
    audit.record(
        event,
        actor=actor,
        target=request,
        before={"status": Status.PENDING},
        after={"status": request.status},
        reason=reason,
    )
    return request
