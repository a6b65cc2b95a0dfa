"""What the audit log refuses.

DomainError
├── UnknownJob      the schedule has no job of that name
└── BrokerAway      no worker could be told to run a job
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError


class UnknownJob(DomainError):
    """The schedule has no job of that name."""

    template = _("There is no job “{job}” any more. Reload the page.")


class BrokerAway(DomainError):
    """No worker could be told to run a job."""

    template = _("The broker does not answer, so the job was not started. Try again in a minute.")
