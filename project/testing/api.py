"""A program of the tests: sends requests to the API with a token, as a program would.

    api(boris, "tickets:read").get("/tickets")

Paths begin after `/api/v1`. Every POST carries a new Idempotency-Key unless it names one.
"""

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from django.test import Client
from django.utils import timezone

from apps.programs import tokens
from apps.programs.models import Program
from apps.programs.scopes import SCOPES
from project.testing import programs

if TYPE_CHECKING:
    from apps.accounts.models import User

ROOT = "/api/v1"


@dataclass
class ApiClient:
    """Sends requests with one token."""

    token: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def get(self, path: str, query: Any = None, **headers: str) -> Any:
        """Return the answer to a GET."""
        return self.client.get(f"{ROOT}{path}", query, headers=self._headers(headers))

    def post(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Any:
        """Return the answer to a POST of JSON."""
        headers = {"idempotency-key": uuid.uuid4().hex if key is None else key, **headers}
        return self._send("post", path, body, headers)

    def upload(self, path: str, data: Any, **headers: str) -> Any:
        """Return the answer to a POST of a form with files."""
        headers = {"idempotency-key": uuid.uuid4().hex, **headers}
        return self.client.post(f"{ROOT}{path}", data, headers=self._headers(headers))

    def patch(self, path: str, body: Any = None, *, tag: str = "", **headers: str) -> Any:
        """Return the answer to a PATCH, with `tag` in If-Match unless it is empty."""
        return self._send("patch", path, body, {"if-match": tag, **headers})

    def delete(self, path: str, *, tag: str = "", **headers: str) -> Any:
        """Return the answer to a DELETE, with `tag` in If-Match unless it is empty."""
        return self._send("delete", path, None, {"if-match": tag, **headers})

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        send = getattr(self.client, method)
        content = {} if body is None else {"data": body, "content_type": "application/json"}
        return send(f"{ROOT}{path}", headers=self._headers(headers), **content)

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items() if value}
        return {"authorization": f"Bearer {self.token}", **named} if self.token else named


class MakeApi(Protocol):
    """Makes a client of the API for a person."""

    def __call__(self, person: "User", *scopes: str) -> ApiClient:
        """Return a client with these scopes; with all when none is named."""
        ...


def program(**fields: Any) -> Program:
    """Make a program that people may let in, with every scope."""
    return programs.program(**{"name": "Shop", "allowed_scopes": list(SCOPES), **fields})


@pytest.fixture
def api(db: None) -> MakeApi:
    """Make clients of one program, for people who have just signed in and let it."""
    made: list[Program] = []

    def make(person: "User", *scopes: str) -> ApiClient:
        if not made:
            made.append(program())
        token = tokens.issue(
            made[0],
            person=person,
            scopes=scopes or tuple(SCOPES),
            authenticated_at=timezone.now(),
        )
        return ApiClient(token)

    return make
