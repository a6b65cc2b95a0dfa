"""What can be wrong with an approval.

DomainError
├── NoPolicy             nobody has laid down who decides on this
├── AlreadyWaiting       the same matter waits for a decision already
├── AlreadyDecided       a colleague was quicker, or the click came twice
├── NotWaiting           the matter was withdrawn, or nobody decided in time
├── YouHaveDecided       the level needs somebody else now
├── ReasonMissing        a refusal says why
└── NotPermitted
    └── RoleNeeded       this level waits for another role
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError, NotPermitted


class NoPolicy(DomainError):
    """No active policy covers the scope, group, currency and amount."""

    template = _(
        "No approval policy says who decides on “{scope}” for {amount}. "
        "Ask an administrator to add one."
    )


class AlreadyWaiting(DomainError):
    """The subject has an open request."""

    template = _("“{title}” waits for a decision already. Withdraw it before asking again.")


class AlreadyDecided(DomainError):
    """The request was concluded by a decision."""

    template = _("“{title}” was already {outcome} by {decider} at {at}; nothing was changed.")


class NotWaiting(DomainError):
    """The request was withdrawn or has expired."""

    template = _("“{title}” no longer waits for a decision: it is {status}.")


class YouHaveDecided(DomainError):
    """The person has decided on this request before, and it needs somebody else."""

    template = _(
        "You have decided on “{title}” at {at} ({verdict}). "
        "It now waits for somebody else with the role “{role}”."
    )


class ReasonMissing(DomainError):
    """Whoever rejects or returns says why."""

    template = _("Say why: the person who asked has to understand what to do.")


class RoleNeeded(NotPermitted):
    """The current level waits for a role that the person does not have."""

    template = _(
        "“{title}” waits for the role “{role}”, which you do not have. "
        "Ask somebody who has it to decide."
    )
