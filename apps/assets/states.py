"""Statuses and moves of assets, kinds of reservations, units of tariffs."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common.lifecycle import Lifecycle


class Status(models.TextChoices):
    """Where the asset is."""

    AVAILABLE = "available", _("available")
    ON_LOAN = "on_loan", _("on loan")
    IN_MAINTENANCE = "in_maintenance", _("in maintenance")
    LOST = "lost", _("lost")
    RETIRED = "retired", _("retired")


class Action(models.TextChoices):
    """What people do with an asset."""

    HAND_OVER = "hand_over", _("Hand over")
    TAKE_BACK = "take_back", _("Take back")
    SEND_TO_MAINTENANCE = "send_to_maintenance", _("Send to maintenance")
    RETURN_TO_SERVICE = "return_to_service", _("Return to service")
    LOSE = "lose", _("Report lost")
    FIND = "find", _("Report found")
    RETIRE = "retire", _("Retire")


LIFECYCLE = Lifecycle[Status, Action](
    {
        Action.HAND_OVER: ({Status.AVAILABLE}, Status.ON_LOAN),
        # What was lost on a loan may still come back through its ticket.
        Action.TAKE_BACK: ({Status.ON_LOAN, Status.LOST}, Status.AVAILABLE),
        Action.SEND_TO_MAINTENANCE: ({Status.AVAILABLE}, Status.IN_MAINTENANCE),
        Action.RETURN_TO_SERVICE: ({Status.IN_MAINTENANCE}, Status.AVAILABLE),
        Action.LOSE: (
            {Status.AVAILABLE, Status.ON_LOAN, Status.IN_MAINTENANCE},
            Status.LOST,
        ),
        Action.FIND: ({Status.LOST}, Status.AVAILABLE),
        Action.RETIRE: (
            {Status.AVAILABLE, Status.IN_MAINTENANCE, Status.LOST},
            Status.RETIRED,
        ),
    }
)


class Condition(models.TextChoices):
    """How the asset looks."""

    NEW = "new", _("new")
    GOOD = "good", _("good")
    WORN = "worn", _("worn")
    DAMAGED = "damaged", _("damaged")


class CheckedAt(models.TextChoices):
    """When an item of a checklist is asked."""

    OUT = "out", _("hand-over")
    IN = "in", _("return")
    BOTH = "both", _("both")


class ReservationKind(models.TextChoices):
    """Why the asset's time is taken."""

    LOAN = "loan", _("loan")
    MAINTENANCE = "maintenance", _("maintenance")
    BLACKOUT = "blackout", _("blackout")


class ReasonKind(models.TextChoices):
    """Why an asset is not free."""

    PERIOD = "period", _("period runs backwards")
    CLOSED = "closed", _("closed")
    RESERVATION = "reservation", _("reserved")
    BUFFER = "buffer", _("turnaround")
    MAINTENANCE = "maintenance", _("maintenance")
    BLACKOUT = "blackout", _("blackout")
    LATE = "late", _("late")
    OUT = "out", _("out without an end")
    LOST = "lost", _("lost")
    RETIRED = "retired", _("retired")


class Weekday(models.IntegerChoices):
    """The days of the week, as Python counts them."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Unit(models.TextChoices):
    """Units of time that a tariff prices; a month is thirty days."""

    HOUR = "hour", _("hour")
    DAY = "day", _("day")
    WEEK = "week", _("week")
    MONTH = "month", _("month")


class DepositKind(models.TextChoices):
    """How the deposit is found."""

    NONE = "none", _("none")
    FIXED = "fixed", _("fixed amount")
    SHARE = "share", _("share of the value")


class DiscountKind(models.TextChoices):
    """How a discount is found."""

    SHARE = "share", _("share of the fee")
    AMOUNT = "amount", _("amount per ticket")
