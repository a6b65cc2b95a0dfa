"""What the audit log refuses.

DomainError
├── TooManyEvents   an export would never end
├── UnknownJob      the schedule has no job of that name
└── BrokerAway      no worker could be told to run a job
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError


class TooManyEvents(DomainError):
    """An export would never end."""

    template = _(
        "More than {largest} events match. Narrow the list by days, actor or action, "
        "and export it in parts."
    )


class UnknownJob(DomainError):
    """The schedule has no job of that name."""

    template = _("There is no job “{job}” any more. Reload the page.")


class BrokerAway(DomainError):
    """No worker could be told to run a job."""

    template = _("The broker does not answer, so the job was not started. Try again in a minute.")
