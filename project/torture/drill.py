"""Load, kill, recover, compare; again and again."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from project import embedded, grants
from project.settings.env import ROOT
from project.torture import audit
from project.torture.books import Books
from project.torture.journal import Asked, is_answered_after, read, size
from project.torture.plan import Stage
from project.torture.report import Report
from project.torture.servers import Database, Discrepancy, Worker, wait_until
from project.torture.stage import read_stage
from project.up.children import Child

_CLIENTS = 3
_VICTIMS = ("client", "worker", "postgres")
_ENOUGH_DUE = 10
_CALL = "import django; django.setup(); from project.torture import {module}; {module}.{call}"
_DUE = "SELECT count(*) FROM ledger_holds WHERE status = 'active' AND expires_at <= now()"
_UNPLACED = "SELECT count(*) FROM ledger_entries WHERE position IS NULL"
_EXPIRED = "SELECT count(*) FROM ledger_holds WHERE status = 'expired'"


@dataclass(frozen=True)
class Order:
    """How much torture: at least so many kills, and at least so many minutes."""

    kills: int
    minutes: float
    seed: int


def run(order: Order, say: Callable[[str], object]) -> Report:
    """Torture, and return what was found; the folder and every process are gone afterwards."""
    report = Report(seed=order.seed)
    began = time.monotonic()
    with _folder() as folder, ExitStack() as stack:
        try:
            drill = Drill(folder, order, report, stack, say)
            drill.run(until=began + order.minutes * 60)
        except Discrepancy as found:
            report.discrepancy = str(found)
        report.seconds = round(time.monotonic() - began, 1)
    return report


class Drill:
    """The stage, the clients, and who dies next."""

    def __init__(
        self,
        folder: Path,
        order: Order,
        report: Report,
        stack: ExitStack,
        say: Callable[[str], object],
    ) -> None:
        """Start the servers, then the clients."""
        self._folder, self._order, self._report, self._say = folder, order, report, say
        self._dice = random.Random(order.seed)
        self._began = time.monotonic()
        self._database = Database(folder / "postgres")
        stack.callback(self._database.close)
        # As in a deployment: the owner migrates, clients and worker may do what they need.
        embedded.make_roles(self._database.url)
        broker = embedded.start_valkey(folder / "valkey")
        stack.callback(embedded.leave, folder / "valkey")
        self._environment = {
            **os.environ,
            "DATABASE_URL": embedded.url_as(self._database.url, grants.APP),
            "REDIS_URL": broker,
            "ASSETS_LOCAL": str(folder / "local"),
        }
        self._worker = Worker(folder / "worker.log", self._environment)
        stack.callback(self._worker.close)
        self._books = Books(self._environment)
        stack.callback(self._books.close)
        self._stage = self._set_up()
        self._worker.wait()
        self._clients: dict[int, Child] = {}
        stack.callback(self._destroy_clients)
        for number in range(1, _CLIENTS + 1):
            self._start_client(number)

    def run(self, until: float) -> None:
        """Kill and compare until there were enough of both; then let everybody finish."""
        self._everybody_goes_on("does not begin")
        deck: list[str] = []
        while self._report.kills.total() < self._order.kills or time.monotonic() < until:
            deck = deck or self._dice.sample(_VICTIMS, len(_VICTIMS))
            self._load()
            victim = getattr(self, f"_kill_{deck.pop()}")()
            with self._pause():
                self._compare()
            kills, seconds = self._report.kills.total(), time.monotonic() - self._began
            answered = f"{self._report.answered:,} answers"
            self._say(f"{seconds:5.0f} s  {kills:3}  {victim:36} {answered:>15}, all right")
        self._finish()

    def _set_up(self) -> Stage:
        call = _CALL.format(module="stage", call=f"set_up({str(self._folder)!r})")
        done = subprocess.run(
            [sys.executable, "-c", call],
            cwd=ROOT,
            env={
                **self._environment,
                "DATABASE_URL": embedded.url_as(self._database.url, grants.OWNER),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Discrepancy(f"The stage could not be set up: {done.stderr.strip()}")
        return read_stage(self._folder)

    def _load(self) -> None:
        """Let the clients work, and holds come due."""
        self._worker.ring()
        time.sleep(self._dice.uniform(0.3, 1.2))

    def _kill_client(self) -> str:
        number = self._dice.choice(sorted(self._clients))
        self._clients[number].destroy()
        self._report.kills["client"] += 1
        self._start_client(number)
        self._goes_on(number, "does not go on")
        return f"client {number}"

    def _kill_worker(self) -> str:
        expired = self._database.number(_EXPIRED)
        # What comes due from here on waits for the bell.
        wait_until(lambda: self._database.number(_DUE) >= _ENOUGH_DUE, "no hold came due")
        self._worker.ring()
        wait_until(lambda: self._database.number(_EXPIRED) > expired, "no hold expired")
        self._worker.kill()
        left = self._database.number(_DUE)
        self._report.kills["worker"] += 1
        self._report.mid_task_kills += left > 0
        self._worker.start()
        self._worker_does_everything()
        return f"worker, with {left} holds to end"

    def _kill_postgres(self) -> str:
        kills = self._report.kills
        if kills["server"] > kills["session"]:
            kills["session"] += 1
            self._database.kill_session(self._dice.randrange(100))
            victim = "one session of PostgreSQL"
        else:
            kills["server"] += 1
            self._database.kill_server()
            time.sleep(self._dice.uniform(0, 1))
            self._database.start()
            victim = "PostgreSQL"
        back = time.monotonic()
        self._everybody_goes_on("does not go on after PostgreSQL came back")
        waited = round(time.monotonic() - back, 1)
        self._report.longest_recovery = max(self._report.longest_recovery, waited)
        self._worker_does_everything()
        return f"{victim}, back to work in {waited} s"

    def _destroy_clients(self) -> None:
        for client in self._clients.values():
            client.destroy()

    def _start_client(self, number: int) -> None:
        call = f"run({str(self._folder)!r}, {number}, {self._order.seed})"
        self._clients[number] = Child(
            f"client {number}",
            [sys.executable, "-c", _CALL.format(module="client", call=call)],
            log=self._folder / f"client-{number}.log",
            environment=self._environment,
        )

    def _everybody_goes_on(self, complaint: str) -> None:
        sizes = {number: size(self._path(number)) for number in self._clients}
        for number, start in sizes.items():
            self._goes_on(number, complaint, after=start)

    def _goes_on(self, number: int, complaint: str, *, after: int | None = None) -> None:
        start = size(self._path(number)) if after is None else after

        def has_answer() -> bool:
            self._check_alive()
            return is_answered_after(self._path(number), start)

        wait_until(has_answer, f"client {number} {complaint}")

    def _worker_does_everything(self) -> None:
        """Wait until no hold that is due by now is active."""
        due = f"{_DUE.removesuffix('now()')} to_timestamp({time.time()})"

        def is_done() -> bool:
            self._check_alive()
            return self._database.number(due) == 0

        self._worker.ring()
        wait_until(is_done, "the worker did not end the holds that are due")

    def _check_alive(self) -> None:
        for client in self._clients.values():
            if client.status is not None:
                raise Discrepancy(f"{client.name} ended by itself and said: {client.last_lines()}")
        if complaint := self._worker.why_dead():
            raise Discrepancy(f"The worker ended by itself and said: {complaint}")

    @contextmanager
    def _pause(self) -> Iterator[None]:
        """Stop the clients for the block, wherever they are, so that it has a bounded task."""
        for client in self._clients.values():
            client.send(signal.SIGSTOP)
        yield
        for client in self._clients.values():
            client.send(signal.SIGCONT)

    def _compare(self) -> None:
        before = self._journals()
        books = audit.snapshot(self._database.url, self._stage.baseline)
        fault = audit.compare(before, books, self._journals())
        verdict = self._books.check("check_books")
        self._count(before, books)
        if fault := fault or verdict["fault"]:
            raise Discrepancy(fault)

    def _finish(self) -> None:
        """Let every client have its last answer and the worker do all it can; compare again."""
        self._check_alive()
        for client in self._clients.values():
            client.send(signal.SIGTERM)
        for client in self._clients.values():
            wait_until(partial(_has_ended, client), f"{client.name} did not end")
            if client.status:
                raise Discrepancy(f"{client.name} failed and said: {client.last_lines()}")
        self._clients.clear()
        self._worker_does_everything()
        self._worker.ring()
        unplaced = partial(self._database.number, _UNPLACED)
        wait_until(lambda: not unplaced(), "the worker did not give every entry its place")
        self._compare()
        open_ = [
            asked for lines in self._journals().values() for asked in lines if not asked.answer
        ]
        if open_:
            raise Discrepancy(f"{open_[0].request['key']} got no answer.")
        if fault := self._books.check("check_audit")["fault"]:
            raise Discrepancy(fault)

    def _count(self, journals: audit.Journals, books: audit.Snapshot) -> None:
        lines = [asked for asked in _lines(journals) if asked.answer is not None]
        report = self._report
        report.comparisons += 1
        report.answered = len(lines)
        report.refused = sum("refused" in (asked.answer or {}) for asked in lines)
        report.doubtful = sum(asked.is_doubtful for asked in lines)
        report.replayed = sum(asked.is_replay for asked in lines)
        report.repeated = sum(asked.request["deed"] == "again" for asked in lines)
        report.transactions = len(books.transactions)
        report.holds = len(books.holds)
        report.expired = sum(hold.status == "expired" for hold in books.holds)

    def _journals(self) -> dict[int, list[Asked]]:
        numbers = range(1, _CLIENTS + 1)
        return {number: list(read(self._path(number))) for number in numbers}

    def _path(self, number: int) -> Path:
        return self._folder / f"client-{number}.jsonl"


def _has_ended(client: Child) -> bool:
    return client.status is not None


def _lines(journals: audit.Journals) -> Iterator[Asked]:
    for lines in journals.values():
        yield from lines


@contextmanager
def _folder() -> Iterator[Path]:
    """Make a folder for the block, which PostgreSQL's own user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="assets-torture-"))
    try:
        folder.chmod(0o711)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
