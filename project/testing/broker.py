"""A broker that is real, and real Celery workers to be killed.

    @pytest.mark.django_db(transaction=True)
    def test_a_killed_worker_loses_nothing(celery_worker, django_capture...):
        run = reports.run(...)               # commits, so that the message goes out
        celery_worker.until(lambda: status_of(run) == RUNNING)
        celery_worker.kill()                 # -9, with all its children
        celery_worker.start()
        celery_worker.until(lambda: status_of(run) == READY)

The worker sees what is committed only, so these tests need `transaction=True`; they see the
worker's writes when they read the row again.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
import redis
from django.conf import settings
from django.db import connection

from project.celery import app
from project.embedded.keeper import end_with_parent

# Only a failure takes this long.
_PATIENCE = 120.0
_PAUSE = 0.05


class Worker:
    """A Celery worker in a process of its own, on the database and the broker of this test."""

    def __init__(self, log: Path, environment: dict[str, str]) -> None:
        """Remember where it works; `start` starts it."""
        self.log = log
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._start_count = 0

    def start(self) -> None:
        """Start it and return when it answers."""
        assert self._process is None, "the worker runs already"
        self._start_count += 1
        name = f"test{self._start_count}@localhost"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "celery", "-A", "project", "worker"),
                    *("--hostname", name, "--concurrency", "1", "--loglevel", "INFO"),
                    *("--without-gossip", "--without-mingle"),
                ],
                cwd=settings.BASE_DIR,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: end_with_parent(signal.SIGTERM),  # noqa: PLW1509  (one call)
            )
        self.until(lambda: bool(app.control.ping([name], timeout=1)))

    def kill(self) -> None:
        """End it and its children at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Let it finish what it does, and end it."""
        self._end(signal.SIGTERM)

    def until(self, condition: Callable[[], object], *, seconds: float = _PATIENCE) -> None:
        """Wait until the condition holds; fail with the worker's log when it does not."""
        deadline = time.monotonic() + seconds
        while not condition():
            text = self.log.read_text(encoding="utf-8", errors="replace")
            assert self._process is None or self._process.poll() is None, f"died:\n{text}"
            assert time.monotonic() < deadline, f"not within {seconds} s:\n{text}"
            time.sleep(_PAUSE)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        if number == signal.SIGKILL:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.send_signal(number)
        process.wait(_PATIENCE)


@pytest.fixture
def broker() -> Iterator[str]:
    """Return the URL of this process's own part of the broker, empty before and after."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield settings.REDIS_URL
        client.flushdb()


@pytest.fixture
def celery_worker(transactional_db: None, broker: str, tmp_path: Path) -> Iterator[Worker]:
    """Return a running worker; the test may `kill`, `stop` and `start` it, and wait `until`."""
    worker = Worker(
        tmp_path / "worker.log",
        {**os.environ, "DATABASE_URL": database_url(), "REDIS_URL": broker},
    )
    try:
        worker.start()
        yield worker
    finally:
        worker.kill()


def database_url() -> str:
    """Return DATABASE_URL with the name of this process's test database."""
    url = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}"))
