"""Quotas of programs, and operations that are on their way out."""

import json
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as RedisAway

from apps.programs.models import Program

if TYPE_CHECKING:
    from apps.accounts.models import User
    from project.testing.api import MakeApi

pytestmark = [pytest.mark.django_db, pytest.mark.urls("apps.api.tests.sample")]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Stop the clock of the quotas; the test moves it."""
    now = [1_800_000_015.0]
    monkeypatch.setattr("apps.api.quotas.time.time", lambda: now[0])
    cache.clear()
    return now


def test_a_program_that_asks_too_often_waits(
    api: "MakeApi", boris: "User", bella: "User", clock: list[float]
) -> None:
    client = api(boris)
    Program.objects.update(rate_limit=2)

    first, second, third = (client.get("/things") for _ in range(3))
    # The quota is the program’s, whoever lets it.
    fourth = api(bella).get("/things")

    assert first["RateLimit-Policy"] == '"program";q=2;w=60'
    assert [answer["RateLimit"] for answer in (first, second, third)] == [
        '"program";r=1;t=45',
        '"program";r=0;t=45',
        '"program";r=0;t=45',
    ]
    assert [answer.status_code for answer in (first, second, third, fourth)] == [200, 200, 429, 429]
    assert third["Retry-After"] == "45"
    assert third.json()["type"].endswith("/api.quota-used-up")
    assert third.json()["facts"] == {"limit": 2, "seconds": 45}
    clock[0] += 45
    assert client.get("/things").status_code == 200


def test_a_request_without_a_token_counts_for_nobody(api: "MakeApi", boris: "User") -> None:
    client = api(boris)
    Program.objects.update(rate_limit=1)

    assert "RateLimit" not in client.client.get("/api/v1/things")
    assert client.get("/things").status_code == 200


def test_a_request_beyond_its_scope_counts(api: "MakeApi", boris: "User") -> None:
    client = api(boris, "tickets:read")
    Program.objects.update(rate_limit=1)

    assert [client.get("/things").status_code for _ in range(2)] == [403, 429]


def test_without_the_cache_requests_go_on(
    api: "MakeApi",
    boris: "User",
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def away(*_args: object, **_options: object) -> None:
        raise RedisAway

    client = api(boris)
    Program.objects.update(rate_limit=1)
    monkeypatch.setattr("apps.api.quotas.cache.incr", away, raising=False)

    assert [client.get("/things").status_code for _ in range(2)] == [200, 200]
    assert "does not count" in caplog.text


def test_what_retires_says_since_when_until_when_and_what_instead(
    api: "MakeApi", boris: "User"
) -> None:
    answer = api(boris).get("/old")

    assert answer.status_code == 200
    assert answer["Deprecation"] == "@1793491200"
    assert answer["Sunset"] == "Sat, 01 May 2027 00:00:00 GMT"
    assert answer["Link"] == '</api/v1/things>; rel="successor-version"'
    known = api(boris).get("/old", if_none_match=answer["ETag"])
    assert (known.status_code, known["Sunset"]) == (304, answer["Sunset"])
    assert "Deprecation" not in api(boris).get("/things")


def test_the_document_marks_what_retires() -> None:
    from apps.api.tests.sample import api as sample  # noqa: PLC0415

    paths = json.loads(json.dumps(sample.get_openapi_schema()))["paths"]

    old = paths["/api/v1/old"]["get"]
    assert old["deprecated"] is True
    assert {"Deprecation", "Sunset", "Link"} <= old["responses"]["200"]["headers"].keys()
    assert "deprecated" not in paths["/api/v1/things"]["get"]
