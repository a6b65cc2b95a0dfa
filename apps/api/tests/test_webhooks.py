"""Webhooks through the API: a program keeps its own subscriptions, for its person."""

from typing import Any

import pytest
from django.db import connection
from django.urls import resolve
from django.utils import timezone

from apps.accounts.models import User
from apps.api.models import KeptAnswer
from apps.audit.models import AuditEvent, Outcome
from apps.webhooks import delivery, tasks
from apps.webhooks.catalogue import CATALOGUE
from apps.webhooks.models import Message, Subscription
from apps.webhooks.states import Status
from project.testing.api import ApiClient, MakeApi, program

pytestmark = pytest.mark.django_db

# Nobody listens there: what is sent fails at once.
URL = "http://127.0.0.1:9/hooks"


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    for task in (tasks.deliver, tasks.wake):
        monkeypatch.setattr(task, "apply_async", lambda *_arguments, **_options: None)


def subscribed(client: ApiClient, *events: str, **fields: Any) -> Any:
    wish = {"url": URL, "events": events or ["wallet.frozen"], **fields}
    answer = client.post("/webhooks", wish)
    assert answer.status_code == 201, answer.content
    return answer


def test_the_catalogue_is_listed(api: MakeApi, boris: User) -> None:
    items = api(boris, "webhooks:write").get("/webhooks/events").json()["items"]
    assert [item["name"] for item in items] == [event.name for event in CATALOGUE]
    assert {"name", "title", "object", "scope"} == set(items[0])


def test_what_events_are_about_has_its_place_in_the_api() -> None:
    for event in CATALOGUE:
        assert resolve(event.thing.path.format(id=1)).route.endswith("_id>"), event.name


def test_a_program_subscribes_for_its_person_and_gets_the_secret_once(
    api: MakeApi, boris: User
) -> None:
    client = api(boris, "webhooks:write")
    made = subscribed(client, "ticket.approved", description="Phone")
    row = Subscription.objects.get()
    assert made.json()["secret"] == row.secret
    assert made["Location"] == f"/api/v1/webhooks/{row.pk}"
    assert (row.person, row.description) == (boris, "Phone")
    page = client.get("/webhooks").json()
    assert [item["id"] for item in page["items"]] == [row.pk]
    assert "secret" not in page["items"][0]
    assert "secret" not in client.get(f"/webhooks/{row.pk}").json()


def test_the_same_key_gives_the_same_secret_which_lies_encrypted(api: MakeApi, boris: User) -> None:
    client = api(boris, "webhooks:write")
    wish = {"url": URL, "events": ["wallet.frozen"]}
    first = client.post("/webhooks", wish, key="once")
    again = client.post("/webhooks", wish, key="once")
    assert again["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    assert Subscription.objects.count() == KeptAnswer.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM api_kept_answers")
        assert "secret" not in cursor.fetchone()[0]


def test_it_is_changed_and_removed_by_who_has_seen_it_last(api: MakeApi, boris: User) -> None:
    client = api(boris, "webhooks:write")
    path = f"/webhooks/{subscribed(client).json()['id']}"
    tag = client.get(path)["ETag"]
    assert client.patch(path, {"description": "x"}).status_code == 428
    changed = client.patch(path, {"description": "x"}, tag=tag)
    assert (changed.status_code, changed.json()["description"]) == (200, "x")
    assert client.patch(path, {"description": "y"}, tag=tag).status_code == 412
    refused = client.patch(path, {"url": "https://10.0.0.1"}, tag=changed["ETag"])
    assert refused.status_code == 422
    assert client.delete(path, tag=tag).status_code == 412
    assert client.delete(path, tag=changed["ETag"]).status_code == 204
    assert client.get(path).status_code == 404
    assert Subscription.objects.get().status == Status.REMOVED


