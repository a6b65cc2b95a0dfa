"""Calling the ledger's functions in the database, in one round trip."""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection

from apps.wallets.services.refusals import explained

# As often a statement is sent as text before PostgreSQL is asked to keep its plan.
_PREPARE_AFTER = 5


def call(function: str, arguments: Sequence[object], **known: object) -> list[Any]:
    """Run a function of the ledger on Django's connection and return its rows.

    As a prepared statement: PostgreSQL would spend a third of a posting on reading and planning
    the same text again. Django's own cursor merges the arguments into the text and cannot prepare;
    so this goes past it, and is not seen by its query log.

    Raises:
        DomainError: the ledger refuses, and why; see `refusals`.
    """
    with explained(**known), connection.wrap_database_errors:
        return psycopg.Cursor(_session()).execute(function, arguments).fetchall()


def array(numbers: Sequence[int]) -> str:
    """Return the numbers as PostgreSQL writes an array, whatever their size."""
    return f"{{{','.join(map(str, numbers))}}}"


def _session() -> "psycopg.Connection[Any]":
    """Return the session below Django's connection, in the state that Django's cursor asks for."""
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    session: psycopg.Connection[Any] = connection.connection
    session.prepare_threshold = _PREPARE_AFTER
    return session
