"""States as data: one table of moves is the whole truth about what may follow what."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import Enum

from apps.common.errors import MoveNotAllowed


def _label(member: Enum) -> str:
    return str(getattr(member, "label", member.value))


class Lifecycle[S: Enum, A: Enum]:
    """A table from action to (statuses it may start from, status it leads to)."""

    def __init__(self, moves: Mapping[A, tuple[AbstractSet[S], S]]) -> None:
        """Keep the table."""
        self.moves = dict(moves)

    def after(self, action: A, status: S) -> S:
        """Return the status that `action` leads to from `status`.

        Raises:
            MoveNotAllowed: the table has no such move.
        """
        starts, end = self.moves[action]
        if status not in starts:
            raise MoveNotAllowed(action=_label(action), status=_label(status))
        return end

    def allows(self, action: A, status: S) -> bool:
        """Tell whether `action` may start from `status`; screens hide what it refuses."""
        return status in self.moves[action][0]
