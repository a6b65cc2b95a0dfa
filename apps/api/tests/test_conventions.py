"""What every operation keeps: problems, tokens, scopes, quotas, documents."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from apps.api import problems
from apps.api.v1 import api as v1
from apps.audit.models import AuditEvent, Outcome
from apps.programs import tokens

if TYPE_CHECKING:
    from apps.accounts.models import User
    from project.testing.api import MakeApi

pytestmark = pytest.mark.django_db


def test_a_token_tells_who_you_are(api: "MakeApi", clara: "User") -> None:
    answer = api(clara, "me").get("/me")

    assert answer.status_code == 200
    assert answer.json()["roles"] == ["Lending clerk"]
    assert answer.json()["scopes"] == ["me"]
    assert answer["RateLimit-Policy"] == '"program";q=600;w=60'
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Request-Id"]


def test_without_a_token_nothing_opens(client: Client) -> None:
    answer = client.get("/api/v1/me")

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    where = f'resource_metadata="{tokens.metadata_address()}"'
    assert answer["WWW-Authenticate"] == f'Bearer realm="Assets", {where}'
    assert answer.json()["type"].endswith("/api/v1/problems/api.token-missing")
    assert answer.json()["request_id"] == answer["X-Request-Id"]


def test_a_session_opens_nothing(client: Client, clara: "User") -> None:
    client.force_login(clara)

    assert client.get("/api/v1/me").status_code == 401


def test_a_scope_too_few_is_refused_and_audited(api: "MakeApi", clara: "User") -> None:
    answer = api(clara, "tickets:read").get("/me")

    assert answer.status_code == 403
    assert 'error="insufficient_scope", scope="me"' in answer["WWW-Authenticate"]
    denied = AuditEvent.objects.get(outcome=Outcome.DENIED)
    assert (denied.actor, denied.source) == (clara, "api")
    assert str(denied.request_id) == answer["X-Request-Id"]


def test_an_unknown_parameter_is_refused(api: "MakeApi", clara: "User") -> None:
    answer = api(clara, "me").get("/me", {"colour": "red"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "colour"


def test_what_is_known_already_is_not_sent_again(api: "MakeApi", clara: "User") -> None:
    first = api(clara, "me").get("/me")
    again = api(clara, "me").get("/me", if_none_match=first["ETag"])

    assert again.status_code == 304
    assert not again.content


def test_an_address_that_is_none_is_a_problem(client: Client) -> None:
    answer = client.get("/api/v2/me")

    assert answer.status_code == 404
    assert answer.json()["type"].endswith("/problems/api.not-found")


def test_another_method_is_a_problem(client: Client) -> None:
    answer = client.put("/api/v1/me")

    assert answer.status_code == 405
    assert answer.json()["status"] == 405
    assert answer.json()["detail"] == "This address knows GET, HEAD. Send one of these."
    assert answer["Allow"] == "GET, HEAD"


def test_names_of_problems_never_change() -> None:
    known = (Path(__file__).parent / "problem_types.txt").read_text(encoding="utf-8").split()

    assert [problems.name_of(kind) for kind in problems.kinds()] == known
    assert len(known) == len(set(known))


def test_each_type_of_problem_has_its_page(client: Client) -> None:
    for kind in client.get("/api/v1/problems").json()["items"]:
        page = client.get(f"/api/v1/problems/{kind['name']}")
        assert page.json() == kind


def test_the_document_is_for_who_is_signed_in(client: Client, clara: "User") -> None:
    assert client.get("/api/v1/openapi.json").status_code == 401
    client.force_login(clara)

    document = client.get("/api/v1/openapi.json").json()

    assert document == json.loads(json.dumps(v1.get_openapi_schema()))
    assert "cdn" not in client.get("/api/v1/docs").content.decode()
