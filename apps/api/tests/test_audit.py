"""The audit log through the API: filters, pages, seals; and that reading it is recorded."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.utils import timezone

from apps.api.resources import audit as resource
from apps.api.resources.audit import EventFilters, _asked
from apps.audit import services as audit
from apps.audit.context import Origin, coming_from
from apps.audit.models import AuditEvent, Outcome, Source

if TYPE_CHECKING:
    from apps.accounts.models import User
    from project.testing.api import MakeApi

pytestmark = pytest.mark.django_db


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    items = answer.json()["items"]
    return [item["id"] for item in items if item["action"].startswith("samples.")]


@pytest.fixture
def events(anna: "User", clara: "User", boris: "User") -> list[AuditEvent]:
    """Write three events of two people through two doors."""
    with coming_from(Origin(source=Source.JOB)):
        first = audit.record("samples.approved", actor=anna, target=boris, reason="Fine")
    with coming_from(Origin(source=Source.ADMIN, ip_address="203.0.113.7")):
        second = audit.record(
            "samples.approved", actor=clara, target=anna, outcome=Outcome.DENIED, on_behalf_of=anna
        )
        third = audit.record("samples.drafted", actor=clara, after={"a": 1})
    return [first, second, third]


def test_an_auditor_reads_the_log_the_newest_first(
    api: "MakeApi", events: list[AuditEvent], audrey: "User", boris: "User"
) -> None:
    client = api(audrey, "audit:read")

    answer = client.get("/audit/events")

    assert ids(answer) == [event.pk for event in reversed(events)]
    one = client.get(f"/audit/events/{events[1].pk}").json()
    assert (one["outcome"], one["source"], one["ip_address"]) == ("denied", "admin", "203.0.113.7")
    assert (one["actor"]["name"], one["on_behalf_of"]["name"]) == ("Clara", "Anna")
    assert (one["about"]["type"], one["about_label"]) == ("accounts.user", "Anna")
    assert api(audrey).get("/audit/events/999999").status_code == 404


def test_each_filter_narrows_it(
    api: "MakeApi", events: list[AuditEvent], audrey: "User", clara: "User", boris: "User"
) -> None:
    first, second, third = events
    client = api(audrey)

    def found(**filters: object) -> list[int]:
        return ids(client.get("/audit/events", filters))

    assert found(actor=clara.pk) == [third.pk, second.pk]
    assert found(action="samples.approved") == [second.pk, first.pk]
    assert found(about=f"accounts.user:{boris.pk}") == [first.pk]
    assert found(about="accounts.nobody:1") == []
    assert found(outcome="denied") == [second.pk]
    assert found(outcome="done", actor=clara.pk) == [third.pk]
    assert found(source="job") == [first.pk]
    assert found(request_id=second.request_id) == [third.pk, second.pk]
    assert found(actor=clara.pk, action="samples.drafted", source="admin") == [third.pk]
    now = timezone.now()
    assert found(since=(now - timedelta(hours=1)).isoformat(), actor=clara.pk) == [
        third.pk,
        second.pk,
    ]
    assert found(until=(now - timedelta(hours=1)).isoformat()) == []


def test_pages_go_on_with_and_without_a_period(
    api: "MakeApi", events: list[AuditEvent], audrey: "User", clara: "User"
) -> None:
    since = (timezone.now() - timedelta(hours=1)).isoformat()
    for filters in ({"actor": clara.pk}, {"actor": clara.pk, "since": since}):
        client, seen, cursor = api(audrey), [], ""
        while cursor is not None:
            query = {**filters, "limit": 1, **({"cursor": cursor} if cursor else {})}
            answer = client.get("/audit/events", query)
            seen += ids(answer)
            cursor = answer.json()["next"]
        assert seen == [events[2].pk, events[1].pk]


def test_reading_is_recorded_with_what_was_asked_for(
    api: "MakeApi", events: list[AuditEvent], audrey: "User", clara: "User"
) -> None:
    answer = api(audrey).get("/audit/events", {"actor": clara.pk, "outcome": "denied"})
    api(audrey).get(f"/audit/events/{events[0].pk}")

    read, one = AuditEvent.objects.filter(action="audit.read").order_by("pk")
    assert read.actor == audrey
    assert read.after == {"actor": clara.pk, "outcome": "denied"}
    assert (read.source, str(read.request_id)) == ("api", answer["X-Request-Id"])
    assert one.target_id == str(events[0].pk)


@pytest.mark.parametrize(
    "path", ["/audit/events", "/audit/events/1", "/audit/seals", "/audit/seals/1", "/audit/heads"]
)
def test_the_log_is_for_auditors_with_the_scope(
    api: "MakeApi", adam: "User", audrey: "User", path: str
) -> None:
    assert api(adam).get(path).status_code == 403
    assert api(audrey, "me").get(path).status_code == 403
    assert AuditEvent.objects.filter(outcome=Outcome.DENIED).count() == 2


def test_what_is_no_filter_is_named(api: "MakeApi", audrey: "User") -> None:
    answer = api(audrey).get(
        "/audit/events",
        {"about": "x", "since": "yesterday", "until": "2026-11-26T00:00:00", "request_id": "1"},
    )

    assert {error["field"] for error in answer.json()["errors"]} == {
        "about",
        "since",
        "until",
        "request_id",
    }


def test_seals_are_shown_and_computed_anew(
    api: "MakeApi",
    events: list[AuditEvent],
    audrey: "User",
    system: "User",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Events of a transaction that has not ended are not sealed: a block of theirs is made here.
    monkeypatch.setattr("apps.audit.services.unsealed", lambda *_: [event.pk for event in events])
    block = audit.seal(actor=system)
    assert block is not None
    client = api(audrey)

    (listed,) = client.get("/audit/seals").json()["items"]

    assert listed == client.get("/audit/seals/1").json()
    assert (listed["number"], listed["event_count"], listed["hash"]) == (1, 3, block.hash)
    heads = client.get("/audit/heads").json()["items"]
    assert {"chain": "audit", "number": 1, "hash": block.hash} in heads
    verdict = client.get("/audit/seals/1/verdict").json()
    assert verdict == {"number": 1, "is_ok": True, "fault": None}
    monkeypatch.setattr(resource, "check_block", lambda _block: "Audit event 1 is missing.")
    assert client.get("/audit/seals/1/verdict").json()["is_ok"] is False
    assert client.get("/audit/seals/2").status_code == 404


def test_an_index_answers_each_filter(
    events: list[AuditEvent], clara: "User", system: "User"
) -> None:
    values = {
        "actor": clara.pk,
        "action": "samples.approved",
        "outcome": "denied",
        "since": timezone.now() + timedelta(hours=1),
        "request_id": events[0].request_id,
        "about": f"accounts.user:{clara.pk}",
    }
    # In a small log a look at every row is the quicker way.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_logs (at, actor_id, actor_name, action, target_id, target_label,"
            " before, after, reason, outcome, source, request_id)"
            " SELECT now(), %s, 'system', 'samples.told', '', '', '{}', '{}', '', 'done', 'job',"
            " gen_random_uuid() FROM generate_series(1, 20000)",
            [system.pk],
        )
        cursor.execute("ANALYZE audit_logs")
    for name, value in values.items():
        asked = EventFilters.model_validate({name: value})
        key = ("-at", "-pk") if name == "since" else ("-pk",)
        plan = AuditEvent.objects.filter(_asked(asked)[0]).order_by(*key)[:50].explain()
        # The partial index of what was denied has no condition of its own.
        assert "Index Cond" in plan or "audit_event_denied" in plan, (name, plan)
