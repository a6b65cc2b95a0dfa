"""How others see that a worker is at a check, and how far it is."""

import logging
import threading
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self

from django.db import DatabaseError, connection, connections
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now

from apps.wallets.models import BooksCheck
from apps.wallets.states import BooksCheckStatus

if TYPE_CHECKING:
    from apps.wallets.checking.progress import Progress

logger = logging.getLogger(__name__)

BEAT = timedelta(seconds=1)
HEARD_WITHIN = timedelta(minutes=1)
"""Of whom nothing was heard for longer, is gone."""
MOST_ATTEMPTS = 3


def claim(check_id: int) -> BooksCheck | None:
    """Take the check, or return None when it has ended, in other hands or hopeless."""
    is_mine = (
        BooksCheck.objects.unfinished()
        .filter(pk=check_id, attempt_count__lt=MOST_ATTEMPTS)
        # Conditional, so that of two workers only one gets it.
        .filter(Q(status=BooksCheckStatus.WAITING) | Q(heard_at__lt=Now() - HEARD_WITHIN))
        .update(
            status=BooksCheckStatus.RUNNING,
            attempt_count=F("attempt_count") + 1,
            heard_at=Now(),
            started_at=Coalesce("started_at", Now()),
        )
    )
    return BooksCheck.objects.get(pk=check_id) if is_mine else None


def unheard() -> list[BooksCheck]:
    """Return the checks that no worker is at, though one should."""
    return list(BooksCheck.objects.unfinished().filter(heard_at__lt=Now() - HEARD_WITHIN))


class Heartbeat(threading.Thread):
    """Writes into the row, each second, that the check goes on; the check itself only reads."""

    def __init__(self, check: BooksCheck) -> None:
        """Stand ready for the check."""
        super().__init__(name=f"books-check-{check.pk}", daemon=True)
        self._mine = BooksCheck.objects.unfinished().filter(
            pk=check.pk, attempt_count=check.attempt_count
        )
        self._progress: Progress | None = None
        self._is_over = threading.Event()

    def __enter__(self) -> Self:
        """Begin to be heard."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Fall silent."""
        self._is_over.set()
        self.join()

    def say(self, progress: "Progress") -> None:
        """Note how far the check is."""
        self._progress = progress

    def run(self) -> None:
        """Tell the row each second until the check is over."""
        try:
            while not self._is_over.wait(BEAT.total_seconds()):
                try:
                    self.beat()
                except DatabaseError as trouble:
                    logger.warning("nobody hears how far the check is: %s", trouble)
                    connection.close()
        finally:
            connections.close_all()

    def beat(self) -> None:
        """Write how far the check is."""
        known = self._progress
        figures = {"done_count": known.done, "total_count": known.total} if known else {}
        stage = str(known.stage) if known else ""
        self._mine.update(heard_at=Now(), stage=stage, **figures)
