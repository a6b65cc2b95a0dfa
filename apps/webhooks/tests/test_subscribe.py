"""Who subscribes which program to what, and what becomes of a subscription."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import MoveNotAllowed, NotPermitted
from apps.programs.models import Program
from apps.webhooks import selectors, services
from apps.webhooks.catalogue import TEST
from apps.webhooks.errors import (
    NoEvents,
    NotActingAs,
    NothingToReplay,
    NotYourSubscription,
    OnlyForItsPerson,
    ProgramInactive,
    ScopeMissing,
    SubscriptionStale,
    TooManySubscriptions,
    UnknownEvents,
    UrlRefused,
)
from apps.webhooks.models import Message, Subscription
from apps.webhooks.services import subscribing
from apps.webhooks.states import MessageStatus, Status
from apps.webhooks.tests.conftest import Receiver, Subscribe, machine, message

pytestmark = pytest.mark.django_db


def test_a_person_subscribes_the_program_that_they_let_in(
    subscribe: Subscribe, program: Program, clara: User, receiver: Receiver
) -> None:
    subscription = subscribe("wallet.frozen", "ticket.approved", description=" Stock ")
    subscription.refresh_from_db()
    # In the order of the catalogue.
    assert subscription.events == ["ticket.approved", "wallet.frozen"]
    assert (subscription.program, subscription.person) == (program, clara)
    assert (subscription.status, subscription.description) == (Status.ACTIVE, "Stock")
    assert list(selectors.subscriptions_of(program, clara)) == [subscription]
    event = AuditEvent.objects.get(action="webhooks.subscribed")
    assert event.after["receiver"] == receiver.url.split("/")[2]
    assert "for=us" not in str(event.after)


def test_administrators_subscribe_programs_that_act_by_themselves_and_no_others(
    subscribe: Subscribe, adam: User, clara: User, boris: User
) -> None:
    robot = machine("Lending clerk")
    assert subscribe(program=robot, person=robot.user, actor=adam).person == robot.user
    with pytest.raises(NotActingAs, match="does not act as Boris"):
        subscribe(program=robot, person=boris, actor=adam)
    # Nor does anybody borrow a program that acts by itself.
    with pytest.raises(NotActingAs):
        subscribe(program=robot, person=boris, actor=boris)
    # What a program does for people who sign in, they subscribe to themselves.
    with pytest.raises(NotActingAs):
        subscribe(actor=adam)
    assert subscribe(actor=clara).person == clara


def test_strangers_may_not_and_the_attempt_is_kept(
    subscribe: Subscribe, anna: User, program: Program, clara: User, receiver: Receiver
) -> None:
    with pytest.raises(NotYourSubscription, match="manage_subscription"):
        subscribe(actor=anna)
    denied = AuditEvent.objects.get(outcome=Outcome.DENIED)
    assert (denied.action, denied.actor) == ("webhooks.subscribe", anna)
    subscription = subscribe()
    sent = message(subscription, TEST, status="delivered", finished_at=timezone.now())
    now = timezone.now()
    deeds: list[Any] = [
        lambda: services.change(subscription.pk, description="x", actor=anna),
        lambda: services.pause(subscription.pk, reason="x", actor=anna),
        lambda: services.resume(subscription.pk, actor=anna),
        lambda: services.rotate_secret(subscription.pk, actor=anna),
        lambda: services.remove(subscription.pk, actor=anna),
        lambda: services.send_test(subscription.pk, actor=anna),
        lambda: services.replay(sent.pk, actor=anna),
        lambda: services.replay_failed(subscription.pk, since=now, actor=anna),
    ]
    for deed in deeds:
        with pytest.raises(NotPermitted):
            deed()
    assert AuditEvent.objects.filter(outcome=Outcome.DENIED).count() == 1 + len(deeds)


def test_administrators_stop_what_a_person_is_told_but_do_not_lead_it_to_themselves(
    subscribe: Subscribe, adam: User, receiver: Receiver
) -> None:
    subscription = subscribe()
    deeds: list[Any] = [
        lambda: services.change(subscription.pk, url=f"{receiver.url}&mine", actor=adam),
        lambda: services.rotate_secret(subscription.pk, actor=adam),
    ]
    for deed in deeds:
        with pytest.raises(OnlyForItsPerson, match="Clara"):
            deed()
    assert AuditEvent.objects.filter(outcome=Outcome.DENIED, actor=adam).count() == 2
    assert services.pause(subscription.pk, reason="Odd", actor=adam).status == Status.PAUSED


@pytest.mark.parametrize(
    ("events", "refusal", "words"),
    [
        ([], NoEvents, "“Events” is empty"),
        (["ticket.approved", "ticket.eaten"], UnknownEvents, "ticket.eaten"),
        ([TEST], UnknownEvents, "webhook.test"),
        (["approval.requested"], ScopeMissing, "approvals:read"),
    ],
)
def test_events_are_of_the_catalogue_and_within_the_scopes(
    events: list[str],
    refusal: type[Exception],
    words: str,
    subscribe: Subscribe,
    clara: User,
) -> None:
    subscription = subscribe()
    with pytest.raises(refusal, match=words):
        services.change(subscription.pk, events=events, actor=clara)
    with pytest.raises(refusal, match=words):
        services.subscribe(
            subscription.program,
            person=clara,
            url=subscription.url,
            events=events,
            actor=clara,
        )


def test_a_program_needs_the_scope_and_to_be_switched_on(
    subscribe: Subscribe, program: Program
) -> None:
    program.allowed_scopes = ["wallets:read"]
    with pytest.raises(ScopeMissing, match="webhooks:write"):
        subscribe()
    program.is_active = False
    with pytest.raises(ProgramInactive, match="switched off"):
        subscribe()


def test_a_program_has_so_many_and_no_more(
    subscribe: Subscribe, clara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribing, "LIMIT", 2)
    first, _second = subscribe(), subscribe()
    with pytest.raises(TooManySubscriptions, match="has 2 subscriptions"):
        subscribe()
    services.remove(first.pk, actor=clara)
    subscribe()


def test_a_change_keeps_what_is_not_named_and_sees_who_was_quicker(
    subscribe: Subscribe, clara: User, receiver: Receiver
) -> None:
    subscription = subscribe(description="Stock")
    Subscription.objects.update(failure_count=3, failing_since=timezone.now())
    changed = services.change(subscription.pk, url=f"{receiver.url}&new", actor=clara)
    assert (changed.description, changed.events) == ("Stock", ["wallet.frozen"])
    assert (changed.failure_count, changed.version) == (0, 2)
    services.change(subscription.pk, events=["wallet.closed"], seen_version=2, actor=clara)
    with pytest.raises(SubscriptionStale):
        services.change(subscription.pk, description="x", seen_version=2, actor=clara)
    with pytest.raises(UrlRefused):
        services.change(subscription.pk, url="https://10.0.0.1", actor=clara)


def test_a_secret_is_encrypted_and_the_one_before_stays_for_a_day(
    subscribe: Subscribe, clara: User
) -> None:
    subscription = subscribe()
    first = subscription.secret
    rotated = services.rotate_secret(subscription.pk, actor=clara)
    assert rotated.secret != rotated.previous_secret == first
    assert rotated.previous_secret_until is not None
    day = rotated.previous_secret_until - timezone.now()
    assert timedelta(hours=23, minutes=59) < day <= timedelta(hours=24)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret, previous_secret FROM webhook_subscriptions")
        kept = str(cursor.fetchall())
    audit_log = str(list(AuditEvent.objects.values_list("before", "after", "reason")))
    for secret in (first, rotated.secret):
        assert secret not in kept
        assert secret not in audit_log


def test_a_test_is_sent_to_what_is_active(
    subscribe: Subscribe,
    clara: User,
    rung: list[int],
    django_capture_on_commit_callbacks: Any,
) -> None:
    subscription = subscribe()
    with django_capture_on_commit_callbacks(execute=True):
        sent = services.send_test(subscription.pk, actor=clara)
    assert sent.event == TEST
    assert rung == [subscription.pk]
    services.pause(subscription.pk, reason="Later", actor=clara)
    with pytest.raises(MoveNotAllowed, match="paused"):
        services.send_test(subscription.pk, actor=clara)


def test_one_message_is_replayed_under_its_own_id(subscribe: Subscribe, clara: User) -> None:
    subscription = subscribe()
    sent = message(
        subscription, TEST, status="failed", attempt_count=10, finished_at=timezone.now()
    )
    again = services.replay(sent.pk, actor=clara)
    assert (again.webhook_id, again.status) == (sent.webhook_id, MessageStatus.WAITING)
    assert (again.attempt_count, again.finished_at) == (0, None)
    with pytest.raises(MoveNotAllowed):
        services.replay(sent.pk, actor=clara)
    withheld = message(subscription, status="withheld", finished_at=timezone.now())
    with pytest.raises(MoveNotAllowed):
        services.replay(withheld.pk, actor=clara)
    assert list(selectors.log_of(subscription)) == [again]


def test_all_that_failed_since_a_moment_is_replayed(subscribe: Subscribe, clara: User) -> None:
    subscription = subscribe()
    now = timezone.now()
    ends: list[dict[str, Any]] = [
        {"status": "failed", "finished_at": now, "created_at": now - timedelta(hours=5)},
        {"status": "failed", "finished_at": now, "created_at": now - timedelta(hours=1)},
        {"status": "delivered", "finished_at": now, "created_at": now},
        {"status": "failed", "finished_at": now, "created_at": now},
    ]
    for fields in ends:
        message(subscription, TEST, **fields)
    since = now - timedelta(hours=2)
    assert services.replay_failed(subscription.pk, since=since, actor=clara) == 2
    found = list(Message.objects.order_by("pk").values_list("status", flat=True))
    assert found == ["failed", "waiting", "delivered", "waiting"]
    with pytest.raises(NothingToReplay):
        services.replay_failed(subscription.pk, since=since, actor=clara)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"url": "http://hooks.example.com/"}, "is_encrypted"),
        ({"url": "http://127.0.0.1.example.com/"}, "is_encrypted"),
        ({"url": "http://localhost@example.com/"}, "is_encrypted"),
        ({"events": []}, "has_events"),
        ({"secret": ""}, "has_secret"),
        ({"status": "asleep"}, "has_status"),
        ({"status": "disabled"}, "disabled_says_why"),
        ({"previous_secret": "x"}, "old_secret_ends"),
        ({"failure_count": 1}, "fails_since"),
    ],
)
def test_the_database_refuses_what_must_never_be(
    fields: dict[str, Any], constraint: str, subscribe: Subscribe
) -> None:
    subscribe()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Subscription.objects.update(**fields)


def test_the_database_keeps_what_was_promised(subscribe: Subscribe) -> None:
    message(subscribe(), TEST)
    changes: list[dict[str, Any]] = [
        {"body": "x"},
        {"event": "ticket.approved"},
        {"object_id": "1"},
        {"webhook_id": "x"},
    ]
    for fields in changes:
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            Message.objects.update(**fields)
    with pytest.raises(IntegrityError, match="over_has_moment"), transaction.atomic():
        Message.objects.update(status="failed")
