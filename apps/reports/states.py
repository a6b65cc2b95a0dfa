"""The life of a report run."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common.lifecycle import Lifecycle


class Status(models.TextChoices):
    """Where the run stands."""

    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")
    EXPIRED = "expired", _("expired")


class Action(models.TextChoices):
    """What happens to a run."""

    CLAIM = "claim", _("Claim")
    FINISH = "finish", _("Finish")
    FAIL = "fail", _("Fail")
    CANCEL = "cancel", _("Cancel")
    EXPIRE = "expire", _("Expire")


class Format(models.TextChoices):
    """What a run can be saved as."""

    PDF = "pdf", "PDF"
    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"


LIFECYCLE = Lifecycle[Status, Action](
    {
        # A running one is claimed again when its worker's lease has run out.
        Action.CLAIM: ({Status.QUEUED, Status.RUNNING}, Status.RUNNING),
        Action.FINISH: ({Status.RUNNING}, Status.DONE),
        Action.FAIL: ({Status.QUEUED, Status.RUNNING}, Status.FAILED),
        Action.CANCEL: ({Status.QUEUED, Status.RUNNING}, Status.CANCELLED),
        Action.EXPIRE: ({Status.DONE}, Status.EXPIRED),
    }
)
