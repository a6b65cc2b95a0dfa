"""Two people at the same moment, made certain: one holds the row, the other is seen waiting."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Queue

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


def at_a_gate(
    gate: Callable[[], object],
    *deeds: Callable[[], object],
    then: Callable[[], object] = lambda: None,
) -> list[object]:
    """Lock what `gate` locks, let the deeds run into it one after the other, and open it.

    Each deed begins when the one before waits, for whomever, or is done; so it is certain who
    stands where in the queue. Who holds the gate does `then` before it opens. Return results and
    refusals in the order of the deeds.
    """
    with ThreadPoolExecutor(max_workers=len(deeds)) as pool:
        with transaction.atomic():
            gate()
            running = []
            for deed in deeds:
                known: Queue[int] = Queue()
                running.append(pool.submit(_rival, deed, known))
                _wait_until_stuck(known.get(timeout=20), running[-1])
            then()
        return [rival.result(timeout=20) for rival in running]


def _rival(deed: Callable[[], object], known: "Queue[int]") -> object:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            known.put(cursor.fetchone()[0])
        return deed()
    except DomainError as refusal:
        return refusal
    finally:
        connections.close_all()


def _wait_until_stuck(pid: int, rival: "Future[object]") -> None:
    while not rival.done():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = %s AND NOT granted)", [pid]
            )
            if cursor.fetchone() == (True,):
                return
