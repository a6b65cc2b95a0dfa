"""What closing or reopening a month is refused for, and a posting into a closed one."""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError


class PeriodClosed(DomainError):
    """The day lies in a month that takes no more entries."""

    template = _(
        "{effective_on} lies in a closed month: the books are closed through {through}. "
        "Give a later effective day, or ask a controller to reopen the month."
    )


class PeriodNotOver(DomainError):
    """A month is closed when it is over, not before."""

    template = _(
        "{period} is not over: it ends on {ends_on}. Close it after that day, or close an "
        "earlier month."
    )


class EarlierPeriodOpen(DomainError):
    """Months are closed in their order."""

    template = _("{before} is still open, and months are closed in their order. Close it first.")


class LaterPeriodClosed(DomainError):
    """The last closed month is reopened first."""

    template = _(
        "{later} is closed after it, and the last closed month is reopened first. "
        "Reopen {later} first."
    )
