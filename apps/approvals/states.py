"""The life of an approval request."""

from enum import Enum

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common.lifecycle import Lifecycle


class Status(models.TextChoices):
    """Where the request stands."""

    PENDING = "pending", _("pending")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")
    RETURNED = "returned", _("changes requested")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXPIRED = "expired", _("expired")


class Verdict(models.TextChoices):
    """What a decider says."""

    APPROVE = "approve", _("approve")
    REJECT = "reject", _("reject")
    RETURN = "return", _("request changes")


class Action(Enum):
    """What can happen to a request."""

    APPROVE = "approve"
    REJECT = "reject"
    RETURN = "request changes"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


LIFECYCLE = Lifecycle[Status, Action](
    {
        Action.APPROVE: ({Status.PENDING}, Status.APPROVED),
        Action.REJECT: ({Status.PENDING}, Status.REJECTED),
        Action.RETURN: ({Status.PENDING}, Status.RETURNED),
        Action.WITHDRAW: ({Status.PENDING}, Status.WITHDRAWN),
        Action.EXPIRE: ({Status.PENDING}, Status.EXPIRED),
    }
)
