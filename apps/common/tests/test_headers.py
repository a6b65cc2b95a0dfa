"""What every answer tells the browser to refuse."""

from typing import Any

import pytest
from csp.constants import HEADER
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from apps.accounts.models import User
from apps.common.headers import FILE_POLICY, HeadersMiddleware, PolicyMiddleware

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": settings.PERMISSIONS_POLICY,
}


def directives(response: HttpResponse) -> dict[str, str]:
    """Return the policy of an answer, by directive."""
    parts = (part.strip().partition(" ") for part in response[HEADER].split(";"))
    return {name: value for name, _, value in parts}


def answered(path: str, view: HttpResponse) -> HttpResponse:
    """Return a view's answer as it leaves both layers."""

    def answer(_request: HttpRequest) -> HttpResponse:
        return view

    policed: Any = PolicyMiddleware(answer)
    layers = HeadersMiddleware(policed)
    response = layers(RequestFactory().get(path))
    assert isinstance(response, HttpResponse)
    return response


@pytest.mark.parametrize(
    "path", ["/admin/login/", "/admin/", "/admin/nowhere/", "/nowhere", "/api/v1/nowhere", "/"]
)
def test_every_kind_of_answer_has_the_headers(db: None, path: str) -> None:
    response = Client().get(path)

    assert {name: response.headers.get(name) for name in ALWAYS} == ALWAYS
    kept = response["Cache-Control"]
    assert "no-store" in kept
    for name in ("base-uri", "frame-ancestors"):
        assert directives(response)[name] == "'none'"  # type: ignore[arg-type]  # the test client's


def test_pages_of_the_office_run_scripts_of_their_own_only() -> None:
    policy = directives(answered("/admin/", HttpResponse()))

    assert policy["script-src"] == "'self' 'unsafe-eval'"
    assert policy["style-src"] == "'self' 'unsafe-inline'"
    assert policy["object-src"] == "'none'"
    assert policy["form-action"].split()[0] == "'self'"


@pytest.mark.parametrize("path", ["/api/v1/wallets", "/healthz", "/.well-known/jwks.json", "/x"])
def test_what_is_no_page_may_do_nothing(path: str) -> None:
    policy = directives(answered(path, HttpResponse()))

    assert policy == dict.fromkeys(
        ("default-src", "base-uri", "form-action", "frame-ancestors"), "'none'"
    )


def test_only_pages_that_unfold_draws_may_evaluate() -> None:
    may = [
        start
        for start, policy in settings.CONTENT_SECURITY_POLICIES.items()
        if "'unsafe-eval'" in policy.get("script-src", ())
    ]

    assert may == ["/admin/", "/accounts/", "/oauth/"]
    for policy in settings.CONTENT_SECURITY_POLICIES.values():
        assert "'unsafe-inline'" not in policy.get("script-src", ())


def test_a_view_adds_to_the_policy_of_its_path() -> None:
    consent = HttpResponse()
    consent._csp_update = {"form-action": ["https://program.example"]}  # type: ignore[attr-defined]

    policy = directives(answered("/oauth/authorize/", consent))

    assert policy["form-action"] == "'self' https://program.example"
    assert policy["script-src"] == "'self' 'unsafe-eval'"


@pytest.mark.parametrize("disposition", ['attachment; filename="a.pdf"', "inline"])
def test_a_file_is_shut_in_wherever_it_comes_from(disposition: str) -> None:
    response = answered("/admin/x/", HttpResponse(headers={"Content-Disposition": disposition}))

    assert response[HEADER] == FILE_POLICY == "sandbox; default-src 'none'"


def test_what_a_view_says_about_keeping_stays() -> None:
    response = answered("/admin/x/", HttpResponse(headers={"Cache-Control": "max-age=5"}))

    assert response["Cache-Control"] == "max-age=5"


def test_a_private_page_is_kept_nowhere(db: None) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("root@example.com", display_name="Root"))

    assert "no-store" in client.get("/admin/")["Cache-Control"]
