"""Checking the books: asked for by a person or the nightly job, done by a worker."""

import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from apps.audit import services as audit
from apps.audit.services import deed
from apps.wallets.checking import running
from apps.wallets.checking.tasks import run_books_check
from apps.wallets.models import BooksCheck
from apps.wallets.states import BooksCheckAction

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.wallets.checking import Verdict

logger = logging.getLogger(__name__)

# One try more, for a connection that the broker closed meanwhile. The sweep does the rest.
_RING = {"retry": True, "retry_policy": {"max_retries": 1, "interval_start": 0}}


@deed
def check_books(*, actor: "User") -> BooksCheck:
    """Promise a full check of the books; a worker does it after the commit.

    While one is waited for or running, it is that one.
    """
    actor.require("wallets.check_books")
    with connection.cursor() as cursor:
        # Two clicks at the same moment are two requests: the second waits here for the first.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('books_checks', 0))")
    if (unfinished := BooksCheck.objects.unfinished().first()) is not None:
        return unfinished
    asked = BooksCheck.objects.create(requester=actor)
    audit.record("wallets.books_check_requested", actor=actor, target=asked)
    transaction.on_commit(partial(_ring, asked.pk))
    return asked


def _ring(check_id: int) -> None:
    """Wake a worker; when the broker is away, the sweep finds the row."""
    try:
        run_books_check.apply_async((check_id,), **_RING)
    except OperationalError as away:
        logger.warning("the broker is away, check %s waits for the sweep: %s", check_id, away)


@deed
def keep_books_check(verdict: "Verdict", *, seconds: float, actor: "User") -> BooksCheck:
    """Keep the verdict of a check that took so long, as if a worker had come to it."""
    actor.require("wallets.check_books")
    kept = BooksCheck.objects.create(requester=actor)
    kept.move(BooksCheckAction.CLAIM)
    kept.started_at = timezone.now() - timedelta(seconds=seconds)
    running.finish(kept, verdict)
    return kept


def sweep_books_checks() -> int:
    """Ring again for the checks that nobody works on, and end those that no worker survives.

    Return for how many it rang.
    """
    waiting = running.sweep()
    for check_id in waiting:
        _ring(check_id)
    return len(waiting)
