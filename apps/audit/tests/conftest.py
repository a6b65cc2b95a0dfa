"""Tampering: what somebody may do who owns the database."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

type Tamper = Callable[..., None]


@pytest.fixture
def tamper(db: None) -> Tamper:
    """Run SQL as a superuser with the triggers off."""

    def run(sql: str, *values: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(sql, values)
            cursor.execute("SET session_replication_role = DEFAULT")

    return run
