"""Waking a worker for rows that hold the promise."""

import logging
from collections.abc import Iterable
from typing import Any

from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

# One try more, for a connection that the broker closed meanwhile. A sweep does the rest.
_RING = {"retry": True, "retry_policy": {"max_retries": 1, "interval_start": 0}}


def ring(
    task: Any,
    row_ids: Iterable[Any],
    *,
    countdown: float | None = None,
    expires: float | None = None,
) -> None:
    """Wake a worker for each row; when the broker is away, the sweep finds the rows.

    With `countdown` it wakes so many seconds later, and with `expires` not after so many.
    """
    try:
        for row_id in row_ids:
            task.apply_async((row_id,), countdown=countdown, expires=expires, **_RING)
    except OperationalError as away:
        logger.warning("the broker is away, %s waits for the sweep: %s", task.name, away)
