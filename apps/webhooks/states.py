"""The lives of a subscription and of a message."""

from enum import Enum

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common.lifecycle import Lifecycle


class Status(models.TextChoices):
    """Whether a subscription is delivered to."""

    ACTIVE = "active", _("active")
    PAUSED = "paused", _("paused")
    DISABLED = "disabled", _("disabled")
    REMOVED = "removed", _("removed")


class Action(models.TextChoices):
    """What can happen to a subscription."""

    PAUSE = "pause", _("Pause")
    RESUME = "resume", _("Resume")
    DISABLE = "disable", _("Disable")
    REMOVE = "remove", _("Remove")


LIFECYCLE = Lifecycle[Status, Action](
    {
        Action.PAUSE: ({Status.ACTIVE}, Status.PAUSED),
        Action.RESUME: ({Status.PAUSED, Status.DISABLED}, Status.ACTIVE),
        Action.DISABLE: ({Status.ACTIVE}, Status.DISABLED),
        Action.REMOVE: ({Status.ACTIVE, Status.PAUSED, Status.DISABLED}, Status.REMOVED),
    }
)

COLLECTING = (Status.ACTIVE, Status.PAUSED)
"""Subscriptions for which messages are written; those of a paused one wait."""


class MessageStatus(models.TextChoices):
    """Where the delivery of a message stands."""

    WAITING = "waiting", _("waiting")
    SENDING = "sending", _("being sent")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("failed")
    WITHHELD = "withheld", _("withheld")


class MessageAction(Enum):
    """What can happen to a message."""

    CLAIM = "claim"
    DELIVER = "deliver"
    POSTPONE = "postpone"
    GIVE_UP = "give up"
    WITHHOLD = "withhold"
    REPLAY = "replay"


MESSAGE_LIFECYCLE = Lifecycle[MessageStatus, MessageAction](
    {
        MessageAction.CLAIM: ({MessageStatus.WAITING}, MessageStatus.SENDING),
        MessageAction.DELIVER: ({MessageStatus.SENDING}, MessageStatus.DELIVERED),
        MessageAction.POSTPONE: ({MessageStatus.SENDING}, MessageStatus.WAITING),
        MessageAction.GIVE_UP: ({MessageStatus.SENDING}, MessageStatus.FAILED),
        MessageAction.WITHHOLD: ({MessageStatus.WAITING}, MessageStatus.WITHHELD),
        MessageAction.REPLAY: (
            {MessageStatus.DELIVERED, MessageStatus.FAILED},
            MessageStatus.WAITING,
        ),
    }
)

OVER = (MessageStatus.DELIVERED, MessageStatus.FAILED, MessageStatus.WITHHELD)
"""Messages that nobody sends any more, unless somebody replays them."""
