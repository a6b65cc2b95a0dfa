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


def beside(first: Callable[[], object], second: Callable[[], object]) -> DomainError | None:
    """Do `first`, let `second` run into its locks, commit; return why `second` was refused."""

    def rival() -> DomainError | None:
        try:
            second()
        except DomainError as refusal:
            return refusal
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            first()
            waiting = pool.submit(rival)
            _wait_until_blocked(waiting)
            assert not waiting.done(), "the rival did not wait"
        return waiting.result(timeout=20)


def _wait_until_blocked(rival: Future[DomainError | None]) -> None:
    while not rival.done():
        with connection.cursor() as cursor:
            cursor.execute(_BLOCKED_BY_US)
            if cursor.fetchone() != (0,):
                return
