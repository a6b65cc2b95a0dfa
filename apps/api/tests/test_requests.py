"""What is read of a request, and what every request may go wrong in."""

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

if TYPE_CHECKING:
    from pytest_django import Settings

    from apps.accounts.models import User
    from project.testing.api import ApiClient, MakeApi

pytestmark = [pytest.mark.django_db, pytest.mark.urls("apps.api.tests.sample")]

DEEP = json.loads("[" * 40 + "]" * 40)


def send(client: "ApiClient", body: bytes, kind: str = "application/json", key: str = "k") -> Any:
    return client.client.post(
        "/api/v1/things",
        body,
        content_type=kind,
        headers={"authorization": f"Bearer {client.token}", "idempotency-key": key},
    )


def only_error(answer: Any) -> tuple[str, str]:
    assert answer.status_code == 422, answer.content
    (error,) = answer.json()["errors"]
    return error["field"], error["message"]


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"text": "longer"}, "text", "Send at most 5 characters."),
        ({"text": 5}, "text", "Send a text."),
        ({"text": None}, "text", "Send a text."),
        ({"code": "ab"}, "code", "Send a text of the form ^[A-Z]{2}$."),
        ({"count": 0}, "count", "Send 1 or more."),
        ({"count": "1"}, "count", "Send a whole number."),
        ({"count": 1.5}, "count", "Send a whole number."),
        ({"count": True}, "count", "Send a whole number."),
        ({"count": 2**63}, "count", "Send a number between ±9223372036854775807."),
        ({"count": 10**40}, "count", "Send a number between ±9223372036854775807."),
        ({"share": 1}, "share", "Send less than 1."),
        ({"share": "much"}, "share", "Send a number."),
        ({"is_on": "perhaps"}, "is_on", "Send true or false."),
        ({"is_on": []}, "is_on", "Send true or false."),
        ({"kind": "three"}, "kind", "Send one of 'one' or 'two'."),
        ({"moment": "soon"}, "moment", "Send a moment as ISO 8601 with its offset: "),
        ({"moment": []}, "moment", "Send a moment as ISO 8601 with its offset: "),
        ({"moment": "2026-11-26T09:00:00"}, "moment", "Add the offset to the moment: "),
        ({"moment": "9999-12-31T23:59:59-12:00"}, "moment", "Send a day from 1900-01-01 to "),
        ({"moment": "0001-01-01T00:00:00+14:00"}, "moment", "Send a day from 1900-01-01 to "),
        ({"day": "2026-02-30"}, "day", "Send a day as ISO 8601: 2026-11-26."),
        ({"day": "9999-12-31"}, "day", "Send a day from 1900-01-01 to 2199-12-31."),
        ({"day": []}, "day", "Send a day as ISO 8601: 2026-11-26."),
        ({"uuid": "x"}, "uuid", "Send a UUID, such as 8f14e45f-ceea-467f-9a9e-0f3e5b2c7d11."),
        ({"uuid": 7}, "uuid", "Send a UUID, such as 8f14e45f-ceea-467f-9a9e-0f3e5b2c7d11."),
        ({"amount": 5}, "amount", "Send an object."),
        ({"amount": {"amount": 5}}, "amount.currency", "This is missing. Add it."),
        ({"parts": {}}, "parts", "Send a list."),
        ({"parts": [{"size": 1}] * 3}, "parts", "Send at most 2."),
        ({"parts": [{"size": 1}, {"size": 0}]}, "parts[1].size", "Send more than 0."),
        ({"parts": [{"size": 11}]}, "parts[0].size", "Send 10 or less."),
        ({"tags": ["ok", "x"]}, "tags[1]", "Send at least 2 characters."),
        ({"colour": "red"}, "colour", "There is no such field here. Leave it out."),
        ({"amount": {"amount": 1, "currency": "EUR", "x": 1}}, "amount.x", "There is no such "),
        ({"free": {"a": ["\0"]}}, "free.a[0]", "Send a text without the character NUL."),
        ({"free": {"\0": 1}}, "free", "Send a text without the character NUL."),
        ({"free": {"a": "\ud800"}}, "free.a", "Send whole characters: "),
        ({"text": "\ud800"}, "text", "Leave out control characters."),
        ({"text": "a\0"}, "text", "Leave out control characters."),
        ({"free": []}, "free", "Send an object."),
        ({"free": {"a": 2**64}}, "free.a", "Send a number between "),
        ([], "body", "Send an object."),
        ("text", "body", "Send an object."),
        (None, "body", "Send an object."),
    ],
)
def test_each_fault_names_its_field_and_the_fix(
    api: "MakeApi", boris: "User", body: object, field: str, message: str
) -> None:
    answer = send(api(boris), json.dumps(body).encode())

    found, said = only_error(answer)
    assert found == field
    assert said.startswith(message)
    assert answer.json()["type"].endswith("/api.fields-refused")


