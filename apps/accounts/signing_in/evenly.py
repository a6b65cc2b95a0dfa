"""Answers that take the same time whatever is found, so that a clock learns nothing of accounts."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep


@contextmanager
def at_least(seconds: float) -> Iterator[None]:
    """Leave the block no sooner than so many seconds after it was entered."""
    began = monotonic()
    try:
        yield
    finally:
        sleep(max(0.0, seconds - (monotonic() - began)))
