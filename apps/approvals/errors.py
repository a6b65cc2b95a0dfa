"""What can be wrong with an approval.

DomainError
├── NoPolicy             nobody has laid down who decides on this
├── AlreadyWaiting       the same matter waits for a decision already
├── AlreadyDecided       a colleague was quicker, or the click came twice
├── NotWaiting           the matter was withdrawn, or nobody decided in time
├── YouHaveDecided       the level needs somebody else now
├── DecidedForYou        a substitute has decided on the person's behalf
├── PrincipalHasDecided  who is away has decided themselves before
├── ReasonMissing        a refusal says why
├── TermsNotPossible     only approvals of some matters can be of a part
├── ColleagueCannot      this colleague does not decide on it
├── SubstituteCannot     this person cannot stand in
├── AbsenceBackward      an absence ends after it starts, and after now
├── AbsenceTaken         the person has a substitute then already
├── AbsenceHasEnded      it was ended before
├── OwnTrust             nobody trusts themselves
├── AlreadyTrusted       somebody trusts the person already
├── NotTrusted           the trust was ended before
└── NotPermitted
    ├── DailyLimitReached  the person has set enough in motion today
    ├── RoleNeeded       this level waits for another role
    └── HandedOn         the person gave it to a colleague
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


class HandedOn(NotPermitted):
    """The person gave it to a colleague, who decides in their place."""

    template = _(
        "You gave “{title}” to {colleague} at {at}, who decides on this level. "
        "Ask them to hand it back."
    )


class DecidedForYou(DomainError):
    """A substitute has decided on the person's behalf."""

    template = _(
        "{decider} has decided on “{title}” for you at {at} ({verdict}); nobody counts twice. "
        "It waits for somebody else."
    )


class PrincipalHasDecided(DomainError):
    """Who is away has decided themselves before, or somebody for them."""

    template = _(
        "{person}, for whom you decide, has decided on “{title}” already; nobody counts twice. "
        "It waits for somebody else."
    )


class TermsNotPossible(DomainError):
    """Only approvals of some matters can be of a part."""

    template = _("“{title}” can only be approved as a whole. Request changes instead.")


class ColleagueCannot(DomainError):
    """Whom it was to be handed to does not decide on it."""

    template = _("{colleague} cannot decide on this: {why}. Choose somebody else.")


class SubstituteCannot(DomainError):
    """Whoever was named cannot stand in."""

    template = _("{substitute} cannot be the substitute: {why}. Choose somebody else.")


class AbsenceBackward(DomainError):
    """An absence ends after it starts, and after now."""

    template = _("“Until” must be after “from” and after now. Correct it.")


class AbsenceTaken(DomainError):
    """The person has a substitute for a part of the period."""

    template = _(
        "{person} has a substitute for a part of that period already. "
        "End that absence first, or choose another period."
    )


class AbsenceHasEnded(DomainError):
    """It was ended before, or its period is over."""

    template = _("The absence of {person} has ended already; nothing was changed.")


class OwnTrust(DomainError):
    """Nobody trusts themselves."""

    template = _("Nobody trusts themselves. Ask a colleague to do it.")


class AlreadyTrusted(DomainError):
    """Somebody trusts the person already."""

    template = _("{person} is trusted already; nothing was changed.")


class NotTrusted(DomainError):
    """The trust was ended before."""

    template = _("The trust in {person} was ended before; nothing was changed.")


class DailyLimitReached(NotPermitted):
    """The person has asked for, or agreed to, as much as they may in a day."""

    template = _(
        "Your limit for today is reached: {limit} may come to {count_per_day} and "
        "{amount_per_day} a day. You have used {used_count} and {used_amount}, so {left_count} "
        "and {left_amount} are left, and this takes {count} and {amount}. Go on tomorrow, or ask "
        "a colleague; an administrator can change the limit."
    )
