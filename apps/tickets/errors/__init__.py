"""What lending refuses.

DomainError
├── RequestInvalid        what is asked for cannot be lent like this; names the field
│   ├── PurposeMissing    nobody said what for
│   ├── WayMissing        somebody spoke for the borrower, and nobody said how
│   ├── NoAssets          a ticket without a line
│   ├── UnknownAssets     an asset that the register does not have
│   ├── MixedCurrencies   the lines are priced in more than one currency
│   ├── AssetsTaken       some assets are not free in that period, with every reason why not
│   ├── PeriodBackward    it ends before it starts
│   ├── StartIsPast       it should have started already
│   ├── PeriodIsOver      it ended before anybody decided or collected
│   ├── NotABorrower      the person is not registered as a borrower
│   └── BorrowerSuspended the person may not borrow for now
├── NotEditable           the ticket has been submitted, so its lines are fixed
├── StalePage             somebody changed the ticket after the page was drawn
├── ReasonMissing         a cancellation says why
├── NoWallet              the borrower has no wallet in the ticket’s currency
├── TooLittleMoney        the wallet has less than the ticket needs
├── TooEarly              the first day of the period has not come
├── NothingChosen         no line was ticked
├── UnknownLine           a line that the ticket does not have
├── DamageInvalid         an amount below zero, or without a note
├── CommentEmpty          a comment without a word
└── MoveNotAllowed
    └── LineNotAllowed    the same, with the name of the asset
"""

from collections.abc import Sequence
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError, MoveNotAllowed


class RequestInvalid(DomainError):
    """What is asked for cannot be lent like this; `field` is where the form says so."""

    field: ClassVar[str]


class PurposeMissing(RequestInvalid):
    """Nobody said what for."""

    field = "purpose"
    template = _("Write what the assets are for; whoever decides wants to know.")


class WayMissing(RequestInvalid):
    """Somebody spoke for the borrower, and nobody said how."""

    field = "came_by"
    template = _("Say how it came, when somebody else asked for the borrower.")


class NoAssets(RequestInvalid):
    """A ticket without a line."""

    field = "assets"
    template = _("A ticket needs at least one asset. Add one.")


class UnknownAssets(RequestInvalid):
    """An asset that the register does not have."""

    field = "assets"
    template = _("One of these assets is not in the register. Choose from the list.")


class MixedCurrencies(RequestInvalid):
    """The lines are priced in more than one currency."""

    field = "assets"
    template = _(
        "All assets of a ticket must be priced in one currency, but here are {prices}. "
        "Enter a ticket for each currency."
    )


class AssetsTaken(RequestInvalid):
    """Some assets are not free in that period."""

    field = "assets"
    template = _("{conflicts} Choose another asset or another period.")

    def __init__(self, *, conflicts: Sequence[str]) -> None:
        """Keep the sentence of each asset, and say them one after the other."""
        super().__init__(conflicts=" ".join(conflicts))
        self.conflicts = list(conflicts)


class PeriodBackward(RequestInvalid):
    """It ends before it starts."""

    field = "ends_at"
    template = _("“Until” must be after “from”. Correct one of them.")


class StartIsPast(RequestInvalid):
    """It should have started already."""

    field = "starts_at"
    template = _("The period started {starts_at}, which is past. Move it to now or later.")


class PeriodIsOver(RequestInvalid):
    """It ended before anybody decided or collected."""

    field = "ends_at"
    template = _(
        "The period of {ticket} ended {ends_at}. Nothing can be lent for it any more; "
        "enter a new ticket."
    )


class NotABorrower(RequestInvalid):
    """The person is not registered as a borrower."""

    field = "borrower"
    template = _(
        "{person} is not registered as a borrower. Choose somebody else, or ask an administrator "
        "to give them the role “{role}”."
    )


class BorrowerSuspended(RequestInvalid):
    """The person may not borrow for now."""

    field = "borrower"
    template = _(
        "{borrower} may not borrow until {until}: {reason} Somebody who may lift suspensions "
        "has to do so first."
    )


class NotEditable(DomainError):
    """The ticket has been submitted."""

    template = _(
        "{ticket} is {status}, so that its assets and its period are fixed. "
        "Ask the approver to request changes, or cancel it and enter a new one."
    )


class StalePage(DomainError):
    """Somebody changed the ticket after it was read."""

    template = _(
        "{person} changed {ticket} at {at}, after you looked at it. "
        "Load it again, look at what is new, and do yours again if it is still needed."
    )


class ReasonMissing(DomainError):
    """A cancellation says why."""

    template = _("Say why: the borrower and the auditors will want to know.")


class NoWallet(DomainError):
    """The borrower has no wallet in the ticket’s currency."""

    template = _(
        "{borrower} has no wallet in {currency}, and {needed} must be held. "
        "Ask a wallet clerk to open one and to have money paid in."
    )


class TooLittleMoney(DomainError):
    """The wallet has less than the ticket needs."""

    template = _(
        "{borrower} has {available} available, and fee and deposit need {needed}: {missing} are "
        "missing. Have that paid in, or request changes."
    )


class TooEarly(DomainError):
    """The first day of the period has not come."""

    template = _("{ticket} may be collected from {day} on. Come back then.")


class NothingChosen(DomainError):
    """No line was ticked."""

    template = _("No asset is ticked. Tick those that you mean.")


class UnknownLine(DomainError):
    """A line that the ticket does not have."""

    template = _("One of these assets is not on {ticket}. Reload the page and choose again.")


class DamageInvalid(DomainError):
    """An amount below zero, or without a note."""

    template = _("{asset}: {why}")


class CommentEmpty(DomainError):
    """A comment without a word."""

    template = _("The comment is empty. Write something, or close this.")


class LineNotAllowed(MoveNotAllowed):
    """The status of the line does not allow this action."""

    template = _(
        "“{action}” is not possible for {asset} while it is “{status}”. "
        "Reload the page to see what has happened."
    )
