"""Opens the office and closes it: servers, database, web, workers and beat, until Ctrl-C."""

import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from project import demo, embedded, grants
from project.embedded import CannotStart
from project.management.commands.prepare import DEMO
from project.settings.env import read
from project.up import answers, checks, fresh
from project.up.children import Child, stop

_PATIENCE = 60.0
_PAUSE = 0.2
# A long report never keeps notices and small ones waiting.
_QUEUES = {
    "worker": "celery,reports-small",
    "reports": "reports-parts,reports-large,reports-small",
}


class Office:
    """All that runs on this machine while `manage.py up` runs."""

    def __init__(self, say: Callable[[str], object], *, port: int) -> None:
        """Nothing runs yet."""
        self._say = say
        self._port = port
        self._local = read().assets_local
        self._address = f"http://127.0.0.1:{port}"
        self._began = time.monotonic()
        self._children: list[Child] = []
        self._has_roles = False

    def run(self, *, is_fresh: bool, asks: bool, reloads: bool) -> None:
        """Open, stay open until Ctrl-C, close; a fault closes it too and is raised."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        try:
            with self._alone():
                checks.port_is_free(self._port)
                if is_fresh:
                    fresh.start_over(self._local, asks=asks)
                self._say(f"Assets starts; its data and its logs are in {self._local}.")
                checks.there_is_room(self._local)
                checks.bring_pdf_libraries(self._say)
                self._bring_servers()
                has_demo = self._prepare()
                self._start(reloads=reloads)
                self._wait_for_answers()
                self._welcome(has_demo=has_demo)
                self._watch()
        except KeyboardInterrupt:
            self._say("Stops.")
        finally:
            self._close()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Refuse a second `up` on the same data."""
        embedded.make_folder(self._local / "log")
        with (self._local / "up").open("a+", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                address, _, process = lock.read().partition(" ")
                raise CannotStart(
                    f"Assets runs here already, at {address}: "
                    f"stop it first, with Ctrl-C there or with `kill {process}`."
                ) from None
            lock.truncate(0)
            lock.write(f"{self._address} {os.getpid()}")
            lock.flush()
            yield

    def _bring_servers(self) -> None:
        env = read()
        embedded.bring_broker(is_needed=True)
        self._done("Valkey", "REDIS_URL answers" if env.redis_url else "answers")
        embedded.bring_database()
        if not env.database_url:
            self._has_roles = True
            embedded.make_roles(os.environ["DATABASE_URL"])
        self._done("PostgreSQL", "DATABASE_URL answers" if env.database_url else "answers")
        os.environ.setdefault("ASSETS_BASE_URL", self._address)

    def _prepare(self) -> bool:
        """Bring the database up to date; return whether it holds the demo company."""
        child = self._run("prepare", "manage.py", "prepare", "--demo", role=grants.OWNER)
        while child.status is None:
            time.sleep(_PAUSE)
        lines = child.log.read_text(encoding="utf-8").splitlines()
        if child.status:
            self._fail("The database could not be prepared", child)
        self._children.remove(child)
        for line in lines:
            name, _, what = line.partition(": ")
            self._done(name, what)
        return any(line.startswith(DEMO) for line in lines)

    def _start(self, *, reloads: bool) -> None:
        gunicorn = ("-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "project.wsgi")
        celery = ("-m", "celery", "--app", "project", "--quiet")
        heartbeat = self._local / "beat"
        heartbeat.unlink(missing_ok=True)
        self._run(
            "web",
            *(*gunicorn, "--bind", f"127.0.0.1:{self._port}", "--workers", "1"),
            *(("--reload",) if reloads else ()),
        )
        for name, queues in _QUEUES.items():
            self._run(
                name,
                *(*celery, "worker", "--loglevel", "INFO", "--concurrency", "2"),
                *("--hostname", self._named(name), "--queues", queues),
            )
        self._run("beat", *celery, "beat", "--loglevel", "INFO", "--schedule", str(heartbeat))

    def _wait_for_answers(self) -> None:
        broker = read().redis_url
        waiting: dict[str, Callable[[], bool]] = {
            "Web server": lambda: answers.web(self._port),
            "Beat": lambda: answers.beat(self._local / "beat"),
            "Worker": lambda: answers.worker(broker, self._named("worker")),
            "Reports": lambda: answers.worker(broker, self._named("reports")),
        }
        until = time.monotonic() + _PATIENCE
        while waiting:
            self._check()
            for name in [name for name, has_answered in waiting.items() if has_answered()]:
                del waiting[name]
                self._done(name, "answers")
            if waiting and time.monotonic() > until:
                raise CannotStart(
                    f"{' and '.join(waiting)} did not answer within {_PATIENCE:.0f} seconds; "
                    f"the logs are in {self._local / 'log'}."
                )
            time.sleep(_PAUSE)

    def _welcome(self, *, has_demo: bool) -> None:
        seconds = time.monotonic() - self._began
        self._say(f"\nAssets is open at {self._address} after {seconds:.1f} seconds.")
        if has_demo:
            self._say("")
            rows = [("Role", "Sign-in", "Password"), *demo.SIGN_INS]
            widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
            for row in rows:
                cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
                self._say(f"  {'  '.join(cells).rstrip()}")
        self._say("\nCtrl-C stops it.")

    def _watch(self) -> NoReturn:
        while True:
            self._check()
            time.sleep(_PAUSE)

    def _named(self, worker: str) -> str:
        return f"{worker}{os.getpid()}@{socket.gethostname()}"

    def _check(self) -> None:
        """Raise when something that must run does not."""
        for child in self._children:
            if child.status is not None:
                self._fail(f"{child.name} ended by itself, with status {child.status}", child)
        for name in ("postgres", "valkey"):
            folder = self._local / name
            if embedded.is_mine(folder) and not embedded.is_running(folder):
                raise CannotStart(f"{name} ended by itself; its log is {folder / 'log'}.")

    def _fail(self, fact: str, child: Child) -> NoReturn:
        raise CannotStart(f"{fact}. The end of {child.log}:\n{child.last_lines()}")

    def _run(self, name: str, *arguments: str, role: str = grants.APP) -> Child:
        log = self._local / "log" / f"{name}.log"
        child = Child(
            name, [sys.executable, *arguments], log=log, environment=self._environment(role)
        )
        self._children.append(child)
        return child

    def _environment(self, role: str) -> dict[str, str]:
        """Return the environment of a child, which in a database of ours is in that role."""
        if not self._has_roles:
            return {}
        url = embedded.url_as(os.environ["DATABASE_URL"], role)
        return {"DATABASE_URL": url, "ASSETS_REPORTS_ROLE": grants.READONLY}

    def _done(self, name: str, what: str) -> None:
        self._say(f"  {name:<16}{what}")

    def _close(self) -> None:
        stop(self._children)
        for name in ("valkey", "postgres"):
            embedded.leave(self._local / name)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
