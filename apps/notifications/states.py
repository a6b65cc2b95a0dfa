"""The life of a notice."""

from enum import Enum

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common.lifecycle import Lifecycle


class Status(models.TextChoices):
    """Where the delivery stands."""

    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")


class Channel(models.TextChoices):
    """How the notice reaches the person."""

    ADMIN = "admin", _("in the admin")
    EMAIL = "email", _("e-mail")


class Action(Enum):
    """What can happen to a notice."""

    SEND = "send"
    GIVE_UP = "give up"
    TRY_AGAIN = "try again"


LIFECYCLE = Lifecycle[Status, Action](
    {
        Action.SEND: ({Status.WAITING}, Status.SENT),
        Action.GIVE_UP: ({Status.WAITING}, Status.FAILED),
        Action.TRY_AGAIN: ({Status.FAILED}, Status.WAITING),
    }
)
