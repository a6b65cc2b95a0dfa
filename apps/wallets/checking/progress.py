"""How far a check is: a stage with a name, and how much of it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True)
class Progress:
    """What is said while a check runs; counts are entries, once for each pass over them."""

    stage: "_StrOrPromise"
    done: int
    total: int


type Say = Callable[[Progress], object]


def say_nothing(_progress: Progress) -> None:
    """Be silent."""


class Steps:
    """Counts what the passes have done, and says so."""

    def __init__(self, total: int, say: Say) -> None:
        """Begin at nothing."""
        self.total = total
        self._say = say
        self._done = 0
        self._stage: _StrOrPromise = ""

    def begin(self, stage: "_StrOrPromise") -> None:
        """Begin a stage."""
        self._stage = stage
        self.did(0)

    def did(self, count: int) -> None:
        """Count on; the total is an estimate and gives way."""
        self._done += count
        self.total = max(self.total, self._done)
        self._say(Progress(self._stage, self._done, self.total))
