"""One state of the database for everything that a run prints."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.reports.report import Query

_POSITION = """
SELECT coalesce(max(id), 0), count(*),
       (SELECT posted_at FROM ledger_transactions ORDER BY id DESC LIMIT 1)
  FROM ledger_transactions
"""
# Counting takes as long as the ledger is long, which a page cannot wait for.
_REACHED = """
SELECT coalesce(max(id), 0), 0,
       (SELECT posted_at FROM ledger_transactions ORDER BY id DESC LIMIT 1)
  FROM ledger_transactions
"""


@dataclass(frozen=True)
class Position:
    """How far the ledger had come: its last transaction, and how many there are.

    Both, because a transaction with a lower number may be committed later than one with a higher.
    Rows are only ever added, so two snapshots with the same position saw the same ledger.
    """

    last_id: int
    transaction_count: int
    posted_at: datetime | None

    @property
    def in_words(self) -> str:
        """Return it for a reader, in the time zone of the office."""
        if self.posted_at is None:
            return _("nothing posted yet")
        return f"T-{self.last_id} · {timezone.localtime(self.posted_at):%Y-%m-%d %H:%M:%S %Z}"


@contextmanager
def still() -> Iterator[None]:
    """Let everything inside see one state of the database, and write nothing.

    No query may take longer than the setting REPORTS_QUERY_SECONDS. With the setting REPORTS_ROLE
    it has the rights of that role only, until the end.
    """
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            limit = f"{1000 * settings.REPORTS_QUERY_SECONDS:.0f}"
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [limit])
            if settings.REPORTS_ROLE:
                cursor.execute("SELECT set_config('role', %s, true)", [settings.REPORTS_ROLE])
        yield


@contextmanager
def snapshot() -> Iterator[Position]:
    """Let everything inside see one state of the database, and say which."""
    with still():
        yield Position(*Query(_POSITION).rows()[0])


def reached() -> Position:
    """Return how far the ledger has come, for a reader, without counting its transactions."""
    return Position(*Query(_REACHED).rows()[0])
