"""Where work fits between promises."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

type Stretch = tuple[datetime, datetime]


def best_start(
    taken: Iterable[Stretch], length: timedelta, *, not_before: datetime, due_at: datetime
) -> datetime:
    """Return when work of this length begins so that nothing that is taken is touched.

    As late as it can be and still end by `due_at`; when it cannot, as early as it can be.
    """
    gaps = list(_gaps(taken, not_before))
    in_time = [
        ends_at - length
        for starts_at, gap_end in gaps
        if (ends_at := min(gap_end or due_at, due_at)) - starts_at >= length
    ]
    if in_time:
        return max(in_time)
    return min(start for start, end in gaps if end is None or end - start >= length)


def _gaps(
    taken: Iterable[Stretch], not_before: datetime
) -> Iterator[tuple[datetime, datetime | None]]:
    """Yield what is free from `not_before` on; the last stretch has no end."""
    free_from = not_before
    for starts_at, ends_at in sorted(taken):
        if starts_at > free_from:
            yield free_from, starts_at
        free_from = max(free_from, ends_at)
    yield free_from, None
