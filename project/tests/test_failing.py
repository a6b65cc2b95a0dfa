"""The pages about failures: in words, with the request id, and with nothing that may be down."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.test import Client
from django.urls import path

from project import failing, urls
from project.failing import FAILURES

TEMPLATE = Path(settings.BASE_DIR) / "deploy" / "nginx" / "assets.conf.template"

handler400, handler403, handler404 = urls.handler400, urls.handler403, urls.handler404
handler429, handler500 = urls.handler429, urls.handler500


def raises(error: Exception) -> Callable[[HttpRequest], HttpResponse]:
    def view(_request: HttpRequest) -> HttpResponse:
        raise error

    return view


urlpatterns = [
    path("admin/bad/", raises(BadRequest("x"))),
    path("admin/denied/", raises(PermissionDenied("a secret reason"))),
    path("admin/large/", raises(RequestDataTooBig())),
    path("admin/often/", failing.too_often),
    path("admin/broken/", raises(ZeroDivisionError("a secret detail"))),
    path("oauth/token/", raises(ZeroDivisionError("a secret detail"))),
    path("admin/post/", lambda _request: HttpResponseNotAllowed(["POST"])),
    path("admin/words/", lambda _request: HttpResponse("Words of its own", status=403)),
    path("admin/form/", lambda _request: HttpResponse("taken")),
]


@pytest.fixture
def visitor(settings: Any) -> Client:
    """Whom errors are not raised to, as in production."""
    settings.ROOT_URLCONF = __name__
    assert settings.DEBUG is False
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/admin/bad/", 400),
        ("/admin/denied/", 403),
        ("/nowhere", 404),
        ("/admin/post/", 405),
        ("/admin/large/", 413),
        ("/admin/often/", 429),
        ("/admin/broken/", 500),
    ],
)
def test_a_failure_says_what_happened_and_what_to_do(
    visitor: Client, address: str, status: int
) -> None:
    # No mark lets this test have a database.
    answer = visitor.get(address)

    text = answer.content.decode()
    assert answer.status_code == status
    assert f"<h1>{FAILURES[status].title}</h1>" in text
    assert str(FAILURES[status].advice) in text
    assert answer["X-Request-Id"] in text
    assert "secret" not in text
    # Nothing in the page needs more than the policy lets it have.
    assert "<style" not in text
    assert " style=" not in text
    assert re.findall(r"<script(?! src=)", text) == []
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "default-src 'none'" in policy
    assert answer["Cache-Control"] == "no-store"


def test_what_may_be_asked_instead_is_said_beside_the_page(visitor: Client) -> None:
    assert visitor.get("/admin/post/")["Allow"] == "POST"
    assert visitor.get("/admin/words/").content == b"Words of its own"


def test_a_page_needs_no_database_when_there_is_none(visitor: Client) -> None:
    # Without the mark of the database the session of this cookie cannot be read.
    visitor.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32

    answer = visitor.get("/admin/broken/")

    assert answer.status_code == 500
    assert str(FAILURES[500].title) in answer.content.decode()
    assert answer["X-Request-Id"] in answer.content.decode()


def test_the_id_on_the_page_is_the_one_in_the_process_log(
    visitor: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_args: object) -> None:
        message = "the sessions are down"
        raise ConnectionError(message)

    monkeypatch.setattr("apps.audit.middleware.authenticated_at", down)

    answer = visitor.get("/admin/broken/")

    assert answer.status_code == 500
    assert f"failed as request {answer['X-Request-Id']}" in caplog.text
    assert answer["X-Request-Id"] in answer.content.decode()


@pytest.mark.usefixtures("visitor")
def test_a_form_that_is_not_ours_is_explained() -> None:
    strict = Client(enforce_csrf_checks=True)

    answer = strict.post("/admin/form/", {"a": "b"})

    assert answer.status_code == 403
    assert "This form was not taken" in answer.content.decode()
    assert "Go back, reload the page" in answer.content.decode()


@pytest.mark.parametrize(
    ("address", "accept", "status"),
    [
        ("/oauth/token/", "*/*", 500),
        ("/.well-known/nothing", "*/*", 404),
        ("/nowhere", "application/json", 404),
    ],
)
def test_programs_get_a_problem(visitor: Client, address: str, accept: str, status: int) -> None:
    answer = visitor.post(address, headers={"accept": accept})

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    problem = json.loads(answer.content)
    assert (problem["status"], problem["request_id"]) == (status, answer["X-Request-Id"])


@pytest.mark.django_db
def test_the_api_keeps_its_problems(client: Client) -> None:
    answer = client.get("/api/nowhere", headers={"accept": "text/html"})

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_the_proxys_page_has_the_style_that_its_policy_lets_it_have() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")

    (style,) = re.findall(r"<style>(.*?)</style>", text)

    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in text
