"""Signs a program in, and raises what the API refuses.

    client = AuthenticatedClient(
        "https://assets.example.com", token="", httpx_args=signed_in(url, program, secret, scopes)
    )

The token is asked for when the first request needs it, and anew when it has expired.
"""

import threading
import time
import uuid
from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from urllib.parse import quote_plus

import httpx

_EARLY = 30
_UNAUTHORIZED = 401
_PASSING = {429, 502, 503, 504}


@dataclass(frozen=True)
class Fault:
    """What is wrong with one field of a request, and what to do about it."""

    field: str
    message: str
    pointer: str | None
    """Its place in the JSON of the body (RFC 6901); None when it is not in the body."""


class Refused(Exception):
    """The API refused a request: what `problem` says (RFC 9457), for people and programs."""

    def __init__(self, response: httpx.Response) -> None:
        """Keep the problem, or what stands for it when a proxy has answered."""
        content_type = response.headers.get("Content-Type", "")
        plain: dict[str, Any] = {
            "title": response.reason_phrase,
            "status": response.status_code,
            "errors": [],
        }
        self.problem = response.json() if "json" in content_type else plain
        self.status = response.status_code
        self.retry_after = int(response.headers.get("Retry-After", "0"))
        self.faults = [
            Fault(fault["field"], fault["message"], fault.get("pointer"))
            for fault in self.problem.get("errors", [])
        ]
        faults = [f"{fault.field}: {fault.message}" for fault in self.faults]
        # The token endpoint speaks as RFC 6749 has it.
        said = self.problem.get("detail") or self.problem.get("error") or response.reason_phrase
        super().__init__(" ".join([f"{self.status} {said}", *faults]))

    @property
    def name(self) -> str:
        """The name of the kind of problem, such as `wallets.insufficient-funds`."""
        return str(self.problem.get("type", "about:blank")).rpartition("/")[2]

    @property
    def request_id(self) -> str:
        """Under which the audit log of Assets keeps the request; empty when a proxy answered."""
        return str(self.problem.get("request_id", ""))

    @property
    def facts(self) -> dict[str, Any]:
        """What the sentence of the problem names, by name."""
        return dict(self.problem.get("facts", {}))

    @property
    def is_passing(self) -> bool:
        """Whether the same request may be let in a little later."""
        return self.status in _PASSING or self.name == "api.key-in-use"


class ClientCredentials(httpx.Auth):
    """Adds an access token that the program gets for itself, and renews it in time."""

    requires_response_body = True

    def __init__(self, url: str, program: str, secret: str, scopes: Collection[str]) -> None:
        """Keep who the program is and what it wants to do."""
        shown = httpx.BasicAuth(quote_plus(program), quote_plus(secret))
        self._request = httpx.Request(
            "POST",
            f"{url.rstrip('/')}/oauth/token/",
            data={"grant_type": "client_credentials", "scope": " ".join(scopes)},
            headers={"Authorization": shown._auth_header},  # noqa: SLF001
        )
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Send the request with a token; once more with a new one when it was refused."""
        if time.monotonic() > self._until:
            self._keep((yield self._request))
        request.headers["Authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code == _UNAUTHORIZED:
            self._keep((yield self._request))
            request.headers["Authorization"] = f"Bearer {self._token}"
            response = yield request
        if response.status_code == _UNAUTHORIZED:
            raise Refused(response)

    def _keep(self, response: httpx.Response) -> None:
        if response.is_error:
            raise Refused(response)
        told = response.json()
        with self._lock:
            self._token = told["access_token"]
            self._until = time.monotonic() + told["expires_in"] - _EARLY


def signed_in(url: str, program: str, secret: str, scopes: Collection[str]) -> dict[str, Any]:
    """Return the `httpx_args` of a client that acts as the program by itself."""
    return {
        "auth": ClientCredentials(url, program, secret, scopes),
        "event_hooks": {"response": [raise_refusals]},
    }


def raise_refusals(response: httpx.Response) -> None:
    """Raise `Refused` when the API did not do what it was asked for."""
    if response.is_error and response.status_code != _UNAUTHORIZED:
        response.read()
        raise Refused(response)


def new_key() -> str:
    """Return an idempotency key: keep it, and send the deed again with the same one."""
    return str(uuid.uuid4())


def sure[T](answer: T | None) -> T:
    """Return the answer of an operation, which is there unless the API broke its own document."""
    assert answer is not None, "the API answered with a status that its document does not know"
    return answer


def patiently[T](
    ask: Callable[[], T | None], *, tries: int = 5, wait: Callable[[float], None] = time.sleep
) -> T:
    """Return what `ask` returns; ask again when the line broke, or the API is busy.

    A deed is done once all the same when `ask` sends the same idempotency key each time:

        key = new_key()
        patiently(lambda: submit_ticket.sync(7, client=client, body=body, idempotency_key=key))

    Waits 1, 2, 4 … seconds in between, or as long as the API says.

    Raises:
        Refused, httpx.TransportError: what came of the last try, or a refusal that stays.
    """
    for number in range(tries):
        try:
            return sure(ask())
        except httpx.TransportError:
            if number + 1 == tries:
                raise
            pause = 0
        except Refused as why:
            if number + 1 == tries or not why.is_passing:
                raise
            pause = why.retry_after
        wait(max(pause, 2**number))
    raise AssertionError("asked less than once")


class _Page[T](Protocol):
    items: list[T]
    next_: str | None


def every[T](operation: Callable[..., _Page[T] | None], **options: Any) -> Iterator[T]:
    """Yield the things of all pages of a list."""
    cursor: str | None = ""
    while cursor is not None:
        page = patiently(partial(operation, **options, cursor=cursor))
        yield from page.items
        cursor = page.next_
