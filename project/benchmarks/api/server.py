"""gunicorn with our configuration and two workers, on a scratch database."""

import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from django.core.management import CommandError

from project.benchmarks.scratch import Scratch
from project.embedded import leave, start_valkey
from project.embedded.ports import free_port
from project.up.children import Child

WORKERS = 2
SETTINGS = "project.benchmarks.api.settings"
_PATIENCE = 60.0
_FINE = 200


def surroundings(scratch: Scratch, folder: Path) -> dict[str, str]:
    """Return the environment of every process of the measured office; a broker runs for it."""
    return {
        **scratch.environment,
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "REDIS_URL": start_valkey(folder / "valkey", keep=False),
        "ASSETS_SECRET_KEY": secrets.token_urlsafe(60),
        "ASSETS_FIELD_KEYS": secrets.token_urlsafe(60),
        "ASSETS_ALLOWED_HOSTS": "localhost",
        "ASSETS_BASE_URL": "https://localhost",
        "ASSETS_FILES": str(folder / "files"),
        "ASSETS_LOCAL": str(folder),
        "WEB_CONCURRENCY": str(WORKERS),
    }


@contextmanager
def gunicorn(environment: dict[str, str], folder: Path) -> Iterator[int]:
    """Serve for the block, and give the port."""
    port = free_port()
    child = Child(
        "web",
        [
            *(sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"),
            *("--bind", f"127.0.0.1:{port}", "--max-requests", "0", "project.wsgi"),
        ],
        log=folder / "web.log",
        environment=environment,
    )
    try:
        _wait(port, child)
        yield port
    finally:
        child.destroy()
        leave(folder / "valkey")


def _wait(port: int, child: Child) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and child.status is None:
        connection = HTTPConnection("127.0.0.1", port)
        try:
            connection.request(
                "GET", "/bare/hello", headers={"Host": "localhost", "X-Forwarded-Proto": "https"}
            )
            if connection.getresponse().status == _FINE:
                return
        except OSError:
            time.sleep(0.2)
        finally:
            connection.close()
    raise CommandError(f"The server did not start: {child.last_lines()}")
