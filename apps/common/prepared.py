"""Statements that are planned once for each session, where the plan costs more than the answer.

Django sends values within the text of a statement, so that PostgreSQL plans it anew each time. Here
the text is prepared (`PREPARE`), and only its name and the values are sent from then on. psycopg
could prepare by itself, but forgets all statements of a session, also those of the ledger, whenever
a transaction is rolled back.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.db import connection

_MOST = 200
"""So many statements a session keeps; any other is planned anew each time."""

# What PostgreSQL would guess wrongly beside an operator with several meanings.
_TYPES = {int: "bigint", datetime: "timestamptz"}
_sessions: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


class _Texts(NamedTuple):
    """A statement in the words of `PREPARE` and `EXECUTE`."""

    name: str
    prepare: str
    execute: str


def fetch_all(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a statement with `%s` for each value."""
    with connection.cursor() as cursor:
        prepared = _sessions.setdefault(connection.connection, set())
        texts = _texts_of(statement, tuple(_TYPES.get(type(value), "unknown") for value in values))
        if texts.name not in prepared and len(prepared) < _MOST:
            cursor.execute(texts.prepare)
            prepared.add(texts.name)
        cursor.execute(texts.execute if texts.name in prepared else statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


@lru_cache(maxsize=2 * _MOST)
def _texts_of(statement: str, types: tuple[str, ...]) -> _Texts:
    told = f"({', '.join(types)})" if types else ""
    name = f"kept_{hashlib.sha256(f'{told} {statement}'.encode()).hexdigest()[:20]}"
    places = iter(range(1, statement.count("%s") + 1))
    text = re.sub("%[s%]", lambda one: f"${next(places)}" if one[0] == "%s" else "%", statement)
    values = f"({', '.join(['%s'] * len(types))})" if types else ""
    return _Texts(name, f"PREPARE {name} {told} AS {text}", f"EXECUTE {name} {values}")
