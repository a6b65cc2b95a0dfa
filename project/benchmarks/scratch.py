"""A database of its own on the office's server, made for one run and dropped after it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from django.core.management import CommandError
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

from project.embedded.postgres import programs

ROOT = Path(__file__).resolve().parents[2]
BEGIN_AS = "template1"
"""The database of which a scratch database begins as a copy."""


@dataclass(frozen=True)
class Scratch:
    """An empty, migrated database, as libpq and as our own processes find it."""

    name: str
    parameters: dict[str, str]

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which libpq's programs and our own processes use this database."""
        names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
        libpq = {names[key]: value for key, value in self.parameters.items() if key in names}
        return {**os.environ, **libpq, "PGDATABASE": self.name, "DATABASE_URL": self._url}

    @property
    def _url(self) -> str:
        quoted = {key: quote(value, safe="") for key, value in self.parameters.items()}
        query = "&".join(f"{key}={value}" for key, value in quoted.items())
        return f"postgresql:///{self.name}?{query}"

    def run_program(self, name: str, *arguments: str, typed: str = "") -> str:
        """Run one of PostgreSQL's programs against this database; return what it printed."""
        return self.run(program(name), *arguments, typed=typed)

    def run(
        self, *command: str, typed: str = "", environment: Mapping[str, str] | None = None
    ) -> str:
        """Run a program against this database and return what it printed.

        `environment` is what it finds besides, or otherwise than, in that of the database.
        """
        done = subprocess.run(  # noqa: S603  (PostgreSQL's programs and our own modules)
            command,
            cwd=ROOT,
            env={**self.environment, **(environment or {})},
            input=typed,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise CommandError(f"{' '.join(command)}: {done.stderr[-3000:]}")
        return done.stdout

    def settle(self) -> None:
        """Write out what earlier measurements left in memory, so that nobody pays for another."""
        with psycopg.connect(
            make_conninfo(**{**self.parameters, "dbname": self.name}), autocommit=True
        ) as session:
            session.execute("VACUUM ANALYZE")
            session.execute("CHECKPOINT")


@contextmanager
def scratch_database(suffix: str = "", *, is_migrated: bool = True) -> Iterator[Scratch]:
    """Make a database for the block, with our schema unless somebody else's comes."""
    parameters = connection.get_connection_params()
    known = ("host", "port", "user", "password")
    scratch = Scratch(
        name="_".join(filter(None, ("assets_bench", str(os.getpid()), suffix))),
        parameters={key: str(parameters[key]) for key in known if parameters.get(key)},
    )
    identifier = sql.Identifier(scratch.name)
    conninfo = make_conninfo(**{**scratch.parameters, "dbname": connection.settings_dict["NAME"]})
    with psycopg.connect(conninfo, autocommit=True) as session:
        begin_as = sql.Identifier(BEGIN_AS if is_migrated else "template1")
        session.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(identifier, begin_as))
        try:
            if is_migrated:
                scratch.run(sys.executable, "manage.py", "migrate", "--verbosity", "0")
            yield scratch
        finally:
            session.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


def program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs: of the system, else out of the wheel."""
    return shutil.which(name) or str(programs() / name)
