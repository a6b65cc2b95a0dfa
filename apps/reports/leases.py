"""Who works on a run: one worker at a time, for as long as it can be heard.

A worker claims a run for a short while and, by a thread of its own, keeps saying that it is alive
and how far it has come. That thread also hears that somebody cancelled. When a worker dies, its
lease runs out and the next one claims the run. All times are the database's.
"""

import logging
import threading
import time
import uuid
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

import psycopg
from django.db import DatabaseError, connection, connections
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now

from apps.reports.errors import Cancelled, LeaseLost
from apps.reports.models import ReportRun
from apps.reports.states import Status

logger = logging.getLogger(__name__)

LASTS = timedelta(seconds=30)
BEAT = timedelta(seconds=1)
MOST_ATTEMPTS = 3
_CANCEL_WITHIN = 5.0
# How long a message may lie in the queue before the sweep rings again.
HEARD_WITHIN = timedelta(minutes=2)


@dataclass(frozen=True)
class Claim:
    """A run that this worker may make; every attempt has a name of its own."""

    run_id: int
    holder: uuid.UUID
    previous_holder: uuid.UUID | None


def claim(run_id: int) -> Claim | None:
    """Take the run, or return None when it is finished, in other hands or hopeless."""
    run = ReportRun.objects.filter(pk=run_id).first()
    if run is None:
        return None
    taken = Claim(run_id, uuid.uuid4(), run.lease_holder)
    # Conditional, so that of two workers only one gets it, whatever both have read before.
    is_mine = (
        ReportRun.objects.unfinished()
        .filter(pk=run_id, lease_holder=run.lease_holder, is_cancel_requested=False)
        .filter(Q(status=Status.QUEUED) | Q(lease_until__lt=Now()))
        .filter(attempt_count__lt=MOST_ATTEMPTS)
        .update(
            status=Status.RUNNING,
            lease_holder=taken.holder,
            lease_until=Now() + LASTS,
            attempt_count=F("attempt_count") + 1,
            started_at=Coalesce("started_at", Now()),
            rows_done=0,
            rows_total=None,
            pages_done=0,
            pages_total=None,
            stage="",
        )
    )
    return taken if is_mine else None


class Lease(threading.Thread):
    """Keeps a claimed run ours while the work inside its block goes on."""

    def __init__(self, claim: Claim) -> None:
        """Stand ready for the run."""
        super().__init__(name=f"lease-{claim.run_id}", daemon=True)
        self.claim = claim
        self.stage = ""
        self.done = 0
        self.total: int | None = None
        self.pages_done = 0
        self.page_count: int | None = None
        self._is_over = threading.Event()
        self._stop_with: Exception | None = None
        self._session: Any = None

    def __enter__(self) -> Self:
        """Begin to be heard."""
        connection.ensure_connection()
        self._session = connection.connection
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Fall silent; a query that was interrupted ends as what interrupted it."""
        self._is_over.set()
        self.join()
        if self._stop_with is not None and self._stop_with is not error:
            raise self._stop_with from error

    def reached(self, stage: str, done: int, total: int | None) -> None:
        """Note how far the work is.

        Raises:
            Cancelled: somebody asked to stop.
            LeaseLost: the run is no longer ours.
        """
        self.stage, self.done, self.total = stage, done, total
        self.go_on()

    def printed(self, stage: str, done: int, page_count: int) -> None:
        """Note how many pages are printed of how many.

        Raises:
            Cancelled, LeaseLost: as `reached`.
        """
        self.stage, self.pages_done, self.page_count = stage, done, page_count
        self.go_on()

    def go_on(self) -> None:
        """Do nothing while the run is ours.

        Raises:
            Cancelled, LeaseLost: as `reached`.
        """
        if self._stop_with is not None:
            raise self._stop_with

    def run(self) -> None:
        """Tell the row each second, until the work is over or has to stop."""
        heard_at = time.monotonic()
        try:
            while not self._is_over.wait(BEAT.total_seconds()) and self._stop_with is None:
                try:
                    self._beat()
                    heard_at = time.monotonic()
                except DatabaseError as trouble:
                    logger.warning("the lease of run %s: %s", self.claim.run_id, trouble)
                    connection.close()
                    if time.monotonic() - heard_at > LASTS.total_seconds():
                        self._stop(LeaseLost())
        finally:
            connections.close_all()

    def _beat(self) -> None:
        mine = ReportRun.objects.filter(
            pk=self.claim.run_id, lease_holder=self.claim.holder, status=Status.RUNNING
        )
        if not mine.update(
            lease_until=Now() + LASTS,
            stage=self.stage,
            rows_done=self.done,
            rows_total=self.total,
            pages_done=self.pages_done,
            pages_total=self.page_count,
        ):
            self._stop(LeaseLost())
        elif mine.filter(is_cancel_requested=True).exists():
            self._stop(Cancelled())

    def _stop(self, why: Exception) -> None:
        """Let the work end at its next step, and interrupt the query that it may be waiting for."""
        self._stop_with = why
        try:
            self._session.cancel_safe(timeout=_CANCEL_WITHIN)
        except psycopg.Error as trouble:
            logger.warning("the query of run %s goes on: %s", self.claim.run_id, trouble)


def abandoned() -> list[int]:
    """Return the runs that somebody has to be woken for, the oldest first."""
    due = ReportRun.objects.unfinished().filter(
        Q(lease_until__isnull=True) | Q(lease_until__lt=Now()), attempt_count__lt=MOST_ATTEMPTS
    )
    run_ids = list(due.order_by("pk").values_list("pk", flat=True))
    # A long queue is rung for once in a while, not every minute.
    ReportRun.objects.filter(pk__in=run_ids, status=Status.QUEUED).update(
        lease_until=Now() + HEARD_WITHIN
    )
    return run_ids


def hopeless() -> list[int]:
    """Return the runs whose last attempt ended without a word."""
    return list(
        ReportRun.objects.unfinished()
        .filter(lease_until__lt=Now(), attempt_count__gte=MOST_ATTEMPTS)
        .values_list("pk", flat=True)
    )


def give_back(claim: Claim) -> None:
    """Let the next worker begin at once."""
    ReportRun.objects.filter(
        pk=claim.run_id, lease_holder=claim.holder, status=Status.RUNNING
    ).update(lease_until=Now())


def is_held(run: ReportRun) -> bool:
    """Tell whether a worker is at this run now."""
    held = ReportRun.objects.filter(pk=run.pk, status=Status.RUNNING, lease_until__gte=Now())
    return held.exists()
