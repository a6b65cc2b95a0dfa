"""Where a request comes from, whatever it claims."""

import uuid

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from apps.accounts.models import User
from apps.audit.context import Origin, origin
from apps.audit.middleware import AuditMiddleware, client_address
from apps.audit.models import AuditEvent, Source


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "", "10.0.0.1"),
        (0, "6.6.6.6", "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "10.0.0.1"),
        (1, "2001:DB8::1", "2001:db8::1"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "nonsense", None),
        (1, "<script>", None),
    ],
)
def test_a_forged_header_is_not_believed(
    settings: Settings, proxies: int, forwarded: str, address: str | None
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}

    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR="10.0.0.1")

    assert client_address(request) == address


@pytest.mark.parametrize(
    ("path", "source"),
    [("/admin/", Source.ADMIN), ("/", Source.ADMIN), ("/api/v1/tickets", Source.API)],
)
def test_each_request_has_an_origin_of_its_own(path: str, source: Source) -> None:
    seen: list[Origin] = []

    def view(_request: HttpRequest) -> HttpResponse:
        seen.append(origin())
        return HttpResponse()

    site = AuditMiddleware(view)
    before = origin()
    answers = [site(RequestFactory().get(path)) for _time in range(2)]

    assert [there.source for there in seen] == [source, source]
    assert seen[0].request_id != seen[1].request_id
    assert [answer["X-Request-Id"] for answer in answers] == [
        str(there.request_id) for there in seen
    ]
    assert origin() is before


def test_what_one_click_does_shares_its_request(client: Client, clara: User) -> None:
    answer = client.post(reverse("account_login"), {"login": clara.email, "password": "wrong"})

    event = AuditEvent.objects.latest("pk")
    assert event.request_id == uuid.UUID(answer["X-Request-Id"])
    assert event.source == Source.ADMIN
