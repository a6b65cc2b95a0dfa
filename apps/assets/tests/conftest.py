"""What the tests of reservations and imports share."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from django.db import connection, connections, transaction

from apps.accounts.models import User
from apps.assets import services
from apps.assets.models import Asset, Reservation
from apps.assets.states import ReservationKind
from apps.common.errors import DomainError

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2027, 3, 1, 9, tzinfo=UTC)


def book(
    asset: Asset,
    actor: User,
    start: datetime,
    end: datetime,
    *,
    kind: ReservationKind = ReservationKind.LOAN,
    reason: str = "T-1",
) -> Reservation:
    """Reserve the asset."""
    return services.reserve(asset.pk, start, end, kind=kind, reason=reason, actor=actor)


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


def _wait_until_blocked(rival: "Future[DomainError | None]") -> None:
    """Return once another session waits for a lock of ours."""
    while not rival.done():
        with connection.cursor() as cursor:
            # Not pg_stat_activity: within a transaction it stays as it was when first read.
            cursor.execute(
                "SELECT count(*) FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            )
            if cursor.fetchone() != (0,):
                return
