"""A bar on a terminal that shows how far a check is."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from apps.wallets.checking.progress import Progress, Say, say_nothing

_WIDTH = 30
_PAUSE = 0.1
"""Seconds between two pictures."""


@contextmanager
def bar(draw: Callable[[str], object] | None) -> Iterator[Say]:
    """Draw what is said inside the block, and wipe it out at the end; None draws nothing."""
    if draw is None:
        yield say_nothing
        return
    started, drawn, width = time.monotonic(), 0.0, 0

    def say(progress: Progress) -> None:
        nonlocal drawn, width
        now = time.monotonic()
        if now - drawn < _PAUSE:
            return
        drawn = now
        text = picture(progress, now - started)
        draw(f"\r{text:<{width}}")
        width = len(text)

    try:
        yield say
    finally:
        if width:
            draw(f"\r{'':<{width}}\r")


def picture(progress: Progress, seconds: float) -> str:
    """Return one line: the bar, the share, what is looked at, how fast."""
    share = progress.done / progress.total if progress.total else 1.0
    full = round(share * _WIDTH)
    speed = progress.done / seconds if seconds else 0.0
    return (
        f"[{'#' * full}{'.' * (_WIDTH - full)}] {share:4.0%} {progress.stage} ({speed:,.0f} rows/s)"
    )
