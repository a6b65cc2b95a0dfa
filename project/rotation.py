"""A new key for the secrets in the database: everything is encrypted anew with the first one."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from psycopg import sql

from apps.audit import services as audit
from apps.common.secret_text import (
    TOKEN_START,
    Place,
    SecretUnreadable,
    is_with_the_first_key,
    places,
    with_the_first_key,
)

if TYPE_CHECKING:
    from apps.accounts.models import User

_BATCH = 500


@dataclass
class Standing:
    """What was found in one place, in tokens, and the keys of rows that nothing opens."""

    place: Place
    current_count: int = 0
    old_count: int = 0
    unreadable: list[str] = field(default_factory=list)


def rotate(*, actor: "User") -> list[Standing]:
    """Encrypt every token anew that needs an older key; return what was there before.

    Each batch is a transaction of its own with its rows locked, so that it may be stopped and
    started again, and run while the office works. What no key opens is left as it is.
    """
    found = [_walked(place, is_rotating=True) for place in _existing()]
    audit.record(
        "project.field_keys_rotated",
        actor=actor,
        after={
            f"{standing.place.table}.{standing.place.column}": (
                f"{standing.old_count} encrypted anew, {standing.current_count} as they were, "
                f"{len(standing.unreadable)} unreadable"
            )
            for standing in found
        },
    )
    return found


def standings() -> list[Standing]:
    """Return what would be done, and do nothing."""
    return [_walked(place, is_rotating=False) for place in _existing()]


def _existing() -> list[Place]:
    """Return the places that the database has: a migration may yet have to add one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public'"
        )
        columns = set(cursor.fetchall())
    return [place for place in places() if (place.table, place.column) in columns]


def _walked(place: Place, *, is_rotating: bool) -> Standing:
    standing = Standing(place)
    last: Any = None
    while True:
        with transaction.atomic():
            rows = _rows(place, after=last, is_locking=is_rotating)
            for key, value in rows:
                _take(standing, key, value, is_rotating=is_rotating)
        if len(rows) < _BATCH:
            return standing
        last = rows[-1][0]


def _take(standing: Standing, key: Any, value: str, *, is_rotating: bool) -> None:
    content = json.loads(value) if standing.place.is_json else value
    renewed: dict[str, str] = {}
    for token in _tokens(content):
        try:
            if is_with_the_first_key(token):
                standing.current_count += 1
            else:
                renewed[token] = with_the_first_key(token)
        except SecretUnreadable:
            standing.unreadable.append(str(key))
    standing.old_count += len(renewed)
    if renewed and is_rotating:
        # Tokens are of letters that JSON writes as they are.
        for old, new in renewed.items():
            value = value.replace(old, new)
        _write(standing.place, key, value)


def _tokens(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        if content.startswith(TOKEN_START):
            yield content
    elif isinstance(content, dict):
        for part in content.values():
            yield from _tokens(part)
    elif isinstance(content, list):
        for part in content:
            yield from _tokens(part)


def _rows(place: Place, *, after: Any, is_locking: bool) -> list[tuple[Any, str]]:
    query = sql.SQL(
        "SELECT {key}, {column}::text FROM {table} WHERE {column} IS NOT NULL {beyond}"
        " ORDER BY {key} LIMIT {size} {lock}"
    ).format(
        **_names(place),
        size=sql.Literal(_BATCH),
        beyond=sql.SQL("")
        if after is None
        else sql.SQL("AND {} > {}").format(sql.Identifier(place.key), sql.Literal(after)),
        lock=sql.SQL("FOR UPDATE") if is_locking else sql.SQL(""),
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        found: list[tuple[Any, str]] = cursor.fetchall()
        return found


def _write(place: Place, key: Any, value: str) -> None:
    statement = sql.SQL("UPDATE {table} SET {column} = %s{kind} WHERE {key} = %s").format(
        **_names(place), kind=sql.SQL("::jsonb" if place.is_json else "")
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [value, key])


def _names(place: Place) -> dict[str, sql.Identifier]:
    return {
        "table": sql.Identifier(place.table),
        "key": sql.Identifier(place.key),
        "column": sql.Identifier(place.column),
    }
