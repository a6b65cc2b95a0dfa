"""Asking for approval, and deciding.

The subject's own part calls `open_request` and `withdraw` while it holds the lock of its row;
`decide` takes that lock first, through the scope, so that everybody locks in the same order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.approvals import scopes, selectors
from apps.approvals.errors import (
    AlreadyDecided,
    AlreadyWaiting,
    NoPolicy,
    NotWaiting,
    ReasonMissing,
    RoleNeeded,
    YouHaveDecided,
)
from apps.approvals.models import ApprovalRequest, Decision, InterestedParty, Level, Policy
from apps.approvals.states import Action, Status, Verdict
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.errors import DomainError, OwnMatter
from apps.common.money import format_amount
from apps.notifications import services as notifications

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model

    type Parties = Mapping[str, User | Iterable[User]]

_ACTION = {
    Verdict.APPROVE: Action.APPROVE,
    Verdict.REJECT: Action.REJECT,
    Verdict.RETURN: Action.RETURN,
}
_EVENT = {
    Verdict.APPROVE: "approvals.approved",
    Verdict.REJECT: "approvals.rejected",
    Verdict.RETURN: "approvals.returned",
}
_OUTCOME = {
    Status.APPROVED: gettext_lazy("approved"),
    Status.REJECTED: gettext_lazy("rejected"),
    Status.RETURNED: gettext_lazy("returned for changes"),
}


@dataclass(frozen=True)
class Outcome:
    """What became of one of many decisions; `error` is empty when it was made.

    `waits_for` names the role that has to agree next, when this decision was not the last.
    """

    request_id: int
    title: str
    error: str
    waits_for: str = ""


@deed
def load_policies(rows: Sequence[Mapping[str, Any]]) -> int:
    """Create the policies that are missing by name, and leave those that an administrator has."""
    known = set(Policy.objects.values_list("name", flat=True))
    for row in rows:
        if row["name"] not in known:
            _add_policy(row, actor=User.objects.system())
    return len(rows)


def _add_policy(row: Mapping[str, Any], *, actor: User) -> None:
    policy = Policy(
        name=row["name"],
        scope=row["scope"],
        currency=row["currency"],
        group=row["group"],
        amount_from=row["amount_from"],
        amount_to=row["amount_to"],
        due_in=timedelta(hours=row["due_in"]) if row["due_in"] else None,
    )
    _save_as(actor, policy)
    for number, asked in enumerate(row["levels"], start=1):
        level = Level(
            policy=policy,
            number=number,
            role=Group.objects.get(name=asked["role"]),
            decider_count=asked["decider_count"],
        )
        _save_as(actor, level)
    audit.record("approvals.policy_added", actor=actor, target=policy, after=row)


def _save_as(actor: User, row: Policy | Level) -> None:
    # How simple-history is told who it was, outside a request.
    row._history_user = actor  # type: ignore[union-attr]  # untyped library
    row.save()


def policy_for(*, scope: str, amount: int, currency: str, group: str) -> Policy:
    """Return the most specific active policy that covers the matter.

    Raises:
        NoPolicy: none does.
    """
    policy = (
        Policy.objects.filter(
            Q(amount_to__isnull=True) | Q(amount_to__gt=amount),
            Exists(Level.objects.filter(policy=OuterRef("pk"))),
            is_active=True,
            scope=scope,
            amount_from__lte=amount,
            currency__in=("", currency),
            group__in=("", group),
        )
        # An empty text sorts first, so that descending puts a named group or currency on top.
        .order_by("-group", "-currency", "-amount_from", "pk")
        .first()
    )
    if policy is None:
        raise NoPolicy(scope=scopes.scope(scope).label, amount=format_amount(amount, currency))
    return policy


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
) -> ApprovalRequest:
    """Ask those whom the policy names; the levels stay as they are at this moment.

    The caller holds the lock of `subject`. The requester and all `parties` never decide on it.

    Raises:
        NoPolicy: no policy covers the matter.
        AlreadyWaiting: the subject has an open request.
    """
    if selectors.open_request_of(subject):
        raise AlreadyWaiting(title=title)
    policy = policy_for(scope=scope, amount=amount, currency=currency, group=group)
    levels = list(policy.levels.order_by("number").select_related("role"))
    now = timezone.now()
    request = ApprovalRequest.objects.create(
        scope=scope,
        subject_type=ContentType.objects.get_for_model(subject),
        subject_id=subject.pk,
        title=title,
        requester=requester,
        currency=currency,
        amount=amount,
        policy=policy,
        levels=[
            {
                "number": level.number,
                "role_id": level.role_id,
                "role": level.role.name,
                "decider_count": level.decider_count,
            }
            for level in levels
        ],
        level=levels[0].number,
        role=levels[0].role,
        requested_at=now,
        due_at=now + policy.due_in if policy.due_in else None,
    )
    _keep_parties(request, {"requester": requester, **parties})
    audit.record(
        "approvals.requested",
        actor=actor,
        target=request,
        after={"policy": policy.name, "levels": request.levels, "amount": amount},
    )
    _tell_deciders(request)
    return request


def _keep_parties(request: ApprovalRequest, parties: "Parties") -> None:
    InterestedParty.objects.bulk_create(
        InterestedParty(request=request, person=person, part=part)
        for part, people in parties.items()
        for person in ({people} if isinstance(people, User) else set(people))
    )


def _tell_deciders(request: ApprovalRequest) -> None:
    notifications.announce(
        "approvals.requested",
        to=selectors.deciders_of(request),
        about=request,
        subject=_("“{title}” waits for your decision").format(title=request.title),
        body=_("{requester} asks for {amount}. It waits for: {role}.").format(
            requester=request.requester,
            amount=format_amount(request.amount, request.currency),
            role=request.role,
        ),
        key=f"level-{request.level}",
    )


@deed
def decide(request_id: int, *, verdict: Verdict, actor: User, reason: str = "") -> ApprovalRequest:
    """Give one person's answer; the last approval, or any refusal, concludes the request.

    What follows for the subject happens in the same transaction: when it is refused there, there
    is no decision either.

    Raises:
        OwnMatter: the person asked for it, or it concerns them.
        NotPermitted: they lack the permission of the scope, or the role of the level.
        ReasonMissing: a refusal without a reason.
        AlreadyDecided, NotWaiting, YouHaveDecided: there is nothing to decide for them now.
    """
    request = ApprovalRequest.objects.get(pk=request_id)
    scope = scopes.scope(request.scope)
    _refuse_parties(request, actor)
    actor.require(scope.permission)
    if verdict != Verdict.APPROVE and not reason.strip():
        raise ReasonMissing
    subject = scope.lock(request.subject_id)
    request = ApprovalRequest.objects.locked().select_related("role").get(pk=request_id)
    _refuse_late(request, actor)
    if not actor.groups.filter(pk=request.role_id).exists():
        raise RoleNeeded(title=request.title, role=request.role)
    before = {"status": request.status, "level": request.level}
    Decision.objects.create(
        request=request,
        level=request.level,
        decider=actor,
        verdict=verdict,
        reason=reason.strip(),
    )
    if verdict != Verdict.APPROVE or not _is_waiting_still(request):
        request.move(_ACTION[verdict])
        request.concluded_at = timezone.now()
    request.save(update_fields=("status", "concluded_at", "level", "role"))
    audit.record(
        _EVENT[verdict],
        actor=actor,
        target=request,
        before=before,
        after={"status": request.status, "level": request.level},
        reason=reason.strip(),
    )
    if request.status != Status.PENDING:
        scope.conclude(subject, verdict, request=request, actor=actor, reason=reason.strip())
    elif request.level != before["level"]:
        _tell_deciders(request)
    return request


def _refuse_parties(request: ApprovalRequest, actor: User) -> None:
    parts = request.parties.filter(person=actor).order_by("pk").values_list("part", flat=True)
    if parts:
        raise OwnMatter(part=_(" and ").join(parts))


def _refuse_late(request: ApprovalRequest, actor: User) -> None:
    if request.status in {Status.WITHDRAWN, Status.EXPIRED}:
        raise NotWaiting(title=request.title, status=request.get_status_display())
    decisions = request.decisions.select_related("decider")
    if request.status != Status.PENDING:
        last = decisions.latest("pk")
        raise AlreadyDecided(
            title=request.title,
            outcome=_OUTCOME[Status(request.status)],
            decider=last.decider,
            at=_moment(last.decided_at),
        )
    if mine := decisions.filter(decider=actor).first():
        raise YouHaveDecided(
            title=request.title,
            at=_moment(mine.decided_at),
            verdict=mine.get_verdict_display(),
            role=request.role,
        )


def _is_waiting_still(request: ApprovalRequest) -> bool:
    """Pass on to the next level once enough people have agreed on this one."""
    agreed = request.decisions.filter(level=request.level).count()
    levels = {level["number"]: level for level in request.levels}
    if agreed < levels[request.level]["decider_count"]:
        return True
    later = [number for number in levels if number > request.level]
    if not later:
        return False
    request.level = min(later)
    request.role_id = levels[request.level]["role_id"]
    return True


def _moment(at: "datetime") -> str:
    return date_format(timezone.localtime(at), "j M Y, H:i")


def decide_many(
    request_ids: Iterable[int], *, verdict: Verdict, actor: User, reason: str = ""
) -> list[Outcome]:
    """Decide on each in a transaction of its own; one that is refused does not spoil the others."""
    titles = dict(ApprovalRequest.objects.filter(pk__in=request_ids).values_list("pk", "title"))
    outcomes = []
    for request_id, title in titles.items():
        try:
            decided = decide(request_id, verdict=verdict, actor=actor, reason=reason)
        except DomainError as refusal:
            outcomes.append(Outcome(request_id, title, refusal.message))
        else:
            waits_for = str(decided.role) if decided.status == Status.PENDING else ""
            outcomes.append(Outcome(request_id, title, "", waits_for))
    return outcomes


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
