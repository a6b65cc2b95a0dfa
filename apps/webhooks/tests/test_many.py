"""Many messages, and receivers that are dead: the others get theirs all the same."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.webhooks import delivery, keeping, sending, tasks
from apps.webhooks.catalogue import TEST
from apps.webhooks.models import Attempt, Message, Subscription
from apps.webhooks.states import MessageStatus
from apps.webhooks.tests.conftest import Receiver, Subscribe, message

pytestmark = pytest.mark.django_db

COUNT = 100_000
_FILL = """
INSERT INTO webhook_messages
    (subscription_id, webhook_id, event, object_id, body, status, attempt_count, attempt_at,
     created_at)
SELECT %s, 'msg_many_' || number, 'webhook.test', '', '{}', 'waiting', 0, %s, %s
  FROM generate_series(1, %s) number
"""


def fill(subscription: Subscription, count: int = COUNT, *, age: timedelta = timedelta(0)) -> None:
    """Let so many messages wait, for so long."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_FILL, [subscription.pk, now, now - age, count])
        cursor.execute("ANALYZE webhook_messages")


def fail(subscription: Subscription, count: int = 1) -> None:
    Subscription.objects.filter(pk=subscription.pk).update(
        failure_count=count, failing_since=timezone.now()
    )


def test_a_hundred_thousand_that_wait_for_one_do_not_hold_up_another(
    subscribe: Subscribe, receiver: Receiver
) -> None:
    crowded, other = subscribe(), subscribe()
    fill(crowded)
    sent = message(other, TEST, webhook_id="msg_other")
    with CaptureQueriesContext(connection) as queries:
        assert delivery.due() == [crowded.pk, other.pk]
        delivery.take_back_lost()
        assert delivery.deliver(other.pk) is None
        assert delivery.deliver(subscribe().pk) is None
    assert receiver.ids == ["msg_other"]
    sent.refresh_from_db()
    assert sent.status == MessageStatus.DELIVERED
    with connection.cursor() as cursor:
        for query in queries:
            if query["sql"].startswith("SELECT") and "webhook_messages" in query["sql"]:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query['sql']}")
                (plan,) = cursor.fetchone()[0]
                assert read_by(plan["Plan"]) < 20, query["sql"]


def read_by(plan: dict[str, Any]) -> float:
    """Return how many rows a plan reads, with those that it throws away."""
    removed = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Join Filter", 0)
    own: float = (plan["Actual Rows"] + removed) * plan["Actual Loops"]
    return own + sum(read_by(part) for part in plan.get("Plans", ()))


def test_a_turn_of_a_crowded_subscription_reads_one_row_for_each_message(
    subscribe: Subscribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowded = subscribe()
    fill(crowded, 1000)
    monkeypatch.setattr(delivery, "TURN_SECONDS", 0.0)
    monkeypatch.setattr(sending, "send", lambda *_arguments: sending.Answer(200, 1))
    with CaptureQueriesContext(connection) as queries:
        assert delivery.deliver(crowded.pk) == 0
    asked = [query["sql"] for query in queries if '"body"' in query["sql"]]
    assert asked
    assert all("LIMIT 1" in sql or "FOR UPDATE" in sql for sql in asked)
    assert Message.objects.filter(status=MessageStatus.DELIVERED).count() == 1


def test_those_that_fail_share_one_worker_and_those_that_answer_do_not_wait_for_it(
    subscribe: Subscribe, receiver: Receiver
) -> None:
    hanging, failing, fine = subscribe(), subscribe(), subscribe()
    for subscription in (hanging, failing):
        fail(subscription)
    message(hanging, TEST, status="sending", attempt_at=timezone.now() + delivery.LEASE)
    waits, goes = message(failing, TEST), message(fine, TEST)
    # The sweep comes back to it; nobody turns in circles meanwhile.
    assert delivery.deliver(failing.pk) is None
    assert delivery.deliver(fine.pk) is None
    assert receiver.ids == [goes.webhook_id]
    assert failing.pk in delivery.due()
    Message.objects.filter(subscription=hanging).update(status="waiting")
    delivery.deliver(failing.pk)
    assert receiver.ids == [goes.webhook_id, waits.webhook_id]


def test_of_the_many_that_were_woken_for_a_receiver_that_rests_nobody_comes_back(
    subscribe: Subscribe, rung: list[int]
) -> None:
    subscription = subscribe()
    message(subscription, TEST)
    fail(subscription, 3)
    Subscription.objects.update(rests_until=timezone.now() + timedelta(seconds=30))
    for _bell in range(5):
        tasks.deliver(subscription.pk)
    assert rung == []


def test_many_that_may_not_be_seen_do_not_keep_back_one_that_may(
    subscribe: Subscribe, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_BATCH", 2)
    subscription = subscribe()
    for number in range(5):
        message(subscription, webhook_id=f"msg_hidden_{number}", object_id="0")
    seen = message(subscription, TEST)
    delivery.deliver(subscription.pk)
    assert receiver.ids == [seen.webhook_id]
    assert Message.objects.filter(status=MessageStatus.WITHHELD).count() == 5


def test_what_is_old_is_deleted_in_portions(
    subscribe: Subscribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "_BATCH", 1000)
    fill(subscribe(), 2500, age=keeping.KEPT + timedelta(days=1))
    assert keeping.forget() == 2500
    assert not Message.objects.exists()
    assert not Attempt.objects.exists()
