"""What claims, receivables and strikes refuse.

DomainError
├── ClaimAmountInvalid   not between one minor unit and the estimate
├── ClaimNeedsWords      nobody said what happened
├── AlreadyClaimed       the line has such a claim already
├── AlreadyDisputed      the borrower has said no before
├── AmountFixed          somebody has agreed to another amount already
├── StillOpenTicket, ClosedTicket   whether the loss is paid decides how it comes back
├── NothingAvailable     the borrower’s wallet has nothing to give
├── WriteOffWaits        somebody has asked for the write-off already
├── AlreadyLifted        the strike counts no more
└── NotPermitted
    └── OwnStrike        nobody lifts their own
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError, NotPermitted


class ClaimAmountInvalid(DomainError):
    """The amount is not between one minor unit and the most that is possible."""

    template = _("{asset}: the amount must be above zero and at most {most}; correct it.")


class ClaimNeedsWords(DomainError):
    """Nobody said what happened."""

    template = _("{asset}: say what happened; the borrower and whoever decides want to know.")


class AlreadyClaimed(DomainError):
    """The line has a claim of this kind that stands."""

    template = _("{asset}: {claim} stands already ({status}). Withdraw it before filing another.")


class AlreadyDisputed(DomainError):
    """The claim is disputed already."""

    template = _("{claim} was disputed by {person} on {at}. Add a comment to say more.")


class AmountFixed(DomainError):
    """Somebody has agreed to another amount on an earlier level."""

    template = _(
        "{claim} was agreed to over {amount} already. Approve that amount, or request changes."
    )


class StillOpenTicket(DomainError):
    """What is found comes back by “Take back” while the ticket is open."""

    template = _(
        "{ticket} is not closed, so nothing is paid for {asset} yet. Use “Take back” on the ticket."
    )


class ClosedTicket(DomainError):
    """The ticket is closed, so that what was lost does not just come back."""

    template = _("{ticket} is closed, and {asset} was paid for as lost. Use “Found again” instead.")


class NothingAvailable(DomainError):
    """The borrower’s wallet has nothing to give."""

    template = _(
        "The wallet of {borrower} has nothing available in {currency}. Have money paid in first."
    )


class WriteOffWaits(DomainError):
    """Somebody has asked for the write-off already."""

    template = _("The write-off of {receivable} waits for a decision already.")


class AlreadyLifted(DomainError):
    """The strike counts no more."""

    template = _("This strike was lifted by {person} on {at}; nothing was changed.")


class OwnStrike(NotPermitted):
    """Nobody lifts their own strikes."""

    template = _("This strike is your own, so a colleague has to lift it.")
