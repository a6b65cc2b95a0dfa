"""Asks a server as fast as it answers, over a few connections that stay open."""

import json
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection
from statistics import quantiles
from typing import Any

from django.core.management import CommandError

CONNECTIONS = 8
CURRENCY = "USD"
_MANY = 20


@dataclass(frozen=True)
class Request:
    """One kind of request; `body` makes the next one, as each deed is another."""

    name: str
    method: str
    path: str
    token: str = ""
    body: Callable[[], dict[str, Any]] | None = None
    statuses: tuple[int, ...] = (200, 201)


@dataclass
class Answers:
    """How long each answer took, in seconds."""

    seconds: list[float] = field(default_factory=list)
    elapsed: float = 0.0
    wrong: str = ""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.elapsed

    @property
    def p95_ms(self) -> float:
        """Milliseconds within which 95 of 100 answers came."""
        return 1000 * quantiles(self.seconds, n=_MANY)[-1]


def ask(port: int, request: Request, seconds: float) -> Answers:
    """Send the request again and again for so long, over all connections.

    Raises:
        CommandError: an answer was not as it should be.
    """
    answers = Answers()
    start = time.perf_counter()
    threads = [
        threading.Thread(target=_ask, args=(port, request, start + seconds, answers))
        for _number in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.elapsed = time.perf_counter() - start
    if answers.wrong:
        raise CommandError(f"{request.method} {request.path}: {answers.wrong}")
    return answers


def _ask(port: int, request: Request, end: float, answers: Answers) -> None:
    connection = HTTPConnection("127.0.0.1", port)
    while time.perf_counter() < end and not answers.wrong:
        # As nginx sends it on.
        headers = {"Host": "localhost", "X-Forwarded-Proto": "https"}
        if request.token:
            headers["Authorization"] = f"Bearer {request.token}"
        body = None
        if request.body is not None:
            body = json.dumps(request.body()).encode()
            headers |= {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
        began = time.perf_counter()
        connection.request(request.method, request.path, body, headers)
        answer = connection.getresponse()
        said = answer.read()
        answers.seconds.append(time.perf_counter() - began)
        if answer.status not in request.statuses:
            answers.wrong = f"{answer.status} {said[:500].decode(errors='replace')}"
    connection.close()
