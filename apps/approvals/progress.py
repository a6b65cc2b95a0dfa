"""How far a request has come: its levels as they were frozen, with the decisions on each."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.approvals.states import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def place_of(request: "ApprovalRequest") -> tuple[int, int]:
    """Return which level `request` is on, counted from one, and how many it has."""
    numbers = sorted(level["number"] for level in request.levels)
    return numbers.index(request.level) + 1, len(numbers)
