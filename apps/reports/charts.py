"""Charts: a few figures as bars, drawn as SVG by one template for paper and screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.template.loader import render_to_string

_BAR, _STEP = 14, 22


@dataclass(frozen=True)
class Bar:
    """One figure: how long the bar is, what is written beside it, and where its rows are."""

    label: str
    value: int
    text: str
    url: str = ""


@dataclass(frozen=True)
class Size:
    """How wide the drawing is, and how much of it labels and figures take."""

    width: int
    label: int
    value: int


PAPER = Size(640, 150, 110)
# Narrow, so that a phone shows the letters hardly smaller than they are.
SCREEN = Size(380, 104, 94)


@dataclass(frozen=True)
class Chart:
    """Bars of one unit under a title; the longest takes the whole width."""

    title: str
    bars: Sequence[Bar]
    size: Size = PAPER
    # A link on paper leads nowhere.
    is_linked: bool = False

    @property
    def height(self) -> int:
        """How high the drawing is, in units of its view box."""
        return len(self.bars) * _STEP

    @property
    def width(self) -> int:
        """How wide the drawing is."""
        return self.size.width

    @cached_property
    def drawn(self) -> list[dict[str, object]]:
        """Each bar with its place; a negative figure is drawn as long, in another colour."""
        longest = max((abs(bar.value) for bar in self.bars), default=0) or 1
        room = self.size.width - self.size.label - self.size.value
        return [
            {
                "bar": bar,
                "y": number * _STEP,
                "x": self.size.label,
                "length": round(room * abs(bar.value) / longest, 1),
                "thickness": _BAR,
                "baseline": number * _STEP + _BAR - 3,
                "label_x": self.size.label - 8,
                "text_x": round(self.size.label + room * abs(bar.value) / longest + 8, 1),
                "is_negative": bar.value < 0,
            }
            for number, bar in enumerate(self.bars)
        ]

    def svg(self) -> str:
        """Return the drawing; colours come from the style sheet around it."""
        return render_to_string("reports/chart.svg", {"chart": self})

    def on_screen(self) -> str:
        """Return the drawing with links, and the same figures as a table that can be opened."""
        drawing = Chart(self.title, self.bars, SCREEN, is_linked=True)
        return render_to_string("reports/chart.html", {"chart": drawing})
