"""Deciding: one person's answer, for themselves or for somebody who is away."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts import step_up
from apps.approvals import scopes, selectors
from apps.approvals.errors import (
    AlreadyDecided,
    DecidedForYou,
    HandedOn,
    NotWaiting,
    PrincipalHasDecided,
    ReasonMissing,
    RoleNeeded,
    TermsNotPossible,
    YouHaveDecided,
)
from apps.approvals.models import ApprovalRequest, Decision, Substitution
from apps.approvals.services.limiting import within_daily_limits
from apps.approvals.services.telling import tell_deciders
from apps.approvals.states import Action, Status, Verdict
from apps.audit import services as audit
from apps.audit.models import Outcome as AuditOutcome
from apps.audit.services import deed
from apps.common.errors import DomainError, OwnMatter, RecentSignInNeeded

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model

    from apps.accounts.models import User

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
    refusal: DomainError | None = None
    """What `error` says, for whoever has to know its kind."""


@deed
def decide(
    request_id: int,
    *,
    verdict: Verdict,
    actor: "User",
    reason: str = "",
    terms: Mapping[str, Any] | None = None,
) -> ApprovalRequest:
    """Give one person's answer; the last approval, or any refusal, concludes the request.

    Who has no right of their own decides for somebody who is away and has it. With `terms` only a
    part of what was asked is approved; what they mean is the scope's, and a later level may only
    approve less. What follows for the subject happens in the same transaction: when it is refused
    there, there is no decision either.

    Raises:
        OwnMatter: the person asked for it, or it concerns them or whom they stand in for.
        NotPermitted: they lack the permission of the scope, or the role of the level.
        ReasonMissing: a refusal without a reason.
        TermsNotPossible: this verdict, or this kind of matter, knows no part.
        RecentSignInNeeded: the amount is over the limit of the policy. Only an approval is asked
            for it: no money moves by a refusal.
        AlreadyDecided, NotWaiting, YouHaveDecided: there is nothing to decide for them now.
        DailyLimitReached: they have approved as much as they may in a day.
    """
    request = ApprovalRequest.objects.get(pk=request_id)
    if verdict != Verdict.APPROVE and not reason.strip():
        refuse_strangers(request, actor)
        raise ReasonMissing
    subject, request, absent = claim(request, actor=actor)
    if verdict == Verdict.APPROVE and request.asks_for_step_up:
        step_up.require(actor)
    scope = scopes.scope(request.scope)
    before = {"status": request.status, "level": request.level}
    narrowed = _narrowed(subject, request, verdict, terms)
    with within_daily_limits():
        Decision.objects.create(
            request=request,
            level=request.level,
            decider=actor,
            on_behalf_of=absent,
            verdict=verdict,
            reason=reason.strip(),
            terms=narrowed,
        )
    if verdict != Verdict.APPROVE or not _is_waiting_still(request):
        request.move(_ACTION[verdict])
        request.concluded_at = timezone.now()
    request.save(
        update_fields=(
            *("status", "concluded_at", "level", "role", "terms"),
            *("remind_at", "escalate_at"),
        )
    )
    after = {"status": request.status, "level": request.level}
    audit.record(
        _EVENT[verdict],
        actor=actor,
        target=request,
        before=before,
        after=after | ({"terms": request.terms} if request.terms else {}),
        reason=reason.strip(),
        on_behalf_of=absent,
    )
    if request.status != Status.PENDING:
        scope.conclude(subject, verdict, request=request, actor=actor, reason=reason.strip())
    elif request.level != before["level"]:
        tell_deciders(request)
    return request


def claim(
    request: ApprovalRequest, *, actor: "User"
) -> "tuple[Model, ApprovalRequest, User | None]":
    """Lock subject and request, and return them with the person for whom `actor` acts, if any.

    Raises:
        OwnMatter, NotPermitted, AlreadyDecided, NotWaiting, YouHaveDecided: it is not theirs.
    """
    refuse_strangers(request, actor)
    scope = scopes.scope(request.scope)
    subject = scope.lock(request.subject_id)
    request = ApprovalRequest.objects.locked().select_related("role", "policy").get(pk=request.pk)
    _refuse_late(request, actor)
    if actor.has_perm(scope.permission) and selectors.has_right(request, actor):
        return subject, request, None
    return subject, request, _absent_person(request, actor, scope.permission)


def refuse_strangers(request: ApprovalRequest, actor: "User") -> None:
    """Return when the matter is not the person's own and they may decide such matters at all."""
    _refuse_parties(request, actor)
    permission = scopes.scope(request.scope).permission
    if not (actor.is_active and actor.is_staff and selectors.absent_for(actor).exists()):
        actor.require(permission)


def _refuse_parties(request: ApprovalRequest, actor: "User") -> None:
    parts = request.parties.filter(person=actor).order_by("pk").values_list("part", flat=True)
    if parts:
        raise OwnMatter(part=_(" and ").join(parts))


