"""Figures that can be measured again: `manage.py bench NAME`, one module here for each name.

A benchmark is a function `run(plan)` that yields cases; each case has its yardstick measured in the
same run on the same server, and the bar that the ratio of the two must reach.
"""

from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Plan:
    """How long to measure: so many rounds, each side so many seconds in every round."""

    rounds: int = 5
    seconds: float = 5.0
    entries: int = 10_000_000
    """To how many entries the books grow, where growth is measured."""


@dataclass(frozen=True)
class Case:
    """One measured thing beside its yardstick."""

    name: str
    unit: str
    values: tuple[float, ...]
    yardstick: str
    yardstick_values: tuple[float, ...]
    bar: float
    """The least that value ÷ yardstick may be."""
    note: str = ""
    """What else was measured, for a person."""

    @property
    def value(self) -> float:
        """The median of the rounds."""
        return median(self.values)

    @property
    def yardstick_value(self) -> float:
        """The median of the yardstick's rounds."""
        return median(self.yardstick_values)

    @property
    def ratio(self) -> float:
        """How the value stands to its yardstick."""
        return self.value / self.yardstick_value

    @property
    def is_met(self) -> bool:
        """Whether the ratio reaches the bar."""
        return self.ratio >= self.bar

    def facts(self) -> dict[str, Any]:
        """Return everything about the case as plain JSON."""
        figures = {
            "value": self.value,
            "yardstick_value": self.yardstick_value,
            "ratio": self.ratio,
            "is_met": self.is_met,
        }
        return asdict(self) | {name: _short(figure) for name, figure in figures.items()}


def _short(figure: float) -> float | bool:
    return figure if isinstance(figure, bool) else round(figure, 3)
