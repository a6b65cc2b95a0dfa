"""Refusals name the field and its place in the body, whoever refuses."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from apps.api import fields, problems
from apps.api.errors import KEY_HEADER
from apps.api.v1 import api as v1

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.tickets.tests.conftest import Desk
    from project.testing.api import MakeApi
    from project.testing.make import Make

pytestmark = pytest.mark.django_db


def faults(answer: Any) -> list[tuple[str, str | None]]:
    """Return the fields of a refusal with their pointers."""
    assert answer.status_code >= 400, answer.content
    return [(fault["field"], fault["pointer"]) for fault in answer.json()["errors"]]


def test_a_place_in_the_body_is_a_pointer_too(api: "MakeApi", desk: "Desk", clara: "User") -> None:
    clerk = api(clara, "tickets:desk", "tickets:read")
    path = f"/tickets/{desk.draft().pk}"
    line = {"line": 1, "condition": "shiny"}

    answer = clerk.upload(f"{path}/take-back", {"body": json.dumps({"lines": [line], "a/b~": 1})})

    assert faults(answer) == [
        ("lines[0].condition", "#/lines/0/condition"),
        ("a/b~", "#/a~1b~0"),
    ]


def test_parameters_headers_and_files_have_no_place_in_the_body(
    api: "MakeApi", desk: "Desk", clara: "User"
) -> None:
    clerk = api(clara, "tickets:desk", "tickets:read", "tickets:write")
    path = f"/tickets/{desk.draft().pk}"

    assert faults(clerk.get("/tickets", {"limit": 0})) == [("limit", None)]
    assert faults(clerk.get("/tickets", {"cursor": "?"})) == [("cursor", None)]
    assert faults(clerk.post("/tickets/0/submit", {})) == [("ticket_id", None)]
    assert faults(clerk.post(f"{path}/submit?fast=1", {})) == [("fast", None)]
    assert faults(clerk.post(f"{path}/submit", {}, key="k" * 300)) == [(KEY_HEADER, None)]
    assert faults(clerk.upload(f"{path}/inspect", {"a": "1"})) == [("body", None)]


def test_a_rule_of_a_service_names_the_field_that_was_sent(
    api: "MakeApi", make: "Make", walt: "User", boris: "User"
) -> None:
    wallet = make.wallet(boris, balance=100)
    clerk = api(walt, "holds:write", "wallets:read")
    body = {"wallet": wallet.pk, "amount": {"amount": 500, "currency": "USD"}, "reason": "Key"}

    assert faults(clerk.post("/holds", body)) == [("amount", "#/amount")]
    body["amount"] = {"amount": 5, "currency": "EUR"}
    assert faults(clerk.post("/holds", body)) == [("amount", "#/amount")]
    assert faults(clerk.post("/holds", {**body, "wallet": 10**6})) == [("wallet", "#/wallet")]


def test_what_was_read_before_names_its_version(
    api: "MakeApi", desk: "Desk", clara: "User"
) -> None:
    ticket = desk.draft()

    answer = api(clara, "tickets:write").post(f"/tickets/{ticket.pk}/submit", {"seen_version": 99})

    assert answer.status_code == 409
    assert faults(answer) == [("seen_version", "#/seen_version")]


def test_every_name_of_the_tables_is_one_of_the_document() -> None:
    document = v1.get_openapi_schema()
    schemas = document["components"]["schemas"].values()
    known = {KEY_HEADER, *(name for schema in schemas for name in schema.get("properties", ()))}
    known |= _parts(document) | {
        parameter["name"]
        for path in document["paths"].values()
        for operation in path.values()
        for parameter in operation.get("parameters", ())
    }

    names = {problems.name_of(kind) for kind in problems.kinds()}
    assert fields.MISSING.keys() | fields.SENT.keys() <= names
    named = {*fields.MISSING.values(), *(name for names in fields.SENT.values() for name in names)}
    assert named <= known
    assert _parts(document) == {*fields.UPLOADS, "body", "note"}


def _parts(document: Any) -> set[str]:
    """Return the names of the parts of all forms."""
    return {
        name
        for path in document["paths"].values()
        for operation in path.values()
        for kind, media in operation.get("requestBody", {}).get("content", {}).items()
        if kind == "multipart/form-data"
        for name in media["schema"]["properties"]
    }
