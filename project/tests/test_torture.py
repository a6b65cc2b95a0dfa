"""`torture` kills under load, finds nothing, and would find anything that is lost or doubled."""

import json
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from project.management.commands import torture
from project.settings.env import ROOT
from project.torture import audit, servers
from project.torture.audit import Snapshot
from project.torture.drill import Order
from project.torture.journal import Asked, Journal, is_answered_after, read, size
from project.torture.plan import ANOTHER_ANSWER, Memory, Stage, next_request
from project.torture.report import Report

STAGE = Stage(
    actor=1, people={"EUR": [1, 2, 3], "USD": [4, 5, 6]}, chart={"EUR": [7], "USD": [8]}, baseline=0
)


def test_nothing_is_lost_and_nothing_is_there_twice_whoever_is_killed() -> None:
    out = StringIO()
    call_command("torture", kills=6, json=True, stdout=out)
    report = json.loads(out.getvalue())
    assert report["is_right"], report["discrepancy"]
    assert report["kills"] == {"client": 2, "worker": 2, "server": 1, "session": 1}
    assert report["mid_task_kills"] > 0
    assert report["answered"] > report["refused"] > 0
    assert min(report["doubtful"], report["repeated"], report["expired"]) > 0
    assert report["comparisons"] == 7


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing_behind(number: signal.Signals) -> None:
    # Not pytest's own folder: its path is too long for a socket.
    with tempfile.TemporaryDirectory(prefix="assets-test-") as place:
        folder = Path(place)
        folder.chmod(0o711)
        with subprocess.Popen(
            # What a shell runs in the background ignores the interrupt, and so does its child.
            ["env", "--default-signal=INT", sys.executable, "manage.py", "torture"],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "TMPDIR": place},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as running:
            deadline = time.monotonic() + 60
            while not list(folder.glob("*/postgres/data/postmaster.pid")):
                assert time.monotonic() < deadline
                time.sleep(0.05)
            running.send_signal(number)
            assert running.wait(60) == 130
        assert not list(folder.iterdir())


def test_a_web_worker_asks_for_the_database_as_long_as_somebody_waits() -> None:
    pool = settings.DATABASES["default"]["OPTIONS"]["pool"]
    assert pool["reconnect_timeout"] <= pool["timeout"]
    assert settings.DATABASES["default"]["CONN_HEALTH_CHECKS"]


def test_the_jobs_are_those_of_the_office() -> None:
    scheduled = {job["task"] for job in settings.CELERY_BEAT_SCHEDULE.values()}
    assert set(servers.JOBS) <= scheduled


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Report:
    """Stand in for a run that took no time."""
    report = Report(seed=7, kills=Counter(client=17, worker=17, server=9, session=8), answered=4321)

    def run(order: Order, _say: object) -> Report:
        assert order == Order(kills=51, minutes=0.0, seed=7)
        return report

    monkeypatch.setattr(torture, "run", run)
    return report


def test_the_figures_are_said(found: Report) -> None:
    out = StringIO()
    call_command("torture", seed=7, stdout=out)
    assert "51 kills in 0 s: 17 of a client, 17 of the worker" in out.getvalue()
    assert "17 of PostgreSQL (9 of the server, 8 of one of its sessions)" in out.getvalue()
    assert "4,321 requests were answered" in out.getvalue()
    assert out.getvalue().endswith("twice, the books are right.\n")


def test_a_discrepancy_ends_with_status_1_and_the_seed(found: Report) -> None:
    found.discrepancy = "torture:1:2 is there 2 times."
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("torture", seed=7, stdout=out, stderr=err)
    assert ended.value.code == 1
    assert "NOT RIGHT: torture:1:2 is there 2 times." in err.getvalue()
    assert "--seed 7" in err.getvalue()
    assert "the books are right" not in out.getvalue()


def test_only_kills_can_be_counted() -> None:
    with pytest.raises(CommandError):
        call_command("torture", "--kills=many")


# The plan


def test_the_plan_follows_from_the_seed() -> None:
    def requests(seed: int) -> list[Any]:
        memory, made = Memory(), []
        for _step in range(30):
            made.append(next_request(seed, 1, memory, STAGE))
            memory.learn(made[-1], {"refused": "InsufficientFunds"})
        return made

    assert requests(1) == requests(1)
    assert requests(1) != requests(2)


