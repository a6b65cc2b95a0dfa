"""PostgreSQL and Valkey out of Python wheels: real servers in a folder, without an installation."""

import os

from project.embedded.keeping import CannotStart, is_running, leave
from project.embedded.postgres import start_postgres
from project.embedded.valkey import start_valkey
from project.settings.env import read

__all__ = ["CannotStart", "is_running", "leave", "start_postgres", "start_valkey", "use_embedded"]


def use_embedded() -> bool:
    """Set DATABASE_URL and REDIS_URL to embedded servers where none are configured.

    Return whether the database is an embedded one.
    """
    env = read()
    if not env.redis_url:
        os.environ["REDIS_URL"] = start_valkey(env.assets_local / "valkey")
    if not env.database_url:
        os.environ["DATABASE_URL"] = start_postgres(env.assets_local / "postgres")
    return not env.database_url
