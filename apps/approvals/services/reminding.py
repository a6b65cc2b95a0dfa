"""What the clock does to requests that wait: a reminder, then another role."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth.models import Group
from django.db.models import Q
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.approvals import selectors
from apps.approvals.models import ApprovalRequest, Escalation
from apps.approvals.services.telling import remind_deciders, tell_of_escalation
from apps.approvals.states import Status
from apps.audit import services as audit
from apps.audit.services import deed

if TYPE_CHECKING:
    from collections.abc import Iterable


def remind_and_escalate(*, now: datetime, actor: User) -> str:
    """Remind of what waits, escalate what waits too long, and say how many; "" for none.

    Each is a deed of its own. Run again, it finds nothing: the moment is taken off the request.
    """
    waiting = ApprovalRequest.objects.waiting().order_by("pk").values_list("pk", flat=True)
    reminded = _count(_remind, waiting.filter(remind_at__lte=now), now=now, actor=actor)
    escalated = _count(_escalate, waiting.filter(escalate_at__lte=now), now=now, actor=actor)
    done = []
    if reminded:
        text = ngettext("{count} request reminded of", "{count} requests reminded of", reminded)
        done.append(text.format(count=reminded))
    if escalated:
        text = ngettext("{count} request escalated", "{count} requests escalated", escalated)
        done.append(text.format(count=escalated))
    return "; ".join(done)


def _count(what: "object", ids: "Iterable[int]", *, now: datetime, actor: User) -> int:
    assert callable(what)
    return sum(bool(what(pk, now=now, actor=actor)) for pk in list(ids))


@deed
def _remind(request_id: int, *, now: datetime, actor: User) -> bool:
    """Tell those who can decide that it still waits; tell whether there was anything to do."""
    request = _locked(request_id, Q(remind_at__lte=now))
    if request is None:
        return False
    request.remind_at = None
    request.save(update_fields=("remind_at",))
    audit.record("approvals.reminded", actor=actor, target=request, after={"level": request.level})
    remind_deciders(request)
    return True


@deed
def _escalate(request_id: int, *, now: datetime, actor: User) -> bool:
    """Let the role of the policy decide too, on this level; tell whether there was anything."""
    request = _locked(request_id, Q(escalate_at__lte=now))
    if request is None:
        return False
    level = next(level for level in request.levels if level["number"] == request.level)
    role = Group.objects.get(pk=level["escalate_to_id"])
    request.escalate_at = None
    request.save(update_fields=("escalate_at",))
    known = set(selectors.deciders_of(request))
    Escalation.objects.create(request=request, level=request.level, role=role, escalated_at=now)
    audit.record(
        "approvals.escalated",
        actor=actor,
        target=request,
        after={"level": request.level, "role": role},
    )
    tell_of_escalation(request, set(selectors.deciders_of(request)) - known)
    return True


def _locked(request_id: int, is_due: Q) -> ApprovalRequest | None:
    return (
        ApprovalRequest.objects.locked()
        .select_related("role", "requester")
        .filter(is_due, pk=request_id, status=Status.PENDING)
        .first()
    )
