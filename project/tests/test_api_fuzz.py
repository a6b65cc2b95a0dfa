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

from apps.api.v1 import api as v1
from apps.programs import tokens
from apps.programs.scopes import SCOPES
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
    return tokens.issue(program(rate_limit=10**6), person=person, scopes=tuple(SCOPES))


@pytest.mark.parametrize("label", OPERATIONS)
def test_no_request_surprises_the_api(label: str, token: str) -> None:
    send(label, {"Authorization": f"Bearer {token}"}, count=25)


@pytest.mark.parametrize("label", [label for label in OPERATIONS if "/problems" not in label])
def test_without_a_token_every_request_is_refused(label: str) -> None:
    statuses = send(label, {}, count=3)

    assert statuses <= {401}


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
        try:
            answer = case.call(base_url="http://testserver", headers=headers)
            statuses.add(answer.status_code)
            case.validate_response(answer, checks=held)
        finally:
            transaction.savepoint_rollback(mark)

    each()
    return statuses
