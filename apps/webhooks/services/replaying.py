"""Sending again what a receiver has missed, and a message that is about nothing, as a test."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.context import origin
from apps.audit.services import deed
from apps.common.doorbell import ring
from apps.common.errors import MoveNotAllowed
from apps.common.secret_text import is_lost
from apps.webhooks import outbox, tasks
from apps.webhooks.catalogue import TEST
from apps.webhooks.errors import NothingToReplay, SecretLost
from apps.webhooks.models import Message, Subscription
from apps.webhooks.services.holding import locked
from apps.webhooks.states import MessageAction, MessageStatus, Status

if TYPE_CHECKING:
    from apps.accounts.models import User


@deed
def send_test(subscription_id: int, *, actor: "User") -> Message:
    """Send a message that is about nothing, so that a receiver can be tried out.

    Raises:
        MoveNotAllowed: nothing is delivered while it is not active.
        NotYourSubscription: see `locked`.
        SecretLost: no key opens its secret any more.
    """
    subscription = locked(subscription_id, actor=actor)
    if subscription.status != Status.ACTIVE:
        status = subscription.get_status_display()
        raise MoveNotAllowed(action=_("Send a test"), status=status)
    if is_lost(subscription, "secret"):
        raise SecretLost
    now = timezone.now()
    data = {
        "object": "webhook_subscription",
        "id": str(subscription.pk),
        "url": f"/api/v1/webhooks/{subscription.pk}",
        "changed": [],
        "request_id": str(origin().request_id),
    }
    message = Message.objects.create(
        subscription=subscription,
        webhook_id=f"msg_{uuid4().hex}",
        event=TEST,
        body=outbox.as_json(TEST, data, now=now),
    )
    audit.record("webhooks.tested", actor=actor, target=subscription)
    _wake(subscription)
    return message


@deed
def replay(message_id: int, *, actor: "User") -> Message:
    """Send one message again that has arrived or failed, under its own webhook id.

    Raises:
        MoveNotAllowed: it waits or is being sent, or its person may not see what it is about.
        NotYourSubscription: see `locked`.
    """
    subscription_id = Message.objects.values_list("subscription_id", flat=True).get(pk=message_id)
    subscription = locked(subscription_id, actor=actor)
    message = Message.objects.select_for_update(of=("self",)).get(pk=message_id)
    message.move(MessageAction.REPLAY)
    message.attempt_count = 0
    message.attempt_at = timezone.now()
    message.save(update_fields=("status", "attempt_count", "attempt_at", "finished_at"))
    audit.record(
        "webhooks.replayed", actor=actor, target=subscription, after={"message": message.webhook_id}
    )
    _wake(subscription)
    return message


@deed
def replay_failed(subscription_id: int, *, since: datetime, actor: "User") -> int:
    """Send again, in order, all that was written since a moment and has failed; return how many.

    Raises:
        NothingToReplay: nothing has.
        NotYourSubscription: see `locked`.
    """
    subscription = locked(subscription_id, actor=actor)
    failed = Message.objects.filter(
        subscription=subscription, status=MessageStatus.FAILED, created_at__gte=since
    )
    count = failed.update(
        status=MessageStatus.WAITING, attempt_count=0, attempt_at=timezone.now(), finished_at=None
    )
    since_text = date_format(timezone.localtime(since), "j M Y, H:i")
    if not count:
        raise NothingToReplay(since=since_text)
    audit.record(
        "webhooks.replayed",
        actor=actor,
        target=subscription,
        after={"since": since_text, "messages": count},
    )
    _wake(subscription)
    return count


def _wake(subscription: Subscription) -> None:
    transaction.on_commit(partial(ring, tasks.deliver, [subscription.pk]))
