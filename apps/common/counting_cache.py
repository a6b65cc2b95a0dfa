"""Django's Redis cache, counting in one round trip instead of two.

Django asks whether the key exists and then counts; a key that ends in between would be counted for
ever. Here the server does both at once, and the client is made once instead of for every command.
"""

from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient

_COUNT = """
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
return redis.call('INCRBY', KEYS[1], ARGV[1])
"""


class CountingClient(RedisCacheClient):
    """The client of the cache: one, of one server, for all commands of a thread."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Connect with the first command."""
        super().__init__(*args, **options)
        self._made: Any = None

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """Return the client; `key` and `write` would choose among several servers."""
        if self._made is None:
            self._made = super().get_client(key, write=write)
        return self._made

    def incr(self, key: Any, delta: int) -> int:
        """Count, and return the new count.

        Raises:
            ValueError: there is no such key.
        """
        counted = self.get_client(key, write=True).eval(_COUNT, 1, key, delta)
        if counted is None:
            raise ValueError(f"Key {key!r} not found.")
        return int(counted)


class CountingCache(RedisCache):
    """The cache of the office."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        """Count in one round trip."""
        super().__init__(server, params)
        self._class = CountingClient
