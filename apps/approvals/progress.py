"""How far a request has come: its levels as they were frozen, its decisions, its age."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.text import capfirst
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _

from apps.approvals import scopes
from apps.approvals.states import Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from apps.approvals.models import ApprovalRequest, Decision


@dataclass(frozen=True)
class LevelProgress:
    """One level of a request."""

    number: int
    role: str
    decider_count: int
    decisions: "Sequence[Decision]"
    is_current: bool


def progress_of(request: "ApprovalRequest") -> list[LevelProgress]:
    """Return the levels of `request` in order."""
    decisions = _decisions_of(request)
    return [
        LevelProgress(
            number=level["number"],
            role=level["role"],
            decider_count=level["decider_count"],
            decisions=[decision for decision in decisions if decision.level == level["number"]],
            is_current=request.status == Status.PENDING and request.level == level["number"],
        )
        for level in sorted(request.levels, key=lambda level: level["number"])
    ]


@dataclass(frozen=True)
class Change:
    """One thing that was asked for differently before; each side as lines to print."""

    name: str
    was: "Sequence[str]"
    now: "Sequence[str]"


def changes_of(request: "ApprovalRequest") -> list[Change]:
    """Return what changed since the request before was sent back."""
    return [Change(one["name"], _lines(one["was"]), _lines(one["is"])) for one in request.changes]


def left_of(request: "ApprovalRequest") -> list[str]:
    """Return what is left of what was asked in sentences; nothing while that is all of it."""
    in_words = scopes.scope(request.scope).in_words
    return in_words(request.subject_id, request.terms) if in_words and request.terms else []


def _lines(fact: Any) -> list[str]:
    """Return a fact, one or several, as what is printed."""
    return [str(part) for part in fact] if isinstance(fact, list) else [str(fact)]


@dataclass(frozen=True)
class Happening:
    """One step in the life of a request, as its page prints it."""

    at: "datetime"
    what: str
    note: str = ""
    text: str = ""
    kind: str = ""


def happened_to(request: "ApprovalRequest") -> list[Happening]:
    """Return who asked, forwarded, was called and decided, in the order of the moments."""
    roles = {level["number"]: level["role"] for level in request.levels}
    steps = [
        Happening(request.requested_at, _("{person} asked").format(person=request.requester)),
        *(_decided(one, roles) for one in _decisions_of(request)),
        *(
            Happening(
                one.forwarded_at,
                _("{person} forwarded it to {colleague}").format(
                    person=_for(one.by, one.on_behalf_of), colleague=one.to
                ),
                roles.get(one.level, ""),
                one.reason,
            )
            for one in request.forwards.select_related("by", "to", "on_behalf_of")
        ),
        *(
            Happening(
                one.escalated_at,
                _("It waited too long: {role} may decide too").format(role=one.role),
                roles.get(one.level, ""),
            )
            for one in request.escalations.select_related("role")
        ),
    ]
    # Stable, so that two steps of one moment stay as they are written here.
    steps.sort(key=lambda step: step.at)
    if request.concluded_at:
        ending = capfirst(request.get_status_display())
        if request.automatic_for:
            ending = _("Approved automatically: {person} is trusted").format(
                person=request.automatic_for
            )
        steps.append(Happening(request.concluded_at, ending))
    return steps


def _decisions_of(request: "ApprovalRequest") -> "Sequence[Decision]":
    return list(request.decisions.select_related("decider", "on_behalf_of"))


def _decided(decision: "Decision", roles: "dict[int, str]") -> Happening:
    what = f"{_for(decision.decider, decision.on_behalf_of)}: {decision.get_verdict_display()}"
    if decision.terms:
        what = _("{what} (a part)").format(what=what)
    kind = "money" if decision.verdict == Verdict.APPROVE else "refused"
    note = roles.get(decision.level, "")
    return Happening(decision.decided_at, what, note, decision.reason, kind)


def _for(person: object, absent: object) -> str:
    if absent is None:
        return str(person)
    return _("{person} for {absent}").format(person=person, absent=absent)


def standing_of(request: "ApprovalRequest") -> dict[str, Any]:
    """Return which level `request` is on, counted from one, of how many."""
    numbers = sorted(level["number"] for level in request.levels)
    return {
        "asked": request,
        "place": numbers.index(request.level) + 1 if numbers else 0,
        "count": len(numbers),
    }


def age_of(request: "ApprovalRequest", now: "datetime") -> dict[str, Any]:
    """Return how long `request` has waited, and how much time is left or was missed."""
    age = timesince(request.requested_at, request.concluded_at or now, depth=1)
    if request.status != Status.PENDING or request.due_at is None:
        return {"asked": request, "age": age}
    return {
        "asked": request,
        "age": age,
        "is_late": request.due_at < now,
        "late_by": timesince(request.due_at, now, depth=1),
        "due_in": timeuntil(request.due_at, now, depth=1),
    }
