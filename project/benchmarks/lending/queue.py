"""The queue page of tickets at a thousand and at a million of them.

Two scratch databases are filled by SQL: nearly all tickets are closed, as in an office of some
years, and in both every queue fills a page. A clerk reads every tab and three searches through
Django's test client, in turn in both databases. A case compares pages per second of a tab, large
beside small; the bar allows the large office to take 1.3 times as long.
"""

import json
import sys
from collections.abc import Iterator

from project.benchmarks import Case
from project.benchmarks.scratch import Scratch, scratch_database

SMALL, LARGE = 1_000, 1_000_000
_BAR = 1 / 1.3
_OURS = (sys.executable, "manage.py", "shell", "--no-imports", "-c")
_MAKER = "from project.benchmarks.lending import queue_maker; queue_maker.{deed}"


def measure(rounds: int, *, small: int = SMALL, large: int = LARGE) -> Iterator[Case]:
    """Yield a case for each tab and search of the queue page."""
    with scratch_database("few") as few, scratch_database("many") as many:
        for scratch, count in ((few, small), (many, large)):
            _tell(scratch, f"fill({count})")
            scratch.settle()
        seconds: dict[str, tuple[list[float], list[float]]] = {}
        for _round in range(rounds):
            for side, scratch in enumerate((few, many)):
                for name, times in json.loads(_tell(scratch, "read(1)")).items():
                    seconds.setdefault(name, ([], []))[side].extend(times)
    for name, (in_few, in_many) in seconds.items():
        yield Case(
            name=f"queue page “{name}” with {large:,} tickets",
            unit="pages/s",
            values=tuple(1 / one for one in in_many),
            yardstick=f"with {small:,}",
            yardstick_values=tuple(1 / one for one in in_few),
            bar=_BAR,
        )


def _tell(scratch: Scratch, deed: str) -> str:
    return scratch.run(*_OURS, _MAKER.format(deed=deed))
