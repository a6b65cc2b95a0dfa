"""How often a program may ask: so many requests a minute, counted in the shared cache.

A quota shares the machine fairly; it is no defence (that is the proxy’s limit). So when the cache
is away, requests go on uncounted. The headers are those of draft-ietf-httpapi-ratelimit-headers.
"""

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.cache import cache
from redis.exceptions import RedisError

from apps.api.errors import QuotaUsedUp

if TYPE_CHECKING:
    from apps.programs.models import Program

logger = logging.getLogger(__name__)

WINDOW = 60


@dataclass(frozen=True)
class Quota:
    """What a program may still ask in this window."""

    limit: int
    used: int
    seconds: int
    """Until the window ends."""

    def headers(self) -> dict[str, str]:
        """Return how the answer says it."""
        left = max(self.limit - self.used, 0)
        return {
            "RateLimit-Policy": f'"program";q={self.limit};w={WINDOW}',
            "RateLimit": f'"program";r={left};t={self.seconds}',
        }

    def refuse_more(self) -> None:
        """Return as long as the request was not one too many.

        Raises:
            QuotaUsedUp: it was.
        """
        if self.used > self.limit:
            raise QuotaUsedUp(limit=self.limit, seconds=self.seconds)


def count(program: "Program") -> Quota:
    """Count one request of the program, and return what is left."""
    now = time.time()
    window = int(now // WINDOW)
    seconds = WINDOW - int(now % WINDOW)
    key = f"api-quota:{program.pk}:{window}"
    try:
        used = _counted(key)
    except (RedisError, ValueError):
        logger.warning("The cache does not count requests of programs.")
        used = 1
    return Quota(program.rate_limit, used, seconds)


def _counted(key: str) -> int:
    try:
        return int(cache.incr(key))
    except ValueError:
        # The first of this window.
        cache.add(key, 0, timeout=2 * WINDOW)
        return int(cache.incr(key))
