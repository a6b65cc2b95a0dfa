"""The test database: migrated, with the reference data, and emptied in spite of its triggers."""

from typing import Any

import pytest
from django.db import connection
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from project import reference


def _empty() -> None:
    """Empty every table as a superuser may, triggers off, and load the reference data again."""
    tables = [
        name for name in connection.introspection.table_names() if name != "django_migrations"
    ]
    keep = {"django_content_type", "auth_permission"}
    names = ", ".join(connection.ops.quote_name(name) for name in tables if name not in keep)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
        cursor.execute("SET session_replication_role = DEFAULT")
    reference.load()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:  # noqa: PT004, ARG001
    """Load the reference data once; tests that commit get it again after they are cleaned up."""
    with django_db_blocker.unblock():
        reference.load()

    def _fixture_teardown(_self: Any) -> None:
        _empty()

    TransactionTestCase._fixture_teardown = _fixture_teardown  # type: ignore[method-assign]  # noqa: SLF001
