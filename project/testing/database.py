"""The test database: migrated, with the reference data, and emptied in spite of its triggers."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from project import reference

_KEPT = {"django_migrations", "django_content_type", "auth_permission"}


def _empty() -> None:
    """Empty every table as a superuser may, triggers off, and load the reference data again."""
    with transaction.atomic(), connection.cursor() as cursor:
        names = set(connection.introspection.table_names(cursor)) - _KEPT
        tables = ", ".join(connection.ops.quote_name(name) for name in sorted(names))
        # The triggers that forbid TRUNCATE on the ledger and the audit log stand aside only here.
        cursor.execute("SET LOCAL session_replication_role = replica")
        # A test that left a transaction open fails by name instead of hanging.
        cursor.execute("SET LOCAL lock_timeout = '20s'")
        cursor.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
    reference.load()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Load the reference data once; tests that commit get it again after they are cleaned up."""
    with django_db_blocker.unblock():
        reference.load()

    def _fixture_teardown(_self: Any) -> None:
        _empty()

    TransactionTestCase._fixture_teardown = _fixture_teardown  # type: ignore[attr-defined]  # noqa: SLF001  (no public way)
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        # A thread that still has a connection would keep the database from being dropped.
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
