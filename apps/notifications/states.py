"""The life of a notice."""

from enum import Enum

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common.lifecycle import Lifecycle


class Status(models.TextChoices):
    """Where the delivery stands."""

    WAITING = "waiting", _("waiting")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")


class Channel(models.TextChoices):
    """How the notice reaches the person."""

    ADMIN = "admin", _("in the admin")
    EMAIL = "email", _("e-mail")


class Action(Enum):
    """What can happen to a notice."""

    CLAIM = "claim"
    SEND = "send"
    POSTPONE = "postpone"
    GIVE_UP = "give up"
    TRY_AGAIN = "try again"


LIFECYCLE = Lifecycle[Status, Action](
    {
        Action.CLAIM: ({Status.WAITING}, Status.SENDING),
        Action.SEND: ({Status.SENDING}, Status.SENT),
        Action.POSTPONE: ({Status.SENDING}, Status.WAITING),
        Action.GIVE_UP: ({Status.SENDING}, Status.FAILED),
        Action.TRY_AGAIN: ({Status.FAILED}, Status.WAITING),
    }
)
