"""A receiver that is busy says when to come back, and is believed, within bounds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.webhooks import delivery
from apps.webhooks.catalogue import TEST
from apps.webhooks.models import Attempt
from apps.webhooks.tests.conftest import Receiver, Subscribe, message
from apps.webhooks.waiting import asked_for

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("0", 0), ("1", 1), (" 120 ", 120), ("86400", 86_400)),
        *(("86401", 86_400), ("999999999", 86_400)),
        ("Mon, 02 Mar 2026 09:10:00 GMT", 600),
        ("Monday, 02-Mar-26 09:10:00 GMT", 600),
        ("Mon Mar  2 09:10:00 2026", 600),
        ("Mon, 02 Mar 2026 08:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        # What nobody can read asks for nothing.
        *(("", None), ("soon", None), ("-5", None), ("1.5", None), ("1e3", None), ("٣", None)),
        *(("9" * 5000, None), ("Mon, 99 Mar 2026 09:10:00 GMT", None), ("120, 60", None)),
    ],
)
def test_seconds_and_dates_are_read_and_bounded(text: str, seconds: int | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    for code in (429, 503):
        assert asked_for(code, {"retry-after": text}, now=START) == expected
    for code in (200, 301, 500, 502):
        assert asked_for(code, {"retry-after": text}, now=START) is None


def test_nothing_is_asked_without_the_header() -> None:
    assert asked_for(503, {}, now=START) is None


@pytest.mark.django_db
def test_nobody_calls_before_the_receiver_said_and_then_somebody_does(
    subscribe: Subscribe, receiver: Receiver, clock: time_machine.Traveller
) -> None:
    subscription = subscribe()
    first, second = message(subscription, TEST), message(subscription, TEST)
    receiver.answers, receiver.headers = [429], {"retry-after": "1800"}
    assert delivery.deliver(subscription.pk) is None
    # It asks for all of them: the second is not sent to see whether it gets the same answer.
    assert receiver.ids == [first.webhook_id]
    first.refresh_from_db()
    assert first.attempt_at == START + timedelta(minutes=30)
    clock.move_to(START + timedelta(minutes=29))
    assert delivery.due() == []
    delivery.deliver(subscription.pk)
    assert len(receiver.got) == 1
    clock.move_to(START + timedelta(minutes=30))
    assert delivery.due() == [subscription.pk]
    receiver.answers = [200]
    delivery.deliver(subscription.pk)
    assert receiver.ids == [first.webhook_id, first.webhook_id, second.webhook_id]


@pytest.mark.django_db
def test_less_than_our_own_patience_changes_nothing(
    subscribe: Subscribe, receiver: Receiver, clock: time_machine.Traveller
) -> None:
    subscription = subscribe()
    sent = message(subscription, TEST)
    receiver.answers, receiver.headers = [503], {"retry-after": "1"}
    delivery.deliver(subscription.pk)
    sent.refresh_from_db()
    assert sent.attempt_at >= timezone.now() + delivery.WAITS[0]


@pytest.mark.django_db
def test_the_log_shows_what_was_asked(
    subscribe: Subscribe, receiver: Receiver, adam: User, client: Client
) -> None:
    subscription = subscribe()
    message(subscription, TEST)
    receiver.answers, receiver.headers = [503], {"retry-after": "90"}
    delivery.deliver(subscription.pk)
    assert Attempt.objects.get().retry_after == 90
    client.force_login(adam)
    page = client.get(reverse("admin:webhooks_subscription_change", args=(subscription.pk,)))
    assert "asks to wait 90 s" in page.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "seconds"), [(503, 86_401), (500, 5), (None, 5)])
def test_the_database_keeps_the_bounds(
    subscribe: Subscribe, code: int | None, seconds: int
) -> None:
    sent = message(subscribe(), TEST)
    with pytest.raises(IntegrityError, match="waits_a_day_at_most"), transaction.atomic():
        Attempt.objects.create(
            message=sent,
            at=timezone.now(),
            url="https://a.example",
            duration_ms=1,
            status_code=code,
            error="It failed",
            retry_after=seconds,
        )
