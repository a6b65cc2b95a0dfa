"""The life of a reset of second factors."""

from enum import Enum

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common.lifecycle import Lifecycle


class ResetStatus(models.TextChoices):
    """Where the reset stands."""

    ASKED = "asked", _("waits for another administrator")
    CONFIRMED = "confirmed", _("confirmed")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXPIRED = "expired", _("expired")


class ResetAction(Enum):
    """What can happen to a reset."""

    CONFIRM = "confirm"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


RESETS = Lifecycle[ResetStatus, ResetAction](
    {
        ResetAction.CONFIRM: ({ResetStatus.ASKED}, ResetStatus.CONFIRMED),
        ResetAction.WITHDRAW: ({ResetStatus.ASKED}, ResetStatus.WITHDRAWN),
        ResetAction.EXPIRE: ({ResetStatus.ASKED}, ResetStatus.EXPIRED),
    }
)
