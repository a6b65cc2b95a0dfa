"""The API: requests a second through gunicorn with two workers, beside a bare “hello” of Ninja.

Server, settings and middleware are those of production, on a scratch database; “hello” is answered
by the same processes. Every round asks each of them in turn, over eight connections. The time of
95 of 100 answers stands in the note. Reads shall come to half of “hello”; no bar was set for deeds.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any

from project.benchmarks import Case, Plan
from project.benchmarks.api.asking import CURRENCY, Answers, Request, ask
from project.benchmarks.api.server import gunicorn, surroundings
from project.benchmarks.scratch import Scratch, scratch_database

_OURS = (sys.executable, "manage.py", "shell", "--no-imports", "-c")
_READ_BAR = 0.5
_CHECKS = 2000
_HELLO = Request("hello", "GET", "/bare/hello")


def run(plan: Plan) -> Iterator[Case]:
    """Measure."""
    with scratch_database() as scratch, tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        environment = surroundings(scratch, folder)
        told = json.loads(_tell(scratch, environment, "seed()"))
        scratch.settle()
        with gunicorn(environment, folder) as port:
            yield from _requests(plan, port, told["token"], told["wallets"])
            yield _checks(plan, scratch, environment, told["token"])


def _requests(plan: Plan, port: int, token: str, wallets: list[int]) -> Iterator[Case]:
    measured: dict[Request, list[Answers]] = {
        request: [] for request in (_HELLO, *_asked(token, wallets))
    }
    for request in measured:
        ask(port, request, 1)
    for _round in range(plan.rounds):
        for request, answers in measured.items():
            answers.append(ask(port, request, plan.seconds))
    hello = measured.pop(_HELLO)
    for request, answers in measured.items():
        yield Case(
            name=request.name,
            unit="requests/s",
            values=tuple(one.rate for one in answers),
            yardstick="bare Ninja hello",
            yardstick_values=tuple(one.rate for one in hello),
            bar=_READ_BAR if request.method == "GET" else 0,
            note=f"95 of 100 within {median(one.p95_ms for one in answers):.1f} ms, "
            f"hello {median(one.p95_ms for one in hello):.1f} ms",
        )


def _asked(token: str, wallets: list[int]) -> Iterator[Request]:
    # Each deed is about the next wallet, so that nobody waits for another's row.
    numbers = cycle(wallets)
    yield Request("who am I", "GET", "/api/v1/me", token)
    yield Request("a wallet", "GET", f"/api/v1/wallets/{wallets[0]}", token)
    yield Request("a list of 20 tickets", "GET", "/api/v1/tickets?limit=20", token)
    yield Request("a hold", "POST", "/api/v1/holds", token, lambda: _hold(next(numbers)))
    yield Request(
        "an adjustment request",
        "POST",
        "/api/v1/adjustments",
        token,
        lambda: _adjustment(next(numbers)),
    )


def _hold(wallet: int) -> dict[str, Any]:
    return {
        "wallet": wallet,
        "amount": {"amount": 1, "currency": CURRENCY},
        "reason": "Deposit for the key",
    }


def _adjustment(wallet: int) -> dict[str, Any]:
    return {
        "wallet": wallet,
        "direction": "credit",
        "amount": {"amount": 1, "currency": CURRENCY},
        "reason_code": "goodwill",
        "note": "The camera was late",
        "submit": True,
    }


def _checks(plan: Plan, scratch: Scratch, environment: dict[str, str], token: str) -> Case:
    """Return how many tokens are checked in a second: at most a millisecond each."""
    deed = f"check_tokens({token!r}, {_CHECKS})"
    times = [
        json.loads(_tell(scratch, environment, deed))["milliseconds"]
        for _round in range(plan.rounds)
    ]
    return Case(
        name="check of a token",
        unit="a second",
        values=tuple(1000 / one for one in times),
        yardstick="one in a millisecond",
        yardstick_values=(1000.0,),
        bar=1,
        note=f"{median(times):.2f} ms each",
    )


def _tell(scratch: Scratch, environment: dict[str, str], deed: str) -> str:
    code = f"from project.benchmarks.api import office; office.{deed}"
    return scratch.run(*_OURS, code, environment=environment)
