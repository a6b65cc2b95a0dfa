"""Several at once, and one that is killed."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit import services as audit
from apps.webhooks import delivery, services
from apps.webhooks.catalogue import TEST
from apps.webhooks.models import Attempt, Message, Subscription
from apps.webhooks.states import MessageStatus
from apps.webhooks.tests.conftest import Receiver, Subscribe, message
from project.testing.broker import Worker
from project.testing.make import Make

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_workers_at_once_make_one_attempt(subscribe: Subscribe, receiver: Receiver) -> None:
    subscription = subscribe()
    message(subscription, TEST)
    came, may_answer = threading.Event(), threading.Event()

    def wait() -> None:
        came.set()
        may_answer.wait(10)

    receiver.before_answer = wait

    def work() -> None:
        try:
            delivery.deliver(subscription.pk)
        finally:
            connection.close()

    first = threading.Thread(target=work)
    first.start()
    assert came.wait(10)
    # The first is in the middle of it; the second finds nothing to do, and does not wait.
    assert delivery.deliver(subscription.pk) is None
    with pytest.raises(IntegrityError, match="webhook_message_one_at_a_time"):
        message(subscription, TEST, status="sending")
    may_answer.set()
    first.join()
    assert len(receiver.got) == Attempt.objects.count() == 1


def test_a_deed_does_not_wait_for_a_delivery_or_a_change(
    make: Make, boris: User, clara: User, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    wallet = make.wallet(boris)
    failures: list[Exception] = []

    def work() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
                audit.record("wallets.frozen", actor=clara, target=wallet)
        except Exception as failure:  # noqa: BLE001  (told to the test)
            failures.append(failure)
        finally:
            connection.close()

    with transaction.atomic():
        Subscription.objects.locked().get(pk=subscription.pk)
        deed = threading.Thread(target=work)
        deed.start()
        deed.join()
    assert failures == []
    assert Message.objects.count() == 1


def test_what_a_killed_worker_was_sending_is_sent_again_under_the_same_id(
    celery_worker: Worker, subscribe: Subscribe, receiver: Receiver, clara: User
) -> None:
    is_over = threading.Event()
    receiver.before_answer = lambda: is_over.wait(30)
    subscription = subscribe()
    sent = services.send_test(subscription.pk, actor=clara)
    celery_worker.until(lambda: len(receiver.got) == 1)
    celery_worker.kill()
    is_over.set()
    sent.refresh_from_db()
    assert sent.status == MessageStatus.SENDING
    # Two minutes later.
    Message.objects.update(attempt_at=timezone.now())
    delivery.take_back_lost()
    delivery.deliver(subscription.pk)
    assert Message.objects.get().status == MessageStatus.DELIVERED
    assert receiver.ids == [sent.webhook_id] * 2