def test_a_body_that_is_nested_too_deeply_is_refused(api: "MakeApi", boris: "User") -> None:
    answer = send(api(boris), json.dumps({"free": {"a": DEEP}}).encode())
    deeper = send(api(boris), b"[" * 200_000)

    assert only_error(answer)[1] == "This is nested too deeply. Send at most 20 levels."
    assert deeper.status_code == 400


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{", "no JSON in line 1, column 2"),
        (b"\xff\xfe{}", "no UTF-8 at byte 0"),
        ('{"text": "é"}'.encode("utf-16"), "no UTF-8 at byte 0"),
        (b'{"share": NaN}', "NaN is no number of JSON"),
        (b'{"share": -Infinity}', "-Infinity is no number of JSON"),
        (b'{"text": "a", "text": "b"}', "“text” comes twice in one object"),
        (b'{"count": ' + b"9" * 5000 + b"}", "a number that is too long"),
        (b'{"text": "\x00"}', "no JSON in line 1"),
    ],
)
def test_a_body_that_is_no_json_is_malformed(
    api: "MakeApi", boris: "User", body: bytes, why: str
) -> None:
    answer = send(api(boris), body)

    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/api.malformed-request")
    assert why in answer.json()["detail"]


def test_a_body_that_is_missing_is_named(api: "MakeApi", boris: "User") -> None:
    assert only_error(send(api(boris), b"")) == ("body", "This is missing. Add it.")


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", ""],
)
def test_a_body_of_another_kind_is_not_read(api: "MakeApi", boris: "User", kind: str) -> None:
    answer = send(api(boris), b"{}", kind)

    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"]
    utf8 = send(api(boris), b"{}", "application/json; charset=UTF-8")
    assert utf8.status_code == 201


def test_files_come_as_a_form(api: "MakeApi", boris: "User") -> None:
    client = api(boris)
    file = SimpleUploadedFile("a.txt", b"abc")

    assert client.upload("/files", {"file": file, "title": "A"}).json() == {"id": 3, "name": "A"}
    assert client.post("/files", {"title": "A"}).status_code == 415
    assert only_error(client.upload("/files", {"title": "A"}))[0] == "file"
    file.seek(0)
    assert only_error(client.upload("/files", {"file": file, "title": "\0"}))[0] == "title"


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=\xe9"])
def test_a_form_that_is_none_is_malformed(api: "MakeApi", boris: "User", kind: str) -> None:
    client = api(boris)
    answer = client.client.post(
        "/api/v1/files",
        b"x",
        content_type=kind,
        headers={"authorization": f"Bearer {client.token}", "idempotency-key": "k"},
    )

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_what_is_too_large_is_refused(api: "MakeApi", boris: "User", settings: "Settings") -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 5

    long = send(api(boris), json.dumps({"text": "x" * 200}).encode())
    many = api(boris).get("/things?" + "&".join(f"a{n}=1" for n in range(9)))

    assert (long.status_code, many.status_code) == (413, 413)
    assert long.json()["detail"] == "The body is too large. Send less at a time."


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("colour=red", "colour", "There is no such parameter here. Leave it out; known are: "),
        ("name=a&name=b", "name", "This comes 2 times. Send it once."),
        ("name=%00", "name", "Leave out control characters."),
        ("limit=x", "limit", "Send a whole number."),
        ("limit=" + "9" * 5000, "limit", "Send a whole number"),
        ("on=9999-12-31", "on", "Send a day from "),
        ("on=x", "on", "Send a day as ISO 8601: 2026-11-26."),
        ("expand=roles&expand=x", "expand[1]", "Send one of 'roles'."),
    ],
)
def test_each_parameter_is_known_once_and_in_order(
    api: "MakeApi", boris: "User", query: str, field: str, message: str
) -> None:
    found, said = only_error(api(boris).get(f"/things?{query}"))

    assert found == field
    assert said.startswith(message)


