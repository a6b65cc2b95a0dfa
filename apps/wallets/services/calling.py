"""Calling the ledger's functions in the database, in one round trip."""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection

from apps.wallets.services.refusals import explained


def call(function: str, arguments: Sequence[object], **facts: object) -> list[Any]:
    """Run a function of the ledger on Django's connection and return its rows.

    As a prepared statement: PostgreSQL would spend a third of a posting on reading and planning
    the same text again. Django's own cursor merges the arguments into the text and cannot prepare,
    and therefore this is not seen by its query log.

    Raises:
        DomainError: the ledger refuses, and why; see `refusals`.
    """
    with explained(**facts), connection.cursor() as django_cursor:
        session = django_cursor.connection
        if session.prepare_threshold is None:
            session.prepare_threshold = 5
        with connection.wrap_database_errors, psycopg.Cursor(session) as cursor:
            return cursor.execute(function, arguments).fetchall()


def array(numbers: Sequence[int]) -> str:
    """Return the numbers as PostgreSQL writes an array, whatever their size."""
    return f"{{{','.join(map(str, numbers))}}}"
