"""Delivering: at least once, in order, with patience, and one at a time."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.models import AuditEvent
from apps.notifications.models import Notice
from apps.programs.models import Program
from apps.webhooks import delivery, sending, services, tasks
from apps.webhooks.catalogue import TEST
from apps.webhooks.models import Attempt, Message
from apps.webhooks.states import MessageStatus, Status
from apps.webhooks.tests.conftest import Receiver, Subscribe, message, program_of
from project.testing.make import Make

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def statuses() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("status", flat=True))


def test_messages_arrive_in_order_and_each_attempt_is_kept(
    subscribe: Subscribe, receiver: Receiver
) -> None:
    subscription = subscribe()
    messages = [message(subscription, TEST, body=f'{{"number":{number}}}') for number in range(3)]
    assert delivery.deliver(subscription.pk) is None
    assert receiver.ids == [one.webhook_id for one in messages]
    assert [got.body for got in receiver.got] == [one.body.encode() for one in messages]
    first = receiver.got[0]
    assert first.path == "/hooks?for=us"
    assert first.headers["content-type"] == "application/json"
    assert statuses() == ["delivered"] * 3
    attempt = Attempt.objects.order_by("pk")[0]
    assert (attempt.message, attempt.status_code, attempt.error) == (messages[0], 200, "")
    assert (attempt.url, attempt.response) == (receiver.url, "thanks")
    # Called again, it has nothing to do.
    delivery.deliver(subscription.pk)
    assert len(receiver.got) == 3


def test_what_fails_is_tried_again_with_the_same_id_and_does_not_hold_up_what_follows(
    subscribe: Subscribe, receiver: Receiver, clock: time_machine.Traveller
) -> None:
    subscription = subscribe()
    bad, good = message(subscription, TEST), message(subscription, TEST)
    receiver.answers = [500, 200]
    assert delivery.deliver(subscription.pk) == pytest.approx(5.5, abs=0.5)
    assert statuses() == ["waiting", "delivered"]
    subscription.refresh_from_db()
    assert subscription.failing_since is None
    clock.shift(7)
    delivery.deliver(subscription.pk)
    assert statuses() == ["delivered", "delivered"]
    assert receiver.ids == [bad.webhook_id, good.webhook_id, bad.webhook_id]
    errors = Attempt.objects.filter(message=bad).order_by("pk").values_list("status_code", "error")
    assert list(errors) == [(500, "Answered 500."), (200, "")]


def test_patience_grows_over_three_days_and_then_ends(
    subscribe: Subscribe, receiver: Receiver, clock: time_machine.Traveller
) -> None:
    subscription = subscribe()
    sent = message(subscription, TEST)
    receiver.answers = [503]
    moments = []
    for _attempt in range(delivery.ATTEMPTS):
        moments.append(timezone.now())
        delivery.deliver(subscription.pk)
        sent.refresh_from_db()
        clock.move_to(max(sent.attempt_at, timezone.now() + delivery.LONGEST_REST))
    assert sent.status == MessageStatus.FAILED
    assert sent.finished_at is not None
    assert len(receiver.got) == Attempt.objects.count() == 10
    waits = [after - before for before, after in pairwise(moments)]
    assert waits == sorted(waits)
    assert timedelta(days=3) < moments[-1] - moments[0] < timedelta(days=4)
    assert delivery.due() == []


def test_chance_parts_those_who_failed_together() -> None:
    waits = {delivery.wait_after(4) for _try in range(20)}
    assert len(waits) > 1
    assert min(waits) >= timedelta(hours=2)
    assert max(waits) <= timedelta(hours=2, minutes=24)


def test_a_receiver_that_fails_again_and_again_rests() -> None:
    rests = [delivery.rest_after(count).total_seconds() for count in (1, 2, 3, 4, 8, 9, 100_000)]
    assert rests == [0, 5, 10, 20, 300, 300, 300]


def test_a_rest_is_kept_and_ends(
    subscribe: Subscribe, receiver: Receiver, clock: time_machine.Traveller
) -> None:
    subscription = subscribe()
    for _number in range(4):
        message(subscription, TEST)
    receiver.answers = [500]
    assert delivery.deliver(subscription.pk) == 5
    # Two failed, and then it rested instead of being called twice more.
    assert len(receiver.got) == 2
    assert delivery.due() == []
    delivery.deliver(subscription.pk)
    assert len(receiver.got) == 2
    clock.shift(5)
    assert delivery.due() == [subscription.pk]
    receiver.answers = [200]
    delivery.deliver(subscription.pk)
    subscription.refresh_from_db()
    assert (subscription.failure_count, subscription.rests_until) == (0, None)
    # The first two are patient for some tenths of a second more.
    assert receiver.ids == ["msg_0", "msg_1", "msg_2", "msg_3"]


def test_a_turn_ends_so_that_others_have_theirs(
    subscribe: Subscribe, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "TURN_SECONDS", 0.0)
    subscription = subscribe()
    message(subscription, TEST)
    message(subscription, TEST)
    assert delivery.deliver(subscription.pk) == 0
    assert len(receiver.got) == 1


def test_a_receiver_that_is_gone_is_disabled_at_once_and_people_are_told_once(
    subscribe: Subscribe, receiver: Receiver, adam: User, clara: User
) -> None:
    subscription = subscribe()
    message(subscription, TEST)
    message(subscription, TEST)
    receiver.answers = [410]
    delivery.deliver(subscription.pk)
    delivery.deliver(subscription.pk)
    subscription.refresh_from_db()
    assert subscription.status == Status.DISABLED
    assert "410" in subscription.status_reason
    assert len(receiver.got) == 1
    told = Notice.objects.filter(kind="webhooks.disabled", channel="admin")
    assert {notice.recipient for notice in told} == {adam, clara}
    assert told.count() == 2
    event = AuditEvent.objects.get(action="webhooks.disabled")
    assert event.actor.is_system


def test_nothing_but_failure_for_five_days_disables(
    subscribe: Subscribe, receiver: Receiver, adam: User, clara: User, clock: time_machine.Traveller
) -> None:
    subscription = subscribe()
    receiver.answers = [500]
    for day in range(6):
        clock.move_to(START + timedelta(days=day))
        message(subscription, TEST)
        subscription.refresh_from_db()
        assert subscription.status == Status.ACTIVE, day
        delivery.deliver(subscription.pk)
    subscription.refresh_from_db()
    assert subscription.status == Status.DISABLED
    assert "5 days" in subscription.status_reason
    assert Notice.objects.filter(kind="webhooks.disabled", recipient=adam).exists()
    services.resume(subscription.pk, actor=clara)
    receiver.answers = [500, 200]
    message(subscription, TEST)
    delivery.deliver(subscription.pk)
    subscription.refresh_from_db()
    assert subscription.status == Status.ACTIVE


def test_one_success_begins_the_five_days_anew(
    subscribe: Subscribe, receiver: Receiver, clock: time_machine.Traveller
) -> None:
    subscription = subscribe()
    for day, code in enumerate([500, 500, 500, 200, 500, 500, 500]):
        clock.move_to(START + timedelta(days=day))
        receiver.answers = [code]
        Message.objects.all().update(status="failed", finished_at=timezone.now())
        message(subscription, TEST, attempt_at=timezone.now())
        delivery.deliver(subscription.pk)
    subscription.refresh_from_db()
    assert subscription.status == Status.ACTIVE
    assert subscription.failing_since == START + timedelta(days=4)


def test_only_what_the_person_may_see_at_that_moment_is_told(
    make: Make, boris: User, bella: User, lena: User, subscribe: Subscribe, receiver: Receiver
) -> None:
    own = program_of("Phone")
    subscription = subscribe(program=own, person=boris, actor=boris)
    mine, others = make.wallet(boris), make.wallet(bella)
    for wallet in (mine, others):
        audit.record("wallets.frozen", actor=lena, target=wallet)
    delivery.deliver(subscription.pk)
    assert statuses() == ["delivered", "withheld"]
    assert len(receiver.got) == 1
    assert not Attempt.objects.filter(message__object_id=str(others.pk)).exists()


@pytest.mark.parametrize("loss", ["role", "person", "program", "scope", "webhooks", "object"])
def test_rights_that_are_gone_withhold_what_waits(
    loss: str,
    make: Make,
    boris: User,
    clara: User,
    program: Program,
    subscribe: Subscribe,
    receiver: Receiver,
) -> None:
    subscription = subscribe()
    wallet = make.wallet(boris)
    audit.record("wallets.frozen", actor=clara, target=wallet)
    message(subscription, object_id="0")
    if loss == "role":
        clara.groups.remove(Group.objects.get(name="Lending clerk"))
    elif loss == "person":
        User.objects.filter(pk=clara.pk).update(is_active=False)
    elif loss == "program":
        Program.objects.filter(pk=program.pk).update(is_active=False)
    elif loss != "object":
        kept = {"scope": ["webhooks:write"], "webhooks": ["wallets:read"]}[loss]
        Program.objects.filter(pk=program.pk).update(allowed_scopes=kept)
    delivery.deliver(subscription.pk)
    assert statuses() == (["delivered", "withheld"] if loss == "object" else ["withheld"] * 2)
    assert len(receiver.got) == (1 if loss == "object" else 0)


def test_silence_ends_after_a_time(
    subscribe: Subscribe, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TIMEOUT", 0.05)
    is_over = threading.Event()
    receiver.before_answer = lambda: is_over.wait(5)
    subscription = subscribe()
    message(subscription, TEST)
    delivery.deliver(subscription.pk)
    is_over.set()
    attempt = Attempt.objects.get()
    assert (attempt.status_code, attempt.error) == (None, "No answer within 0 seconds.")
    assert statuses() == ["waiting"]


def test_of_a_long_answer_the_beginning_is_kept_as_text(
    subscribe: Subscribe, receiver: Receiver
) -> None:
    receiver.text = b"\x00\xff" + b"x" * 100_000
    receiver.answers = [400]
    subscription = subscribe()
    message(subscription, TEST)
    delivery.deliver(subscription.pk)
    attempt = Attempt.objects.get()
    assert attempt.response == "��" + "x" * 1022
    assert attempt.error == "Answered 400."


def test_nobody_listening_is_a_failure_that_says_so(subscribe: Subscribe) -> None:
    subscription = subscribe(url="http://127.0.0.1:9/x")
    message(subscription, TEST)
    delivery.deliver(subscription.pk)
    attempt = Attempt.objects.get()
    assert attempt.error == "The receiver cannot be reached: nothing takes the connection."
    assert attempt.status_code is None


def test_a_paused_or_removed_subscription_gets_nothing(
    subscribe: Subscribe, receiver: Receiver, clara: User
) -> None:
    paused, removed = subscribe(), subscribe()
    message(paused, TEST)
    message(removed, TEST)
    services.pause(paused.pk, reason="Later", actor=clara)
    services.remove(removed.pk, actor=clara)
    for subscription in (paused, removed):
        assert delivery.deliver(subscription.pk) is None
    assert receiver.got == []
    assert statuses() == ["waiting", "failed"]
    assert delivery.due() == []
    services.resume(paused.pk, actor=clara)
    delivery.deliver(paused.pk)
    assert statuses() == ["delivered", "failed"]


def test_the_sweep_takes_back_what_a_dead_worker_left_and_rings(
    subscribe: Subscribe, receiver: Receiver, rung: list[int], clock: time_machine.Traveller
) -> None:
    subscription = subscribe()
    lost = message(
        subscription,
        TEST,
        status="sending",
        attempt_count=1,
        attempt_at=timezone.now() + delivery.LEASE,
    )
    assert tasks.sweep() == ""
    clock.shift(delivery.LEASE)
    assert tasks.sweep() == "1 subscription is due. 1 message was lost with its worker."
    assert rung == [subscription.pk]
    assert "may have arrived" in Attempt.objects.get().error
    tasks.deliver(subscription.pk)
    assert receiver.ids == [lost.webhook_id]
    assert statuses() == ["delivered"]
    assert tasks.sweep() == ""


def test_a_worker_that_took_too_long_does_not_overwrite_what_came_after(
    subscribe: Subscribe, receiver: Receiver, clock: time_machine.Traveller
) -> None:
    subscription = subscribe()
    message(subscription, TEST)

    def meanwhile() -> None:
        receiver.before_answer = lambda: None
        Message.objects.update(status="failed", finished_at=timezone.now())

    original = sending.send

    def slow(*arguments: Any) -> sending.Answer:
        answer = original(*arguments)
        meanwhile()
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sending, "send", slow)
        delivery.deliver(subscription.pk)
    assert statuses() == ["failed"]
    assert Attempt.objects.count() == 1


def test_old_messages_are_forgotten_with_their_attempts(subscribe: Subscribe) -> None:
    subscription = subscribe()
    now = timezone.now()
    old, waiting, replayed, young = (
        message(subscription, TEST, created_at=now - timedelta(days=age))
        for age in (31, 31, 31, 29)
    )
    Message.objects.exclude(pk=waiting.pk).update(status="delivered", finished_at=now)
    for sent, age in ((old, 31), (replayed, 31), (replayed, 1), (young, 29)):
        attempt(sent, at=now - timedelta(days=age))
    assert tasks.forget() == "2 old messages are deleted."
    assert set(Message.objects.all()) == {replayed, young}
    assert Attempt.objects.count() == 3
    assert tasks.forget() == ""


def test_the_database_keeps_attempts_as_they_are_for_thirty_days(subscribe: Subscribe) -> None:
    sent = message(subscribe(), TEST)
    attempt(sent, at=timezone.now() - timedelta(days=29, hours=23))
    with pytest.raises(IntegrityError, match="append-only: DELETE"), transaction.atomic():
        Attempt.objects.all().delete()
    with pytest.raises(IntegrityError, match="append-only: UPDATE"), transaction.atomic():
        Attempt.objects.update(error="nothing")
    with pytest.raises(IntegrityError, match="has_outcome"), transaction.atomic():
        attempt(sent, at=timezone.now(), status_code=None)


def attempt(sent: Message, **fields: Any) -> Attempt:
    """Write down an attempt."""
    return Attempt.objects.create(
        **{
            "message": sent,
            "url": "https://a.example",
            "duration_ms": 1,
            "status_code": 200,
            **fields,
        }
    )
