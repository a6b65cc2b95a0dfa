"""PostgreSQL and Valkey out of Python wheels: real servers in a folder, without an installation."""

import os

from project.embedded.configured import check_broker, check_database
from project.embedded.keeping import CannotStart, is_mine, is_running, leave, make_folder
from project.embedded.postgres import is_untouched, start_postgres
from project.embedded.roles import make_roles, url_as
from project.embedded.valkey import start_valkey
from project.settings.env import read

__all__ = [
    "CannotStart",
    "bring_broker",
    "bring_database",
    "is_mine",
    "is_running",
    "is_untouched",
    "leave",
    "make_folder",
    "make_roles",
    "start_postgres",
    "start_valkey",
    "url_as",
]


def bring_database() -> bool:
    """Set DATABASE_URL to the embedded server, or check the one that is set.

    Return whether it is an embedded one that never had a schema.
    """
    env = read()
    if env.database_url:
        check_database(env.database_url, env.database_password.get_secret_value())
        return False
    os.environ["DATABASE_URL"] = url = start_postgres(env.assets_local / "postgres")
    return is_untouched(url)


def bring_broker(*, is_needed: bool) -> None:
    """Set REDIS_URL to the embedded server; when one is set, check it if it is needed."""
    env = read()
    if not env.redis_url:
        os.environ["REDIS_URL"] = start_valkey(env.assets_local / "valkey")
    elif is_needed:
        check_broker(env.redis_url)
