"""How far a request has come: its levels as they were frozen, its decisions, its age."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.timesince import timesince, timeuntil

from apps.approvals.states import Status

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
    decisions = list(request.decisions.select_related("decider", "on_behalf_of"))
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