def test_a_list_may_come_twice_and_bytes_that_are_no_text_harm_nothing(
    api: "MakeApi", boris: "User"
) -> None:
    assert api(boris).get("/things?expand=roles&expand=roles").status_code == 200
    assert api(boris).get("/things?name=%ff%fe").status_code == 200
    assert api(boris).get("/%ff%fe").status_code == 404
    assert api(boris).get("/things/%ff").status_code == 422
    assert api(boris).get("/%00").status_code == 404


@pytest.mark.parametrize("key", ["x", "1.5", "0", "-1", "9" * 30, "9" * 5000, "%00", "1%00"])
def test_a_number_in_a_path_is_one(api: "MakeApi", boris: "User", key: str) -> None:
    assert only_error(api(boris).get(f"/things/{key}"))[0] == "thing_id"
    assert api(boris).get("/things/9223372036854775807").status_code == 404


def test_our_mistakes_are_ours_and_say_no_more(
    api: "MakeApi", boris: "User", caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="apps.api.refusing"):
        answer = api(boris).get("/broken")

    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"
    assert "4711" not in answer.content.decode()
    assert answer.json()["request_id"] == answer["X-Request-Id"]
    record = next(record for record in caplog.records if record.name == "apps.api.refusing")
    assert "GET /api/v1/broken failed" in record.getMessage()
    assert "4711" in str(record.exc_info)


def test_answers_are_json_whatever_is_accepted(api: "MakeApi", boris: "User") -> None:
    answer = api(boris).get("/things", accept="text/html")
    refused = api(boris).get("/things", {"x": 1}, accept="text/html")

    assert answer["Content-Type"] == "application/json"
    assert refused["Content-Type"] == "application/problem+json"


def test_the_head_of_an_answer_can_be_asked_for(api: "MakeApi", boris: "User") -> None:
    client = api(boris)
    whole = client.get("/things")

    head = client.client.head("/api/v1/things", headers={"authorization": f"Bearer {client.token}"})

    assert (head.status_code, head.content) == (200, b"")
    assert head["ETag"] == whole["ETag"]
    assert Client().head("/api/v1/things").status_code == 401


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PUT", "DELETE", "PROPFIND"])
def test_a_method_that_is_none_of_it_is_refused(client: Client, method: str) -> None:
    answer = client.generic(method, "/api/v1/things")

    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD, POST"
    assert answer["Content-Type"] == "application/problem+json"


def test_each_request_has_an_id_of_its_own(api: "MakeApi", boris: "User") -> None:
    client = api(boris)

    first, second = (client.get("/things", x_request_id="mine") for _ in range(2))

    assert len({first["X-Request-Id"], second["X-Request-Id"], "mine"}) == 3


def test_a_cookie_opens_nothing_and_none_is_set(
    api: "MakeApi", boris: "User", client: Client
) -> None:
    client.force_login(boris)

    assert client.get("/api/v1/things").status_code == 401
    posted = client.post("/api/v1/things", {}, content_type="application/json")
    assert posted.status_code == 401
    assert not api(boris).get("/things").cookies


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a b", "Bearer \xe9", "Bearer a.b.c"]
)
def test_what_is_no_token_opens_nothing(client: Client, header: str) -> None:
    answer = client.get("/api/v1/things", headers={"authorization": header})

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith('Bearer realm="Assets"')


def test_an_old_sign_in_is_not_recent_enough(
    api: "MakeApi", boris: "User", monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta  # noqa: PLC0415

    from django.utils import timezone  # noqa: PLC0415

    from apps.audit.models import AuditEvent, Outcome  # noqa: PLC0415

    client = api(boris)
    assert client.post("/danger").status_code == 200
    later = timezone.now() + timedelta(minutes=6)
    monkeypatch.setattr("apps.accounts.step_up.timezone.now", lambda: later)

    answer = client.post("/danger")

    assert answer.status_code == 401
    challenge = answer["WWW-Authenticate"]
    assert challenge.startswith('Bearer realm="Assets", error="insufficient_user_authentication"')
    assert challenge.endswith("max_age=300")
    assert answer.json()["type"].endswith("/common.recent-sign-in-needed")
    assert answer.json()["facts"]["max_age"] == 300
    assert AuditEvent.objects.get(outcome=Outcome.DENIED).actor == boris
