"""A broker and worker processes that make runs, watched from outside."""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from celery import Celery
from django.core.management import CommandError

from project.benchmarks.scratch import Scratch
from project.embedded import leave, start_valkey
from project.settings.base import CELERY_TASK_QUEUES
from project.up.children import Child

_PATIENCE = 60.0
_TICKS = 100


@dataclass(frozen=True)
class Made:
    """A run that the workers made."""

    rows: int
    pages: int
    sha256: str
    seconds: float
    cpu_seconds: float
    peak_mb: float


def ask_maker(scratch: Scratch, deed: str, environment: Mapping[str, str] | None = None) -> str:
    """Let a process of its own do one thing of `maker`, and return what it printed."""
    code = f"from project.benchmarks.reports import maker; maker.{deed}"
    command = (sys.executable, "manage.py", "shell", "--no-imports", "-c", code)
    return scratch.run(*command, environment=environment)


class Workers:
    """Two worker processes on the scratch database, with files in a folder."""

    def __init__(self, scratch: Scratch, folder: Path) -> None:
        """Remember where they work."""
        self.scratch = scratch
        self.folder = folder

    def __enter__(self) -> Self:
        """Start broker and workers, and return when they answer."""
        url = start_valkey(self.folder / "valkey", keep=False)
        self.environment = {"REDIS_URL": url, "ASSETS_FILES": str(self.folder / "files")}
        self._child = Child(
            "worker",
            [
                *(sys.executable, "-m", "celery", "-A", "project", "worker"),
                *("--hostname", "bench@localhost", "--concurrency", "2", "--loglevel", "WARNING"),
                *("--queues", ",".join(CELERY_TASK_QUEUES)),
                *("--without-gossip", "--without-mingle"),
            ],
            log=self.folder / "worker.log",
            environment={**self.scratch.environment, **self.environment},
        )
        self._wait(url)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop both."""
        self._child.destroy()
        leave(self.folder / "valkey")

    def make(self, rows: int) -> Made:
        """Have a statement of about so many rows made as PDF."""
        for process in self._processes():
            # Linux forgets the most that the process had until now.
            (process / "clear_refs").write_text("5", encoding="ascii")
        before = sum(map(_cpu_seconds, self._processes()))
        told = json.loads(ask_maker(self.scratch, f"make({rows})", self.environment))
        processes = self._processes()
        return Made(
            **told,
            cpu_seconds=sum(map(_cpu_seconds, processes)) - before,
            peak_mb=max(map(_peak_mb, processes)),
        )

    def _wait(self, url: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        with Celery(broker=url, set_as_current=False) as app:
            while not app.control.ping(["bench@localhost"], timeout=0.5):
                if self._child.status is not None or time.monotonic() > deadline:
                    raise CommandError(f"The worker did not start: {self._child.last_lines()}")

    def _processes(self) -> list[Path]:
        """Return the worker and its children, as Linux shows them."""
        return [Path(f"/proc/{pid}") for pid in _family(self._child.pid)]


def _family(pid: int) -> Iterator[int]:
    yield pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    for child in children.split():
        yield from _family(int(child))


def _cpu_seconds(process: Path) -> float:
    fields = (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _peak_mb(process: Path) -> float:
    status = (process / "status").read_text(encoding="utf-8")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024
