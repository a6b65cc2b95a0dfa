"""A receiver on this machine, and a program that subscribes."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from apps.accounts.models import User
from apps.audit import services as audit
from apps.programs.models import Program
from apps.tickets.models import Ticket
from apps.wallets.models import Wallet
from apps.webhooks import services, tasks
from apps.webhooks.models import Message, Subscription
from apps.webhooks.tests.tls import authority, tls_receiver
from project.testing.programs import program_account

__all__ = ["authority", "tls_receiver"]

SCOPES = [
    *("adjustments:read", "assets:read", "reports:read", "tickets:read", "wallets:read"),
    "webhooks:write",
]


type Answers = Callable[..., list[str]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Let the name server answer each question with the next of these lists of addresses."""
    asked: list[str] = []
    answers: list[list[str]] = []

    def getaddrinfo(host: str, port: int, *_arguments: Any, **_options: Any) -> list[Any]:
        asked.append(str(host))
        found = answers.pop(0) if answers[1:] else answers[0]
        if not found:
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    def set_answers(*lists: list[str]) -> list[str]:
        answers[:] = lists
        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return asked

    return set_answers


@dataclass
class Got:
    """One request that came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """An HTTP server that keeps what comes and answers what the test says, the last forever."""

    url: str = ""
    got: list[Got] = field(default_factory=list)
    answers: list[int] = field(default_factory=lambda: [200])
    headers: dict[str, str] = field(default_factory=dict)
    text: bytes = b"thanks"
    before_answer: Callable[[], object] = field(default=lambda: None)

    @property
    def ids(self) -> list[str]:
        """The webhook ids, in the order in which they came."""
        return [got.headers["webhook-id"] for got in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return a running receiver."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.got.append(Got(self.path, headers, body))
            receiver.before_answer()
            status = receiver.answers.pop(0) if receiver.answers[1:] else receiver.answers[0]
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(receiver.text)))
            self.end_headers()
            self.wfile.write(receiver.text)

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hooks?for=us"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield receiver
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> list[int]:
    """Return for which subscriptions a worker was woken; tests with a worker wake a real one."""
    rings: list[int] = []
    if "celery_worker" not in request.fixturenames:
        monkeypatch.setattr(
            tasks.deliver, "apply_async", lambda args, **_options: rings.append(args[0])
        )
        monkeypatch.setattr(tasks.wake, "apply_async", lambda args, **_options: tasks.wake(*args))
    return rings


def program_of(name: str = "Warehouse", **fields: Any) -> Program:
    """Register a program that acts for the people who let it in."""
    return Program.objects.create(
        **{
            "name": name,
            "client_type": "confidential",
            "authorization_grant_type": "authorization-code",
            "redirect_uris": "https://shop.example/back",
            "allowed_scopes": SCOPES,
            **fields,
        }
    )


def machine(*roles: str) -> Program:
    """Register a program that acts by itself, with an account of its own that has these roles."""
    return program_of(
        "Machine",
        user=program_account(*roles),
        authorization_grant_type="client-credentials",
        redirect_uris="",
    )


@pytest.fixture
def program(db: None) -> Program:
    """Acts for Clara, who may see tickets, assets and wallets."""
    return program_of()


type Subscribe = Callable[..., Subscription]


@pytest.fixture
def subscribe(receiver: Receiver, program: Program, clara: User) -> Subscribe:
    """Subscribe Clara’s program to events at the receiver."""

    def subscribed(*events: str, **options: Any) -> Subscription:
        return services.subscribe(
            **{
                "program": program,
                "person": clara,
                "url": receiver.url,
                "events": events or ["wallet.frozen"],
                "actor": clara,
                **options,
            }
        )

    return subscribed


def message(subscription: Subscription, event: str = "wallet.frozen", **fields: Any) -> Message:
    """Write a message that nobody has sent yet, about nothing that exists unless the test says."""
    return Message.objects.create(
        **{
            "subscription": subscription,
            "webhook_id": f"msg_{Message.objects.count()}",
            "event": event,
            "body": "{}",
            **fields,
        }
    )


def happen(deed: str, target: Wallet | Ticket | Any, *, actor: User, **options: Any) -> None:
    """Let the audit log hear of a deed, as services do."""
    audit.record(deed, actor=actor, target=target, **options)