def _absent_person(request: ApprovalRequest, actor: "User", permission: str) -> "User":
    """Return the first person who is away, has the right, and for whom `actor` decides."""
    refusals: list[DomainError] = []
    # Locked, so that an absence which ends at this moment is not used.
    list(Substitution.objects.current(timezone.now()).filter(substitute=actor).locked())
    for person in selectors.absent_for(actor):
        if not (person.has_perm(permission) and selectors.has_right(request, person)):
            continue
        part = request.parties.filter(person=person).order_by("pk").first()
        earlier = request.decisions.filter(Q(decider=person) | Q(on_behalf_of=person)).first()
        if part:
            who = _("substitute of {person}, who is the {part}")
            refusals.append(OwnMatter(part=who.format(person=person, part=part.part)))
        elif earlier:
            refusals.append(PrincipalHasDecided(title=request.title, person=person))
        else:
            return person
    if refusals:
        raise refusals[0]
    actor.require(permission)
    mine = request.forwards.filter(level=request.level, by=actor).select_related("to").last()
    if mine:
        raise HandedOn(title=request.title, colleague=mine.to, at=_moment(mine.forwarded_at))
    raise RoleNeeded(title=request.title, role=request.role)


def _refuse_late(request: ApprovalRequest, actor: "User") -> None:
    if request.status in {Status.WITHDRAWN, Status.EXPIRED}:
        raise NotWaiting(title=request.title, status=request.get_status_display())
    decisions = request.decisions.select_related("decider")
    if request.status != Status.PENDING:
        last = decisions.order_by("pk").last()
        raise AlreadyDecided(
            title=request.title,
            outcome=_OUTCOME[Status(request.status)],
            decider=last.decider if last else _("the system"),
            at=_moment(last.decided_at if last else request.concluded_at or request.requested_at),
        )
    if mine := decisions.filter(decider=actor).first():
        raise YouHaveDecided(
            title=request.title,
            at=_moment(mine.decided_at),
            verdict=mine.get_verdict_display(),
            role=request.role,
        )
    if mine := decisions.filter(on_behalf_of=actor).first():
        raise DecidedForYou(
            title=request.title,
            decider=mine.decider,
            at=_moment(mine.decided_at),
            verdict=mine.get_verdict_display(),
        )


def _narrowed(
    subject: "Model",
    request: ApprovalRequest,
    verdict: Verdict,
    terms: Mapping[str, Any] | None,
) -> dict[str, Any] | None:
    """Set on the request what is left of what was asked, and return what this decision left."""
    if not terms:
        return None
    scope = scopes.scope(request.scope)
    if verdict != Verdict.APPROVE or scope.narrow is None:
        raise TermsNotPossible(title=request.title)
    narrowed = scope.narrow(subject, request.terms or {}, terms)
    if narrowed == (request.terms or {}):
        return None
    request.terms = narrowed
    return narrowed


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
    following = levels[request.level]
    request.role_id = following["role_id"]
    request.remind_at = _after(following.get("remind_after"))
    request.escalate_at = _after(following.get("escalate_after"))
    return True


def _after(seconds: float | None) -> "datetime | None":
    return timezone.now() + timedelta(seconds=seconds) if seconds else None


def _moment(at: "datetime") -> str:
    return date_format(timezone.localtime(at), "j M Y, H:i")


def decide_many(
    request_ids: Iterable[int], *, verdict: Verdict, actor: "User", reason: str = ""
) -> list[Outcome]:
    """Decide on each in a transaction of its own; one that is refused does not spoil the others.

    Raises:
        RecentSignInNeeded: one of them asks for it; then none is decided.
    """
    asked = list(ApprovalRequest.objects.filter(pk__in=request_ids).select_related("policy"))
    titles = {one.pk: one.title for one in asked}
    if verdict == Verdict.APPROVE and any(one.asks_for_step_up for one in asked):
        _refuse_all_unless_recent(actor, titles.values())
    outcomes = []
    for request_id, title in titles.items():
        try:
            decided = decide(request_id, verdict=verdict, actor=actor, reason=reason)
        except DomainError as refusal:
            outcomes.append(Outcome(request_id, title, refusal.message, refusal=refusal))
        else:
            waits_for = str(decided.role) if decided.status == Status.PENDING else ""
            outcomes.append(Outcome(request_id, title, "", waits_for))
    return outcomes


def _refuse_all_unless_recent(actor: "User", titles: Iterable[str]) -> None:
    try:
        step_up.require(actor)
    except RecentSignInNeeded as refusal:
        audit.record(
            "approvals.decide_many",
            actor=actor,
            after={"arguments": list(titles)},
            reason=refusal.message,
            outcome=AuditOutcome.DENIED,
        )
        raise
