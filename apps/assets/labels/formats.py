"""The sheets of labels that one can buy; lengths in millimetres, as their makers give them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True)
class LabelFormat:
    """A sheet: its size, its margins, and a grid of labels; `pitch` is from edge to edge."""

    name: "_StrOrPromise"
    page: tuple[float, float]
    margin: tuple[float, float]
    """Left and top."""
    label: tuple[float, float]
    pitch: tuple[float, float]
    grid: tuple[int, int] = (1, 1)
    """Columns and rows."""

    @property
    def count(self) -> int:
        """How many labels a sheet has."""
        return self.grid[0] * self.grid[1]

    def places(self) -> Iterator[tuple[float, float]]:
        """Yield where each label of a sheet begins, from left to right, then down."""
        for row in range(self.grid[1]):
            for column in range(self.grid[0]):
                yield (
                    round(self.margin[0] + column * self.pitch[0], 3),
                    round(self.margin[1] + row * self.pitch[1], 3),
                )


_A4 = (210.0, 297.0)
_LETTER = (215.9, 279.4)
FORMATS = {
    "l7160": LabelFormat(
        _("Avery L7160: A4, 3 × 7 labels of 63.5 × 38.1 mm"),
        page=_A4,
        margin=(7.25, 15.15),
        label=(63.5, 38.1),
        pitch=(66.0, 38.1),
        grid=(3, 7),
    ),
    "5160": LabelFormat(
        _("Avery 5160: Letter, 3 × 10 labels of 2⅝ × 1 in"),
        page=_LETTER,
        margin=(4.7625, 12.7),
        label=(66.675, 25.4),
        pitch=(69.85, 25.4),
        grid=(3, 10),
    ),
    "l7651": LabelFormat(
        _("Avery L7651: A4, 5 × 13 labels of 38.1 × 21.2 mm"),
        page=_A4,
        margin=(4.65, 10.7),
        label=(38.1, 21.2),
        pitch=(40.65, 21.2),
        grid=(5, 13),
    ),
    "62mm": LabelFormat(
        _("Label printer: one label of 62 × 29 mm"),
        page=(62.0, 29.0),
        margin=(0.0, 0.0),
        label=(62.0, 29.0),
        pitch=(62.0, 29.0),
    ),
}
