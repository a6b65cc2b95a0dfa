"""Two people at the same moment, made certain: one holds the row, the other is seen waiting."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connection, connections, transaction

from apps.common.errors import DomainError

# Not pg_stat_activity: within a transaction it stays as it was when first read.
_BLOCKED_BY_US = (
    "SELECT count(*) FROM pg_locks"
    " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
)


def beside(first: Callable[[], object], second: Callable[[], object]) -> DomainError | object:
    """Do `first`, let `second` run into its locks, commit; return its result or its refusal."""

    def rival() -> object:
        try:
            return second()
        except DomainError as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            first()
            waiting = pool.submit(rival)
            wait_until_blocked(waiting)
            assert not waiting.done(), "the rival did not wait"
        return waiting.result(timeout=20)


def wait_until_blocked(rival: "Future[object]") -> None:
    """Return once another session waits for a lock of ours."""
    while not rival.done():
        with connection.cursor() as cursor:
            cursor.execute(_BLOCKED_BY_US)
            if cursor.fetchone() != (0,):
                return
