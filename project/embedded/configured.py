"""The servers that the environment names: whether they answer, and are new enough."""

from urllib.parse import urlsplit

import psycopg
import redis
from psycopg.conninfo import make_conninfo

from project.embedded.keeping import CannotStart

_OLDEST = 16
_PATIENCE = 5


def check_database(url: str, password: str) -> None:
    """Return when PostgreSQL answers there and is new enough."""
    try:
        address = make_conninfo(
            url, connect_timeout=_PATIENCE, **({"password": password} if password else {})
        )
        with psycopg.connect(address) as connection:
            version = connection.info.server_version // 10_000
    except psycopg.OperationalError as error:
        raise CannotStart(
            f"DATABASE_URL: PostgreSQL does not let us in at {_place(url)} ({_reason(error)}). "
            "Correct the variable or start that server, or unset it to use the embedded one."
        ) from None
    if version < _OLDEST:
        raise CannotStart(
            f"DATABASE_URL: PostgreSQL {version} at {_place(url)} is too old; Assets needs "
            f"{_OLDEST} or later. Upgrade it, or unset the variable to use the embedded one."
        )


def check_broker(url: str) -> None:
    """Return when Redis or Valkey answers there."""
    try:
        with redis.Redis.from_url(
            url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE
        ) as client:
            client.ping()
    except (OSError, ValueError, redis.RedisError) as error:
        raise CannotStart(
            f"REDIS_URL: Redis does not let us in at {_place(url)} ({_reason(error)}). "
            "Correct the variable or start that server, or unset it to use the embedded one."
        ) from None


def _place(url: str) -> str:
    """Return the address without user and password."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] or parts.query or url


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rpartition(" failed: ")[2].strip().rstrip(".")
