"""The roles of the database on a server of our own, made by the script of every deployment."""

import os
import subprocess
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from project.embedded.keeping import CannotStart
from project.embedded.postgres import programs
from project.settings.env import ROOT

_SCRIPT = ROOT / "deploy" / "database" / "roles.sql"


def make_roles(url: str, *, secrets: Path | None = None) -> None:
    """Make the roles, with the passwords in the folder `secrets`, and the owner own the database.

    Raises:
        CannotStart: the database refuses.
    """
    made = subprocess.run(
        [programs() / "psql", "--no-psqlrc", f"--dbname={url}", f"--file={_SCRIPT}"],
        env={**os.environ, "ASSETS_SECRETS": str(secrets or os.devnull)},
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise CannotStart(f"The roles of the database could not be made: {made.stderr.strip()}")


def url_as(url: str, role: str, password: str = "") -> str:
    """Return the same address for another role."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    login = f"{role}:{quote(password, safe='')}" if password else role
    return urlunsplit(parts._replace(netloc=f"{login}@{place}"))
