"""Delivering what the outbox holds: at least once, in order as far as that is possible.

A worker claims the oldest message of a subscription that is due, commits, sends, and writes down
the attempt. One message of a subscription is on its way at a time, which the database sees to. When
the worker dies in between, the sweep takes the message back, and it is sent again under the same
`webhook-id`, by which receivers know it.

A message that fails is tried again with growing patience while later ones go their way. A receiver
that fails again and again rests between attempts, and all that fail share one worker, so that
those that answer never wait for them for long.
"""

import logging
import random
import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.common.secret_text import SecretUnreadable
from apps.webhooks import rights, sending, signing
from apps.webhooks.ending import disable
from apps.webhooks.errors import SecretLost
from apps.webhooks.models import Attempt, Message, Subscription
from apps.webhooks.sending import Answer
from apps.webhooks.states import MessageAction, MessageStatus, Status

logger = logging.getLogger(__name__)

WAITS: tuple[timedelta, ...] = (
    *(timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
"""How long to wait after each failed attempt, before chance adds up to a fifth: three days."""
ATTEMPTS = len(WAITS) + 1
LONGEST_REST = timedelta(minutes=5)
LEASE = timedelta(minutes=2)
"""How long a worker may take for one message; far beyond what sending may take."""
TURN_SECONDS = 20.0
"""How long one subscription keeps a worker before others have their turn."""
DISABLED_AFTER = timedelta(days=5)
GONE = 410
_SOON = timedelta(minutes=1)
_BATCH = 500


def deliver(subscription_id: int) -> float | None:
    """Send what is due; return the seconds after which it is worth coming back, if there are any.

    Later attempts are left to the sweep, and so is everything when nothing could be taken: whoever
    sent last comes back, and of the many who were woken meanwhile nobody else does.
    """
    ends_at = time.monotonic() + TURN_SECONDS
    is_over = has_taken = False
    while not is_over and (message := _claim(subscription_id)):
        has_taken = True
        if message.status == MessageStatus.SENDING:
            attempt = Attempt(message=message, at=timezone.now(), url=message.subscription.url)
            _close(message, attempt, _send(message, now=attempt.at))
        is_over = time.monotonic() >= ends_at
    if not has_taken:
        return None
    return _pause(subscription_id, at_least=0 if is_over else 1)


def _send(message: Message, *, now: datetime) -> Answer:
    """Sign and send; what cannot be signed any more is not sent."""
    try:
        headers = signing.headers_of(message, now=now)
    except SecretUnreadable:
        logger.exception("the secret of %s can no longer be read", message.subscription)
        return Answer(None, 0, SecretLost().message, is_unsigned=True)
    return sending.send(message.subscription.url, message.body, headers)


def _claim(subscription_id: int) -> Message | None:
    """Take the oldest message that is due and that its person may see, if it is its turn.

    After many that they may not see, it returns the last of those: there may be more to do.
    """
    now = timezone.now()
    message = None
    with transaction.atomic():
        subscription = (
            Subscription.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
            .select_related("person", "program")
            .filter(_is_ready(now), pk=subscription_id)
            .first()
        )
        if subscription is None or not _is_its_turn(subscription):
            return None
        due = subscription.messages.filter(status=MessageStatus.WAITING, attempt_at__lte=now)
        for _count in range(_BATCH):
            message = due.order_by("pk").first()
            if message is None:
                return None
            message.subscription = subscription
            if not rights.may_learn(subscription, message.event, message.object_id):
                message.move(MessageAction.WITHHOLD)
                message.save(update_fields=("status", "finished_at"))
                continue
            message.move(MessageAction.CLAIM)
            message.attempt_count += 1
            message.attempt_at = now + LEASE
            message.save(update_fields=("status", "attempt_count", "attempt_at"))
            return message
    return message


def _is_its_turn(subscription: Subscription) -> bool:
    """Tell whether nobody is sending for it, or for others that fail when it does so too.

    A receiver that hangs keeps a worker for the whole `sending.TIMEOUT`; many of them would keep
    all. The question may be answered so twice at once, and then there are two for a moment.
    """
    busy = Message.objects.filter(status=MessageStatus.SENDING)
    is_in_the_way = Q(subscription=subscription)
    if subscription.failure_count:
        is_in_the_way |= Q(subscription__failure_count__gt=0)
    return not busy.filter(is_in_the_way).exists()


def _is_ready(now: datetime) -> Q:
    return Q(status=Status.ACTIVE) & (Q(rests_until=None) | Q(rests_until__lte=now))


@transaction.atomic
def _close(message: Message, attempt: Attempt, answer: Answer) -> None:
    """Write down the attempt, and what follows from it for the message and its subscription."""
    attempt.status_code = answer.status_code
    attempt.duration_ms = answer.duration_ms
    attempt.error, attempt.response = answer.error, answer.response
    if answer.retry_after is not None:
        attempt.retry_after = int(answer.retry_after.total_seconds())
    attempt.save(force_insert=True)
    subscription = Subscription.objects.locked().get(pk=message.subscription_id)
    kept = Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
    is_ours = kept.status == MessageStatus.SENDING and kept.attempt_count == message.attempt_count
    if is_ours:
        _judge(kept, attempt)
    _remember(subscription, attempt)
    if answer.is_unsigned and subscription.status == Status.ACTIVE:
        disable(subscription, reason=answer.error)


def _judge(message: Message, attempt: Attempt) -> None:
    if attempt.is_success:
        message.move(MessageAction.DELIVER)
    elif message.attempt_count >= ATTEMPTS:
        message.move(MessageAction.GIVE_UP)
    else:
        message.move(MessageAction.POSTPONE)
        wait = max(wait_after(message.attempt_count), attempt.asked_to_wait)
        message.attempt_at = timezone.now() + wait
    message.save(update_fields=("status", "attempt_at", "finished_at"))


def wait_after(attempt_count: int) -> timedelta:
    """Return how long a message waits after so many failed attempts, with a share of chance."""
    # Chance only parts those who failed together.
    share: float = random.uniform(1, 1.2)  # noqa: S311
    return timedelta(seconds=WAITS[attempt_count - 1].total_seconds() * share)


def rest_after(failure_count: int) -> timedelta:
    """Return how long a receiver rests after so many failures in a row: 0, 5, 10, 20 … 300 s."""
    if failure_count < 2:  # noqa: PLR2004  (one bad message is no bad receiver)
        return timedelta(0)
    doublings = min(failure_count - 2, 10)
    return min(timedelta(seconds=5 * 2.0**doublings), LONGEST_REST)


def _remember(subscription: Subscription, attempt: Attempt) -> None:
    """Keep for how long nothing has arrived; after five days, or when it is gone, disable it."""
    now = timezone.now()
    if attempt.is_success:
        subscription.failure_count = 0
        subscription.failing_since = subscription.rests_until = None
    else:
        subscription.failure_count += 1
        subscription.failing_since = subscription.failing_since or attempt.at
        rest = max(rest_after(subscription.failure_count), attempt.asked_to_wait)
        subscription.rests_until = now + rest
    subscription.save(update_fields=("failure_count", "failing_since", "rests_until"))
    if subscription.status != Status.ACTIVE or attempt.is_success:
        return
    if attempt.status_code == GONE:
        disable(subscription, reason=_("The receiver answered 410: it is gone for good."))
    elif subscription.failing_since and now - subscription.failing_since >= DISABLED_AFTER:
        days = DISABLED_AFTER.days
        disable(
            subscription,
            reason=_("Nothing has arrived for {days} days. The last failure: {error}").format(
                days=days, error=attempt.error
            ),
        )


def _pause(subscription_id: int, *, at_least: float) -> float | None:
    """Return in how many seconds the next message is due, when the sweep would be too late."""
    now = timezone.now()
    sending = Message.objects.filter(subscription=subscription_id, status=MessageStatus.SENDING)
    if sending.exists():  # whoever sends it goes on with the rest
        return None
    row = (
        Message.objects.filter(
            subscription_id=subscription_id,
            subscription__status=Status.ACTIVE,
            status=MessageStatus.WAITING,
            attempt_at__lte=now + _SOON,
        )
        .order_by("attempt_at")
        .values_list("attempt_at", "subscription__rests_until")
        .first()
    )
    if row is None:
        return None
    moment = max(at for at in (*row, now) if at is not None)
    return max(at_least, (moment - now).total_seconds()) if moment <= now + _SOON else None


def due() -> list[int]:
    """Return the subscriptions for which something is due that nobody is sending."""
    now = timezone.now()
    waiting = Message.objects.filter(subscription=OuterRef("pk"), status=MessageStatus.WAITING)
    # The earliest of each, one step into an index: EXISTS would be joined with all that waits.
    earliest = Subquery(waiting.order_by("attempt_at").values("attempt_at")[:1])
    ready = Subscription.objects.alias(due_at=earliest).filter(_is_ready(now), due_at__lte=now)
    return list(ready.order_by("pk").values_list("pk", flat=True))


def take_back_lost() -> int:
    """Let messages whose worker died be sent again, and write that down; return how many."""
    now = timezone.now()
    with transaction.atomic():
        lost = list(
            Message.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("subscription")
            .filter(status=MessageStatus.SENDING, attempt_at__lte=now)
            .order_by("pk")[:_BATCH]
        )
        for message in lost:
            Attempt.objects.create(
                message=message,
                at=message.attempt_at - LEASE,
                url=message.subscription.url,
                duration_ms=0,
                error=_("The worker stopped while sending: it may have arrived."),
            )
            is_last = message.attempt_count >= ATTEMPTS
            message.move(MessageAction.GIVE_UP if is_last else MessageAction.POSTPONE)
            message.attempt_at = now
            message.save(update_fields=("status", "attempt_at", "finished_at"))
    return len(lost)
