"""The test database: migrated, with the reference data, and emptied in spite of its triggers."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from project import reference

_KEPT = {"django_migrations", "django_content_type", "auth_permission"}


# Beside the schema of the application, and no part of it.
_ASIDE = "tests_reference"

_PUT_ASIDE = f"""
CREATE SCHEMA {_ASIDE};
DO $$
DECLARE
    v_table name;
BEGIN
    FOREACH v_table IN ARRAY %s::name[] LOOP
        EXECUTE format('CREATE TABLE {_ASIDE}.%%1$I AS TABLE public.%%1$I', v_table);
    END LOOP;
END $$;
CREATE TABLE {_ASIDE}.sequences AS
SELECT format('public.%%I', sequencename) AS name, last_value
FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
"""  # noqa: S608  (our own name)

# The columns that PostgreSQL computes are computed again.
_PUT_BACK = f"""
DO $$
DECLARE
    v_table name;
    v_columns text;
BEGIN
    FOR v_table IN SELECT tablename FROM pg_tables
        WHERE schemaname = '{_ASIDE}' AND tablename <> 'sequences'
    LOOP
        SELECT string_agg(quote_ident(attname), ', ') INTO v_columns FROM pg_attribute
        WHERE attrelid = format('public.%I', v_table)::regclass
            AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
        EXECUTE format('INSERT INTO public.%1$I (%2$s) OVERRIDING SYSTEM VALUE'
            ' SELECT %2$s FROM {_ASIDE}.%1$I', v_table, v_columns);
    END LOOP;
END $$;
SELECT setval(name::regclass, last_value) FROM {_ASIDE}.sequences
"""  # noqa: S608  (our own name)


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        return sorted(set(connection.introspection.table_names(cursor)) - _KEPT)


def _put_aside() -> None:
    """Copy the reference data to where no test finds them."""
    with connection.cursor() as cursor:
        cursor.execute(_PUT_ASIDE, [_tables()])


def _empty() -> None:
    """Empty every table as a superuser may, triggers off, and put the reference data back."""
    with transaction.atomic(), connection.cursor() as cursor:
        # A table into which nothing was ever written has no pages.
        cursor.execute(
            "SELECT name FROM unnest(%s::name[]) name WHERE pg_relation_size(name::regclass) > 0",
            [_tables()],
        )
        names = ", ".join(connection.ops.quote_name(name) for (name,) in cursor.fetchall())
        # The triggers that forbid TRUNCATE on the ledger and the audit log stand aside only here.
        cursor.execute("SET LOCAL session_replication_role = replica")
        # A test that left a transaction open fails by name instead of hanging.
        cursor.execute("SET LOCAL lock_timeout = '20s'")
        cursor.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
        cursor.execute(_PUT_BACK)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Load the reference data once; tests that commit get it again after they are cleaned up."""
    with django_db_blocker.unblock():
        reference.load()
        _put_aside()

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