def test_what_is_planned_balances() -> None:
    memory = Memory()
    for step in range(300):
        memory.step = step
        request = next_request(3, 1, memory, STAGE)
        for part in request.get("several", [request]):
            for currency in STAGE.people:
                entries = part.get("entries", [])
                of = [amount for wallet, amount in entries if wallet in STAGE.of(currency)]
                assert sum(of) == 0
                assert 0 not in of


def test_a_client_knows_from_its_journal_what_it_may_do() -> None:
    memory = Memory()
    hold = {"step": 1, "deed": "hold", "key": "a", "wallet": 1, "amount": 5, "currency": "EUR"}
    memory.learn(hold, {"hold": 9})
    memory.learn({"step": 2, "deed": "post", "key": "b"}, {"transaction": 4})
    assert (memory.step, memory.holds, memory.transactions) == (2, {9: hold}, [4])
    memory.learn({"step": 3, "deed": "capture", "key": "c", "hold": 9}, {"refused": "HoldTooSmall"})
    assert memory.holds == {9: hold}
    memory.learn({"step": 4, "deed": "release", "key": "d", "hold": 9}, {"refused": "HoldEnded"})
    memory.learn({"step": 5, "deed": "reverse", "key": "e", "transaction": 4}, {"transaction": 5})
    assert (memory.holds, memory.transactions, len(memory.answered)) == ({}, [], 2)


# The journal


