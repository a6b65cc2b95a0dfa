"""The life of a claim and of a receivable, and what leaves a strike."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common.lifecycle import Lifecycle


class ClaimKind(models.TextChoices):
    """What is claimed, and from whom."""

    DAMAGE = "damage", _("damage")
    LOSS = "loss", _("loss")
    # The other way round: what was paid for a loss goes back to the borrower.
    CREDIT = "credit", _("credit after a find")


class ClaimStatus(models.TextChoices):
    """Where a claim stands."""

    OPEN = "open", _("waits for a decision")
    RETURNED = "returned", _("changes requested")
    ACCEPTED = "accepted", _("accepted")
    REDUCED = "reduced", _("accepted in part")
    DISMISSED = "dismissed", _("dismissed")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ClaimAction(models.TextChoices):
    """What happens to a claim."""

    ACCEPT = "accept", _("Accept")
    REDUCE = "reduce", _("Accept in part")
    DISMISS = "dismiss", _("Dismiss")
    SEND_BACK = "send_back", _("Request changes")
    REVISE = "revise", _("Revise")
    WITHDRAW = "withdraw", _("Withdraw")
    ANNUL = "annul", _("Annul")


CLAIM_LIFECYCLE = Lifecycle[ClaimStatus, ClaimAction](
    {
        ClaimAction.ACCEPT: ({ClaimStatus.OPEN}, ClaimStatus.ACCEPTED),
        ClaimAction.REDUCE: ({ClaimStatus.OPEN}, ClaimStatus.REDUCED),
        ClaimAction.DISMISS: ({ClaimStatus.OPEN}, ClaimStatus.DISMISSED),
        ClaimAction.SEND_BACK: ({ClaimStatus.OPEN}, ClaimStatus.RETURNED),
        ClaimAction.REVISE: ({ClaimStatus.RETURNED}, ClaimStatus.OPEN),
        ClaimAction.WITHDRAW: ({ClaimStatus.OPEN, ClaimStatus.RETURNED}, ClaimStatus.WITHDRAWN),
        # What was lost came back before anybody was charged for it.
        ClaimAction.ANNUL: (
            {
                ClaimStatus.OPEN,
                ClaimStatus.RETURNED,
                ClaimStatus.ACCEPTED,
                ClaimStatus.REDUCED,
            },
            ClaimStatus.WITHDRAWN,
        ),
    }
)

UNDECIDED = frozenset({ClaimStatus.OPEN, ClaimStatus.RETURNED})
GRANTED = frozenset({ClaimStatus.ACCEPTED, ClaimStatus.REDUCED})


class ReceivableStatus(models.TextChoices):
    """Whether somebody still owes it."""

    OPEN = "open", _("open")
    PAID = "paid", _("paid")
    WRITTEN_OFF = "written_off", _("written off")


class ReceivableAction(models.TextChoices):
    """What happens to a receivable."""

    COLLECT = "collect", _("Collect")
    PAY = "pay", _("Pay in full")
    WRITE_OFF = "write_off", _("Write off")


RECEIVABLE_LIFECYCLE = Lifecycle[ReceivableStatus, ReceivableAction](
    {
        # In part; the rest stays owed.
        ReceivableAction.COLLECT: ({ReceivableStatus.OPEN}, ReceivableStatus.OPEN),
        ReceivableAction.PAY: ({ReceivableStatus.OPEN}, ReceivableStatus.PAID),
        ReceivableAction.WRITE_OFF: ({ReceivableStatus.OPEN}, ReceivableStatus.WRITTEN_OFF),
    }
)


class StrikeKind(models.TextChoices):
    """What the strike is for."""

    LATE = "late", _("late return")
    DAMAGE = "damage", _("damage")
    LOSS = "loss", _("loss")
