"""The document: complete, valid, with an example for everything, and names that never change."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.utils import timezone
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # no stubs
from openapi_spec_validator import OpenAPIV31SpecValidator

from apps.api.v1 import api
from apps.audit.models import AuditEvent
from apps.webhooks.catalogue import BY_NAME, CATALOGUE
from apps.webhooks.outbox import body_of

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILURES = ("4", "5")


@pytest.fixture(scope="module")
def document() -> Any:
    """Return the document as programs get it."""
    return json.loads(json.dumps(api.get_openapi_schema()))


def operations(document: Any) -> "Iterator[tuple[str, dict[str, Any]]]":
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_it_is_valid(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_names_of_operations_never_change(document: Any) -> None:
    known = (Path(__file__).parent / "operations.txt").read_text(encoding="utf-8").split()

    assert sorted(one["operationId"] for _name, one in operations(document)) == known
    assert len(known) == len(set(known))


def test_every_operation_is_described(document: Any) -> None:
    described = {tag["name"] for tag in document["tags"] if tag["description"]}
    for name, operation in operations(document):
        assert operation["summary"], name
        assert set(operation["tags"]) <= described, name
        for parameter in operation.get("parameters", ()):
            assert parameter.get("description"), (name, parameter["name"])
            assert {"type", "anyOf", "enum", "const", "$ref"} & parameter["schema"].keys(), name


def test_every_body_and_answer_has_an_example_that_fits(document: Any) -> None:
    for name, operation in operations(document):
        for where in (operation.get("requestBody", {}), *operation["responses"].values()):
            for kind, media in where.get("content", {}).items():
                if kind not in {"application/json", "application/problem+json"}:
                    continue
                schema = {**media["schema"], "components": document["components"]}
                faults = list(Draft202012Validator(schema).iter_errors(media["example"]))
                assert not faults, (name, kind, faults[0].message)


def test_every_failure_is_a_problem_with_its_headers(document: Any) -> None:
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            assert "X-Request-Id" in answer["headers"], name
            if status.startswith(FAILURES):
                (media,) = answer["content"].items()
                assert media[0] == "application/problem+json", (name, status)
                assert media[1]["example"]["status"] == int(status), (name, status)


def test_every_property_says_its_type(document: Any) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert schema.get("description") or name.startswith(("Page_", "Input")), name
        for field, part in schema.get("properties", {}).items():
            assert {"type", "anyOf", "allOf", "$ref", "enum", "const"} & part.keys(), (name, field)


def test_what_webhooks_deliver_is_described(document: Any) -> None:
    message = document["components"]["schemas"]["WebhookMessage"]

    assert list(document["webhooks"]) == [event.name for event in CATALOGUE]
    Draft202012Validator(message).validate(message["examples"][0])
    deed = AuditEvent(target_id="12", before={}, after={"status": "approved"}, request_id=uuid4())
    told = json.loads(body_of(BY_NAME["ticket.approved"], deed, now=timezone.now()))
    Draft202012Validator(message).validate(told)
    assert told["data"].keys() == message["properties"]["data"]["properties"].keys()


def test_every_operation_says_its_scope(document: Any) -> None:
    flows = document["components"]["securitySchemes"]["OAuth"]["flows"]
    for name, operation in operations(document):
        for need in operation["security"]:
            (scope,) = need["OAuth"]
            assert scope in flows["authorizationCode"]["scopes"], name
        assert operation["security"] or "problems" in operation["tags"], name