def test_half_a_line_counts_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = Journal(path)
    journal.ask({"step": 1})
    journal.answer({"transaction": 1}, is_doubtful=True, is_replay=False)
    journal.ask({"step": 2})
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"answer": {"trans')
    expected = [Asked({"step": 1}, {"transaction": 1}, is_doubtful=True), Asked({"step": 2})]
    assert list(read(path)) == expected
    assert is_answered_after(path, 0)
    assert not is_answered_after(path, len(whole))
    Journal(path)
    assert path.read_bytes() == whole


def test_a_client_that_never_began_has_no_answers(tmp_path: Path) -> None:
    assert size(tmp_path / "none") == 0
    assert not is_answered_after(tmp_path / "none", 0)
    assert list(read(tmp_path / "none")) == []


# The comparison


def posted(key: str, number: int = 1, *, wallets: Any = (1, 2), amounts: Any = (-5, 5)) -> Any:
    return SimpleNamespace(id=number, key=key, wallets=list(wallets), amounts=list(amounts))


def held(key: str = "h", number: int = 1, **fields: Any) -> Any:
    rest = {"wallet_id": 1, "amount": 9, "captured": 0, "released": 0, "status": "active"}
    return SimpleNamespace(id=number, key=key, **{**rest, **fields})


def books(*transactions: Any, holds: Any = (), faults: Any = ()) -> Snapshot:
    return Snapshot(list(transactions), list(holds), list(faults))


POST = {"step": 1, "deed": "post", "key": "p", "entries": [[1, -5], [2, 5]]}
MANY = {
    "step": 2,
    "deed": "many",
    "key": "m",
    "several": [
        {"key": "m0", "entries": [[1, -5], [2, 5]]},
        {"key": "m1", "entries": [[1, -5], [2, 5]]},
    ],
}
HOLD = {"step": 3, "deed": "hold", "key": "h", "wallet": 1, "amount": 9}
CAPTURE = {"step": 4, "deed": "capture", "key": "c", "hold": 1, "wallet": 1, "to": 2, "amount": 5}
RELEASE = {"step": 5, "deed": "release", "key": "r", "hold": 1}
REVERSE = {"step": 6, "deed": "reverse", "key": "v", "transaction": 1}
AGAIN = {"step": 7, "deed": "again", "key": "a", "request": POST, "answer": {"transaction": 1}}
DONE = {"transaction": 1}
ENTRIES = "[(1, -5), (2, 5)]"


def fault(books: Snapshot, *asked: Asked) -> str:
    journals = {1: list(asked)}
    return audit.compare(journals, books, journals)


@pytest.mark.parametrize(
    ("asked", "books"),
    [
        ([Asked(POST, DONE)], books(posted("p"))),
        ([Asked(POST, {"refused": "InsufficientFunds"})], books()),
        ([Asked(POST)], books()),
        ([Asked(POST)], books(posted("p"))),
        ([Asked(MANY)], books()),
        ([Asked(MANY)], books(posted("m0"), posted("m1", 2))),
        ([Asked(HOLD, {"hold": 1}), Asked(CAPTURE)], books(holds=[held()])),
        (
            [Asked(HOLD, {"hold": 1}), Asked(CAPTURE)],
            books(posted("c"), holds=[held(captured=5)]),
        ),
        (
            [Asked(HOLD, {"hold": 1}), Asked(RELEASE, {"released": 9})],
            books(holds=[held(released=9, status="released")]),
        ),
        (
            [Asked(POST, DONE), Asked(REVERSE, {"transaction": 0})],
            books(posted("p"), posted("reversal:1", 2, amounts=(5, -5))),
        ),
        ([Asked(POST, DONE), Asked(AGAIN, DONE)], books(posted("p"))),
    ],
)
def test_what_fits_is_no_discrepancy(asked: list[Asked], books: Snapshot) -> None:
    assert fault(books, *asked) == ""


@pytest.mark.parametrize(
    ("asked", "books", "sentence"),
    [
        (
            [Asked(POST, DONE)],
            books(),
            "Client 1, step 1 (post) was answered, and p is not in the books.",
        ),
        (
            [Asked(POST, {"refused": "InsufficientFunds"})],
            books(posted("p")),
            "Client 1, step 1 (post) was refused, and p is in the books.",
        ),
        (
            [Asked(POST, DONE)],
            books(posted("p", 2)),
            "Client 1, step 1 (post) was answered as 1, and p is 2.",
        ),
        (
            [Asked(POST)],
            books(posted("p", wallets=[None], amounts=[None])),
            f"Client 1, step 1 (post) asked for {ENTRIES}, and p has [].",
        ),
        (
            [Asked(POST)],
            books(posted("p", amounts=(-6, 6))),
            f"Client 1, step 1 (post) asked for {ENTRIES}, and p has [(1, -6), (2, 6)].",
        ),
        ([Asked(POST, DONE)], books(posted("p"), posted("p")), "p is there 2 times."),
        ([], books(posted("x")), "x is in the books, and nobody asked for it."),
        (
            [Asked(MANY)],
            books(posted("m1")),
            "Client 1, step 2 (many) is in the books in part.",
        ),
        (
            [Asked(HOLD, {"hold": 1})],
            books(holds=[held(amount=8)]),
            "Client 1, step 3 (hold) asked for the hold (1, 9), and h is another one.",
        ),
        (
            [Asked(HOLD, {"hold": 1})],
            books(holds=[held(captured=1)]),
            "Of hold H-1 between 0 and 0 was captured, and the books say 1.",
        ),
        (
            [Asked(HOLD, {"hold": 1}), Asked(CAPTURE, DONE)],
            books(posted("c"), holds=[held()]),
            "Of hold H-1 between 5 and 5 was captured, and the books say 0.",
        ),
        (
            [Asked(HOLD, {"hold": 1}), Asked(RELEASE, {"released": 9})],
            books(holds=[held()]),
            "Client 1, step 5 (release) was answered, and the hold is not released.",
        ),
        (
            [Asked(POST, DONE), Asked(REVERSE, {"transaction": 2})],
            books(posted("p")),
            "Client 1, step 6 (reverse) was answered, and reversal:1 is not in the books.",
        ),
        (
            [Asked(POST, DONE), Asked(REVERSE, {"refused": "AlreadyReversed"})],
            books(posted("p")),
            "Client 1, step 6 (reverse) was refused: AlreadyReversed.",
        ),
        (
            [Asked(POST, DONE), Asked(AGAIN, {"refused": ANOTHER_ANSWER, "got": {}})],
            books(posted("p")),
            "Client 1, step 7 (again) repeated p and got {}, and {'transaction': 1} at first.",
        ),
        ([], books(faults=["The entries in EUR add up to 1."]), "The entries in EUR add up to 1."),
    ],
)
def test_what_does_not_fit_is_named(asked: list[Asked], books: Snapshot, sentence: str) -> None:
    assert fault(books, *asked) == sentence


def test_what_happened_while_the_books_were_read_is_no_discrepancy() -> None:
    refused = Asked(REVERSE, {"refused": "InsufficientFunds"})
    reversed_ = posted("reversal:1", 2, amounts=(5, -5))
    before = {1: [Asked(POST, DONE), refused]}
    after = {1: [Asked(POST, DONE), refused, Asked(REVERSE, {"transaction": 2}), Asked(HOLD)]}
    assert audit.compare(before, books(posted("p"), reversed_, holds=[held()]), after) == ""
    assert audit.compare(before, books(posted("p")), after) == ""
