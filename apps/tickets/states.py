"""The life of a ticket and of its lines."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common.lifecycle import Lifecycle


class Status(models.TextChoices):
    """Where the ticket stands."""

    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    CHANGES_REQUESTED = "changes_requested", _("changes requested")
    APPROVED = "approved", _("approved")
    ON_LOAN = "on_loan", _("on loan")
    RETURNED = "returned", _("returned")
    CLOSED = "closed", _("closed")
    REJECTED = "rejected", _("rejected")
    CANCELLED = "cancelled", _("cancelled")
    EXPIRED = "expired", _("expired")


class Action(models.TextChoices):
    """What moves a ticket from one status to another."""

    SUBMIT = "submit", _("Submit")
    REQUEST_CHANGES = "request_changes", _("Request changes")
    APPROVE = "approve", _("Approve")
    REJECT = "reject", _("Reject")
    CANCEL = "cancel", _("Cancel")
    EXPIRE = "expire", _("Expire")
    HAND_OVER = "hand_over", _("Hand over")
    RETURN = "return", _("Return")
    CLOSE = "close", _("Close")
    TAKE_OVER = "take_over", _("Take over")


LIFECYCLE = Lifecycle[Status, Action](
    {
        Action.SUBMIT: ({Status.DRAFT, Status.CHANGES_REQUESTED}, Status.SUBMITTED),
        Action.REQUEST_CHANGES: ({Status.SUBMITTED}, Status.CHANGES_REQUESTED),
        Action.APPROVE: ({Status.SUBMITTED}, Status.APPROVED),
        Action.REJECT: ({Status.SUBMITTED}, Status.REJECTED),
        Action.CANCEL: (
            {Status.DRAFT, Status.SUBMITTED, Status.CHANGES_REQUESTED, Status.APPROVED},
            Status.CANCELLED,
        ),
        Action.EXPIRE: ({Status.APPROVED}, Status.EXPIRED),
        # Line by line: the first line makes it a loan, the others find it one.
        Action.HAND_OVER: ({Status.APPROVED, Status.ON_LOAN}, Status.ON_LOAN),
        # When nothing is out any more and nothing waits to be collected.
        Action.RETURN: ({Status.ON_LOAN}, Status.RETURNED),
        # When every line that was out has been inspected.
        Action.CLOSE: ({Status.RETURNED}, Status.CLOSED),
        # Out already when it was entered, in another system.
        Action.TAKE_OVER: ({Status.DRAFT}, Status.ON_LOAN),
    }
)

# Statuses in which lines and period may still be changed.
EDITABLE = frozenset({Status.DRAFT, Status.CHANGES_REQUESTED})


class LineStatus(models.TextChoices):
    """Where one line of a ticket stands."""

    REQUESTED = "requested", _("requested")
    RESERVED = "reserved", _("reserved")
    ON_LOAN = "on_loan", _("on loan")
    RETURNED = "returned", _("returned")
    INSPECTED = "inspected", _("inspected")
    RELEASED = "released", _("released")
    LOST = "lost", _("lost")
    FOUND = "found", _("found again")


class LineAction(models.TextChoices):
    """What happens to a line."""

    RESERVE = "reserve", _("Reserve")
    HAND_OVER = "hand_over", _("Hand over")
    TAKE_BACK = "take_back", _("Take back")
    INSPECT = "inspect", _("Inspect")
    RELEASE = "release", _("Release")
    LOSE = "lose", _("Report lost")
    FIND = "find", _("Found again")


LINE_LIFECYCLE = Lifecycle[LineStatus, LineAction](
    {
        LineAction.RESERVE: ({LineStatus.REQUESTED}, LineStatus.RESERVED),
        LineAction.HAND_OVER: ({LineStatus.RESERVED}, LineStatus.ON_LOAN),
        # What was lost may still come back while the ticket is open; then it was only late.
        LineAction.TAKE_BACK: ({LineStatus.ON_LOAN, LineStatus.LOST}, LineStatus.RETURNED),
        LineAction.INSPECT: ({LineStatus.RETURNED}, LineStatus.INSPECTED),
        LineAction.RELEASE: (
            {LineStatus.REQUESTED, LineStatus.RESERVED},
            LineStatus.RELEASED,
        ),
        LineAction.LOSE: ({LineStatus.ON_LOAN}, LineStatus.LOST),
        # After the ticket has closed, and the loss is paid.
        LineAction.FIND: ({LineStatus.LOST}, LineStatus.FOUND),
    }
)


class Way(models.TextChoices):
    """How a wish reached the office, when somebody else wrote it down."""

    DESK = "desk", _("at the desk")
    PHONE = "phone", _("by phone")
    EMAIL = "email", _("by e-mail")
    IN_PERSON = "in_person", _("in person, elsewhere")


class Visibility(models.TextChoices):
    """Who reads a comment."""

    EVERYBODY = "everybody", _("everybody on the ticket")
    STAFF = "staff", _("staff only")


class FilePurpose(models.TextChoices):
    """What a file of a ticket shows."""

    PHOTO_OUT = "photo_out", _("photo at hand-over")
    PHOTO_IN = "photo_in", _("photo at return")
    CLAIM = "claim", _("photo of damage")
    SIGNATURE_OUT = "signature_out", _("signature at hand-over")
    SIGNATURE_IN = "signature_in", _("signature at return")
    RECEIPT_OUT = "receipt_out", _("hand-over receipt")
    RECEIPT_IN = "receipt_in", _("return receipt")
    COMMENT = "comment", _("attached to a comment")


class ExtensionStatus(models.TextChoices):
    """Where the wish to keep something longer stands."""

    REQUESTED = "requested", _("requested")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXPIRED = "expired", _("expired")


class ExtensionAction(models.TextChoices):
    """What ends the wish to keep something longer."""

    APPROVE = "approve", _("Approve the extension")
    REJECT = "reject", _("Reject the extension")
    WITHDRAW = "withdraw", _("Withdraw the extension")
    EXPIRE = "expire", _("Let the extension expire")


EXTENSION_LIFECYCLE = Lifecycle[ExtensionStatus, ExtensionAction](
    {
        ExtensionAction.APPROVE: ({ExtensionStatus.REQUESTED}, ExtensionStatus.APPROVED),
        ExtensionAction.REJECT: ({ExtensionStatus.REQUESTED}, ExtensionStatus.REJECTED),
        ExtensionAction.WITHDRAW: ({ExtensionStatus.REQUESTED}, ExtensionStatus.WITHDRAWN),
        # Nothing of it is out any more, or nobody decided before its end.
        ExtensionAction.EXPIRE: ({ExtensionStatus.REQUESTED}, ExtensionStatus.EXPIRED),
    }
)


class WaitingStatus(models.TextChoices):
    """Where somebody stands who waits for an asset."""

    WAITING = "waiting", _("waiting")
    OFFERED = "offered", _("offered")
    TAKEN = "taken", _("taken")
    DECLINED = "declined", _("declined")
    LAPSED = "lapsed", _("lapsed")
    CANCELLED = "cancelled", _("cancelled")


class WaitingAction(models.TextChoices):
    """What happens to somebody who waits for an asset."""

    OFFER = "offer", _("Offer")
    TAKE = "take", _("Accept the offer")
    DECLINE = "decline", _("Decline the offer")
    LAPSE = "lapse", _("Let the offer lapse")
    CANCEL = "cancel", _("Stop waiting")


WAITING_LIFECYCLE = Lifecycle[WaitingStatus, WaitingAction](
    {
        WaitingAction.OFFER: ({WaitingStatus.WAITING}, WaitingStatus.OFFERED),
        WaitingAction.TAKE: ({WaitingStatus.OFFERED}, WaitingStatus.TAKEN),
        WaitingAction.DECLINE: ({WaitingStatus.OFFERED}, WaitingStatus.DECLINED),
        # An offer that nobody answered, or a wish whose time passed before there was one.
        WaitingAction.LAPSE: (
            {WaitingStatus.WAITING, WaitingStatus.OFFERED},
            WaitingStatus.LAPSED,
        ),
        WaitingAction.CANCEL: (
            {WaitingStatus.WAITING, WaitingStatus.OFFERED},
            WaitingStatus.CANCELLED,
        ),
    }
)


class Direction(models.TextChoices):
    """Which way assets go at the desk."""

    OUT = "out", _("hand-over")
    IN = "in", _("return")


class Signing(models.TextChoices):
    """How both parties signed."""

    NONE = "none", _("not signed")
    DRAWN = "drawn", _("on the screen")
    PAPER = "paper", _("on paper")
