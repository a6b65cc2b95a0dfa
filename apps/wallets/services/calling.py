"""Asking the ledger in the database, in one round trip."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

from apps.wallets.services.refusals import explained

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

type Row = tuple[bytes | None, ...]


class Statement:
    """A statement that each session prepares once and then runs by its name.

    A posting takes the server a tenth of a millisecond, and Django's cursor and psycopg's take the
    client as long again: the one merges arguments into text, the other plans anew each time how to
    adapt them. So this speaks to libpq itself, with every argument as text; it is not seen by
    Django's query log.
    """

    def __init__(self, name: str, sql: str) -> None:
        """Take the statement with a `%s` for each argument."""
        places = iter(range(1, sql.count("%s") + 1))
        self._name = name.encode()
        self._sql = re.sub("%s", lambda _found: f"${next(places)}", sql).encode()
        self._prepared: WeakKeyDictionary[psycopg.Connection[Any], bool] = WeakKeyDictionary()

    def run(self, arguments: Sequence[object], **known: object) -> Row:
        """Run it on Django's connection; return the row of its answer as PostgreSQL prints it.

        Raises:
            DomainError: the ledger refuses, and why; see `refusals`.
        """
        # Looked up once: each look at `connection` asks which thread this is.
        database = connections[DEFAULT_DB_ALIAS]
        with explained(**known), database.wrap_database_errors:
            session = _session(database)
            server = session.pgconn
            if session not in self._prepared:
                _checked(server.prepare(self._name, self._sql), session)
                self._prepared[session] = True
            values: list[Any] = [None if value is None else _plain(value) for value in arguments]
            answer = _checked(server.exec_prepared(self._name, values), session)
            return tuple(answer.get_value(0, column) for column in range(answer.nfields))


def array(values: Sequence[int | None]) -> str:
    """Return the numbers as PostgreSQL writes an array, whatever their size."""
    return f"{{{','.join('NULL' if value is None else str(value) for value in values)}}}"


def texts(values: Sequence[str]) -> str:
    """Return the words as PostgreSQL writes an array."""
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return f"{{{','.join(f'"{value}"' for value in quoted)}}}"


def numbers_of(array_: bytes | None) -> list[int | None]:
    """Read an array of numbers as PostgreSQL prints it."""
    if not array_ or array_ == b"{}":
        return []
    return [None if part == b"NULL" else int(part) for part in array_[1:-1].split(b",")]


def _session(database: "BaseDatabaseWrapper") -> "psycopg.Connection[Any]":
    """Return the session below Django's connection, in the state that Django's cursor asks for."""
    database.close_if_health_check_failed()
    if database.connection is None:
        database.ensure_connection()
    database.validate_no_broken_transaction()
    session: psycopg.Connection[Any] = database.connection
    # In a transaction of Django's, psycopg begins it with the first statement; this may be that.
    if not session.autocommit and session.pgconn.transaction_status == TransactionStatus.IDLE:
        _checked(session.pgconn.exec_(b"BEGIN"), session)
    return session


def _plain(value: object) -> bytes:
    plain = str(value).encode()
    if b"\0" in plain:  # libpq would end the text there
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return plain


def _checked(answer: Any, session: "psycopg.Connection[Any]") -> Any:
    if answer.status in {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}:
        return answer
    if session.pgconn.status == ConnStatus.BAD:
        raise psycopg.OperationalError(session.pgconn.get_error_message())
    raise error_from_result(answer, encoding=session.info.encoding)
