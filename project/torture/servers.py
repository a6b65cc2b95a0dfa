"""The servers of a run, in its folder, and how each is killed."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg
from celery import Celery

from project import embedded
from project.up.children import Child

_PATIENCE = 60.0
_PAUSE = 0.05
_LIKE_AN_OFFICE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")
JOBS = (
    "apps.wallets.tasks.expire_holds",
    "apps.wallets.tasks.roll_up",
    "apps.wallets.tasks.seal_ledger",
    "apps.audit.tasks.seal",
)


class Discrepancy(Exception):
    """What does not fit, in one sentence."""


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Return when the condition holds.

    Raises:
        Discrepancy: it does not within a minute; `what` did not happen.
    """
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise Discrepancy(f"Within {_PATIENCE:.0f} seconds {what}.")
        time.sleep(_PAUSE)


class Database:
    """A PostgreSQL that forces every commit to the disk."""

    def __init__(self, folder: Path) -> None:
        """Start it."""
        self._folder = folder
        self.url = self.start()

    def start(self) -> str:
        """Start it and return when it has recovered and answers."""
        return embedded.start_postgres(self._folder, settings=_LIKE_AN_OFFICE)

    def kill_server(self) -> None:
        """Kill the server itself; its sessions find out and end, and nothing is written out."""
        pid = int((self._folder / "data" / "postmaster.pid").read_text("utf-8").split()[0])
        os.kill(pid, signal.SIGKILL)
        embedded.leave(self._folder)

    def kill_session(self, turn: int) -> None:
        """Kill the process of one client; the server ends all others, and recovers by itself."""
        before, sessions = self._processes("checkpointer"), self._processes("client backend")
        os.kill(sessions[turn % len(sessions)], signal.SIGKILL)
        # All its processes are new then.
        wait_until(lambda: self._has_others_than(before), "PostgreSQL did not come back")

    def number(self, sql: str) -> int:
        """Return the one number that the statement asks for."""
        with psycopg.connect(self.url) as session:
            row = session.execute(sql).fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        """Stop it."""
        embedded.leave(self._folder)

    def _processes(self, kind: str) -> list[int]:
        with psycopg.connect(self.url) as session:
            rows = session.execute(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = %s"
                " AND pid <> pg_backend_pid() ORDER BY pid",
                [kind],
            )
            return [pid for (pid,) in rows]

    def _has_others_than(self, checkpointer: list[int]) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            return self._processes("checkpointer") != checkpointer
        return False


class Worker:
    """A Celery worker that does the scheduled jobs of the ledger and of the audit log."""

    def __init__(self, log: Path, environment: Mapping[str, str]) -> None:
        """Start it, without waiting for it."""
        self._log, self._environment = log, environment
        self._starts = 0
        self._app = Celery(broker=environment["REDIS_URL"], set_as_current=False)
        self._child = self._started()

    def start(self) -> None:
        """Start it and return when it answers."""
        self._child = self._started()
        self.wait()

    def wait(self) -> None:
        """Return when it answers."""
        ping, names = self._app.control.ping, [self._name]
        wait_until(lambda: ping(names, timeout=0.5), "the worker did not answer")

    def ring(self) -> None:
        """Ask for every job, as beat does."""
        for job in JOBS:
            self._app.send_task(job, ignore_result=True)

    def kill(self) -> None:
        """Kill it with its children, whatever they do."""
        self._child.destroy()

    def why_dead(self) -> str:
        """Return what a worker that ended by itself said, or nothing."""
        return "" if self._child.status is None else self._child.last_lines() or "nothing"

    def close(self) -> None:
        """Kill it for good."""
        self._child.destroy()
        self._app.close()

    @property
    def _name(self) -> str:
        return f"torture{self._starts}@localhost"

    def _started(self) -> Child:
        self._starts += 1
        return Child(
            "worker",
            [
                *(sys.executable, "-m", "celery", "-A", "project", "worker"),
                *("--hostname", self._name, "--concurrency", "1", "--loglevel", "WARNING"),
                *("--without-gossip", "--without-mingle"),
            ],
            log=self._log,
            environment=self._environment,
        )