def test_others_do_not_find_it_and_the_attempt_is_kept(
    api: MakeApi, boris: User, bella: User, adam: User
) -> None:
    path = f"/webhooks/{subscribed(api(boris, 'webhooks:write')).json()['id']}"
    for stranger in (api(bella), _of_another_program(boris)):
        assert stranger.get(path).status_code == 404
        assert stranger.get("/webhooks").json()["items"] == []
        assert stranger.post(f"{path}/test").status_code == 404
    assert AuditEvent.objects.filter(outcome=Outcome.DENIED).count() == 4
    # Administrators keep them all, with the same program.
    assert api(adam).get(path).status_code == 200


def _of_another_program(person: User) -> ApiClient:
    from apps.programs import tokens  # noqa: PLC0415

    other = program(name="Other")
    return ApiClient(tokens.issue(other, person=person, scopes=["webhooks:write"]))


def test_auditors_look_and_change_nothing(api: MakeApi, boris: User, audrey: User) -> None:
    path = f"/webhooks/{subscribed(api(boris)).json()['id']}"
    auditor = api(audrey)
    tag = auditor.get(path)["ETag"]
    assert auditor.patch(path, {"description": "x"}, tag=tag).status_code == 403
    assert auditor.post(f"{path}/pause", {"reason": "x"}).status_code == 403
    assert auditor.post(f"{path}/rotate-secret").status_code == 403


def test_the_scope_is_needed(api: MakeApi, boris: User) -> None:
    client = api(boris, "tickets:read")
    assert client.get("/webhooks").status_code == 403
    assert client.post("/webhooks", {"url": URL, "events": ["wallet.frozen"]}).status_code == 403


def test_deliveries_are_listed_and_sent_again(api: MakeApi, boris: User) -> None:
    client = api(boris, "webhooks:write")
    path = f"/webhooks/{subscribed(client).json()['id']}"
    sent = client.post(f"{path}/test").json()
    assert (sent["event"], sent["status"], sent["attempts"]) == ("webhook.test", "waiting", [])
    row = Subscription.objects.get()
    delivery.deliver(row.pk)
    (item,) = client.get(f"{path}/deliveries").json()["items"]
    assert item["attempts"][0]["error"].startswith("The receiver cannot be reached")
    assert item["next_attempt_at"] is not None
    # What the person may not see is not even counted.
    Message.objects.create(
        subscription=row,
        webhook_id="msg_x",
        event="wallet.frozen",
        body="{}",
        status="withheld",
        finished_at=timezone.now(),
    )
    assert len(client.get(f"{path}/deliveries").json()["items"]) == 1
    assert client.get(f"{path}/deliveries", {"status": "delivered"}).json()["items"] == []

    again = f"{path}/deliveries/{sent['webhook_id']}/replay"
    assert client.post(again).status_code == 409
    Message.objects.filter(status="waiting").update(status="failed", finished_at=timezone.now())
    assert client.post(again).json()["status"] == "waiting"
    assert client.post(f"{path}/deliveries/msg_x/replay").status_code == 404
    since = {"since": timezone.now().isoformat()}
    assert client.post(f"{path}/replay", since).status_code == 422
    Message.objects.filter(status="waiting").update(status="failed", finished_at=timezone.now())
    since = {"since": "2020-01-01T00:00:00Z"}
    assert client.post(f"{path}/replay", since).json() == {"count": 1}


def test_it_is_paused_and_resumed_and_gets_a_new_secret(api: MakeApi, boris: User) -> None:
    client = api(boris, "webhooks:write")
    made = subscribed(client).json()
    path = f"/webhooks/{made['id']}"
    paused = client.post(f"{path}/pause", {"reason": "We move house"}).json()
    assert (paused["status"], paused["status_reason"]) == ("paused", "We move house")
    assert client.post(f"{path}/test").status_code == 409
    assert client.post(f"{path}/resume").json()["status"] == "active"
    rotated = client.post(f"{path}/rotate-secret").json()
    assert rotated["secret"] not in {made["secret"], None}
    assert rotated["old_secret_signs_until"] is not None
