"""Lists in pages, answers that are known already, and changes that lose nothing."""

import base64
from typing import TYPE_CHECKING, Any

import pytest

from apps.accounts.models import User
from project.testing.cast import person

if TYPE_CHECKING:
    from project.testing.api import MakeApi

pytestmark = [pytest.mark.django_db, pytest.mark.urls("apps.api.tests.sample")]


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [item["name"] for item in answer.json()["items"]]


def test_pages_stay_as_they_are_while_rows_come_in(api: "MakeApi", boris: User) -> None:
    for name in ("Ada", "Bea", "Cleo"):
        person(name)
    client = api(boris)

    first = client.get("/things", {"limit": 2})
    person("Dora")
    second = client.get("/things", {"limit": 2, "cursor": first.json()["next"]})
    last = client.get("/things", {"limit": 200, "cursor": second.json()["next"]})

    assert names(first) == ["Cleo", "Bea"]
    assert names(second) == ["Ada", "Boris"]
    assert last.json()["next"] is None
    assert "Dora" not in names(last)


@pytest.mark.parametrize(
    "mark", ["before-x", "beside-5", "before-5~6", "before-" + "9" * 40, "before-\0", "é", "after"]
)
def test_a_cursor_that_is_none_is_named(api: "MakeApi", boris: User, mark: str) -> None:
    cursor = base64.urlsafe_b64encode(mark.encode()).decode().rstrip("=")

    for wrong in (cursor, mark, "="):
        answer = api(boris).get("/things", {"cursor": wrong})

        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == ["cursor"]


@pytest.mark.parametrize(
    "moment", ["0001-01-01", "9999-12-31 23:59:59", "2026-01-01 00:00:00-99:00", "2026-11-26"]
)
def test_a_cursor_of_moments_is_read_with_care(
    api: "MakeApi", audrey: User, settings: Any, moment: str
) -> None:
    settings.ROOT_URLCONF = "project.urls"
    cursor = base64.urlsafe_b64encode(f"before-{moment}~5".encode()).decode().rstrip("=")

    answer = api(audrey).get("/approvals", {"cursor": cursor, "waiting_for": "me"})

    assert answer.status_code in {200, 422}


@pytest.mark.parametrize(("limit", "message"), [(0, "1 or more"), (201, "200 or less")])
def test_a_page_has_bounds(api: "MakeApi", boris: User, limit: int, message: str) -> None:
    answer = api(boris).get("/things", {"limit": limit})

    fault = {"field": "limit", "message": f"Send {message}.", "pointer": None}
    assert answer.json()["errors"] == [fault]


def test_a_change_needs_the_state_that_was_read(api: "MakeApi", boris: User) -> None:
    client, path = api(boris), f"/things/{boris.pk}"
    tag = client.get(path)["ETag"]
    name = {"name": "Bo"}

    assert client.patch(path, name).status_code == 428
    assert client.patch(path, name, tag='"other"').status_code == 412
    # A weak tag promises less than a change needs (RFC 9110, section 13.1.1).
    assert client.patch(path, name, tag=f"W/{tag}").status_code == 412
    changed = client.patch(path, name, tag=f'"other", {tag}')
    assert (changed.status_code, changed.json()["name"]) == (200, "Bo")
    assert client.patch(path, name, tag=tag).status_code == 412
    assert client.patch(path, {"name": "Bob"}, tag=changed["ETag"]).status_code == 200
    assert client.patch(path, name, tag="*").status_code == 200
    assert client.delete(path).status_code == 428
    assert client.delete(path, tag=tag).status_code == 412
    boris.refresh_from_db()
    assert boris.is_active


def test_what_is_removed_answers_with_nothing(api: "MakeApi", boris: User, bella: User) -> None:
    answer = api(boris).delete(f"/things/{bella.pk}", tag="*")

    assert (answer.status_code, answer.content) == (204, b"")
    bella.refresh_from_db()
    assert not bella.is_active


def test_a_refused_change_names_its_problem(api: "MakeApi", boris: User) -> None:
    client, path = api(boris), f"/things/{boris.pk}"

    missing = client.patch(path, {"name": "Bo"}).json()
    stale = client.patch(path, {"name": "Bo"}, tag='"0"').json()

    assert missing["type"].endswith("/api.precondition-missing")
    assert "If-Match" in missing["detail"]
    assert stale["type"].endswith("/api.changed")


def test_what_is_known_is_not_sent_again(api: "MakeApi", boris: User) -> None:
    client, path = api(boris), f"/things/{boris.pk}"
    tag = client.get(path)["ETag"]

    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = client.get(path, if_none_match=known)
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
        assert answer["X-Request-Id"]
    assert client.get(path, if_none_match='"other"').status_code == 200
    client.patch(path, {"name": "Bo"}, tag=tag)
    assert client.get(path, if_none_match=tag).status_code == 200
    assert client.get("/things/999999", if_none_match="*").status_code == 404
