"""What the database lets a role do, asked by a login of that role."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg.conninfo import make_conninfo

# Names, owners and rights of all that is in the schema, and the rights in columns.
_RIGHTS = """
SELECT relname, relowner::regrole::text, relacl::text FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')
UNION ALL
SELECT attrelid::regclass || '.' || attname, '', attacl::text FROM pg_attribute
 WHERE attacl IS NOT NULL AND attrelid IN (
       SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
UNION ALL
SELECT oid::regprocedure::text, proowner::regrole::text, proacl::text FROM pg_proc
 WHERE pronamespace = 'public'::regnamespace
 ORDER BY 1, 2, 3
"""


def named(url: str, name: str) -> str:
    """Return the address of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def lets_in(url: str, password: str) -> bool:
    """Tell whether a login gets in."""
    try:
        _connect(url, password).close()
    except psycopg.OperationalError:
        return False
    return True


def refuses(url: str, password: str, statement: str) -> bool:
    """Tell whether a login lacks the right to a statement; it never takes effect."""
    with _connect(url, password) as session:
        # What a role sets by itself it may unset.
        session.execute("SET TRANSACTION READ WRITE")
        try:
            session.execute(statement)
        except psycopg.errors.InsufficientPrivilege:
            return True
        finally:
            session.rollback()
    return False


def rights(url: str, password: str) -> list[tuple[Any, ...]]:
    """Return who owns and who may do what in the schema."""
    with _connect(url, password) as session:
        return session.execute(_RIGHTS).fetchall()


def _connect(url: str, password: str) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(make_conninfo(url, password=password or None))
