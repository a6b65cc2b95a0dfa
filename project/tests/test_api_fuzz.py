"""Requests that nobody would send, to every operation: no 5xx, and nothing undocumented.

Schemathesis makes them from the OpenAPI document, with a token of somebody who may do everything,
and without any. What a request did is undone before the next.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.checks import CHECKS, load_all_checks

from apps.api.quotas import Quota
from apps.api.v1 import api as v1
from apps.programs import tokens
from apps.programs.scopes import SCOPES
from project import demo
from project.testing import cast
from project.testing.api import program
from project.wsgi import application

pytestmark = pytest.mark.django_db

load_all_checks()
HELD = [
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_headers_conformance", "response_schema_conformance", "unsupported_method"),
]
SCHEMA: Any = schemathesis.openapi.from_dict(v1.get_openapi_schema())
SCHEMA.app = application
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}
_ROLES = ("Lending clerk", "Lending approver", "Wallet clerk", "Finance controller", "Auditor")


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """Keep the connection of the test, which Django would close after each request."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def token(db: None) -> str:
    """Return a token of somebody who may do nearly everything."""
    person = cast.person("Omar", *_ROLES)
    return tokens.issue(program(), person=person, scopes=tuple(SCOPES))


def test_no_request_surprises_the_api(
    token: str, broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Quota, "refuse_more", lambda _quota: None)
    demo.load()
    for label in OPERATIONS:
        send(label, {"Authorization": f"Bearer {token}"}, count=12)


def test_without_a_token_every_request_is_refused() -> None:
    for label in OPERATIONS:
        if "/problems" not in label:
            assert send(label, {}, count=2) <= {401}, label


def send(label: str, headers: dict[str, str], *, count: int) -> set[int]:
    """Send so many made-up requests to the operation, and return the statuses of the answers."""
    statuses: set[int] = set()
    held: Any = [CHECKS.get_one(name) for name in HELD]

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=OPERATIONS[label].as_strategy())
    def each(case: Case[Any]) -> None:
        mark = transaction.savepoint()
        _name_what_there_is(case)
        try:
            answer = case.call(base_url="http://testserver", headers=headers)
            statuses.add(answer.status_code)
            case.validate_response(answer, checks=held)
        finally:
            transaction.savepoint_rollback(mark)

    each()
    return statuses


def _name_what_there_is(case: Case[Any]) -> None:
    """Let every other request be about things that the office has: the first of their kind."""
    if (case.path_parameters or {}) and len(str(case.query)) % 2 == 0:
        for name in case.path_parameters:
            if name.endswith("_id"):
                case.path_parameters[name] = 1
