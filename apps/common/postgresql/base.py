"""Django's PostgreSQL, whose pool believes a connection without asking as long as all is quiet."""

import select

from django.db.backends.postgresql import base
from psycopg import Connection
from psycopg_pool import ConnectionPool


def check_connection(connection: Connection) -> None:
    """Return when the connection works.

    A server that ends says so, or its socket closes: then there is something to read, and the
    server is asked. Asking it every time costs each request a round trip.

    Raises:
        psycopg.OperationalError: it works no more.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        ConnectionPool.check_connection(connection)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to the office’s database."""

    @property
    def pool(self) -> ConnectionPool | None:
        """The pool of this process, if there is one."""
        pool: ConnectionPool | None = super().pool
        if pool is not None and pool._check is not None:  # noqa: SLF001  (Django names the check itself)
            pool._check = check_connection  # noqa: SLF001
        return pool
