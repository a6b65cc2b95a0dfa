"""Working in the test database as one of its roles, by a real login.

    def test_the_application_changes_no_entry(login):
        with login(grants.APP) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("UPDATE ledger_entries SET amount = 0")

    def test_the_office_works_as_the_application(working_as):
        with working_as(grants.APP):
            demo.load()                     # Django's own connection is the application's

A login sees what is committed only; `working_as` commits, and the database is emptied afterwards.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from project import embedded, grants

# The roles are the server's, and the processes of a run share it.
_LOCK = 4_201_827
PASSWORD = "a-password-for-tests-only"

type Session = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture(scope="session")
def database_roles(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Give the test database its roles and their rights."""
    folder = tmp_path_factory.mktemp("secrets")
    for name in ("database_owner_password", "database_password"):
        (folder / name).write_text(f"{PASSWORD}\n", encoding="utf-8")
    with django_db_blocker.unblock(), psycopg.connect(os.environ["DATABASE_URL"]) as session:
        session.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        embedded.make_roles(database_url(), secrets=folder)
        for role in (grants.READONLY, grants.BACKUP):
            session.execute(f"ALTER ROLE {role} PASSWORD '{PASSWORD}'")
        grants.grant()


@pytest.fixture
def login(database_roles: None) -> Callable[[str], Session]:
    """Return a function that signs in to the database as a role."""

    def signed_in(role: str) -> Session:
        return psycopg.connect(embedded.url_as(database_url(), role, PASSWORD), autocommit=True)

    return signed_in


@pytest.fixture
def working_as(
    transactional_db: None, database_roles: None
) -> Callable[[str], AbstractContextManager[None]]:
    """Return a block within which all of Django's connections are those of a role."""

    @contextmanager
    def block(role: str) -> Iterator[None]:
        before = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
        _connect_anew({"USER": role, "PASSWORD": PASSWORD})
        try:
            yield
        finally:
            _connect_anew(before)

    return block


def _connect_anew(login: dict[str, Any]) -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's own
    connection.settings_dict.update(login)


def database_url() -> str:
    """Return DATABASE_URL with the name of this process's test database."""
    url, _, query = os.environ["DATABASE_URL"].partition("?")
    return f"{url.rpartition('/')[0]}/{connection.settings_dict['NAME']}?{query}".rstrip("?")
