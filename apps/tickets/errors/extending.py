"""What extensions refuse.

DomainError
├── NothingOut          nothing of the ticket is out, so that nothing can be kept longer
├── ExtensionOpen       one is asked for already
├── ExtensionTooShort   it would end before the asset is due, or has passed
├── ExtensionOver       its end passed before anybody decided
└── ExtensionGone       all of it came back, or it has ended
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError


class NothingOut(DomainError):
    """Nothing of the ticket is out."""

    template = _(
        "Nothing of {ticket} is out, so there is nothing to keep longer. "
        "Before the hand-over cancel it, and enter it for the longer period."
    )


class ExtensionOpen(DomainError):
    """One is asked for already."""

    template = _(
        "{extension} of {ticket} until {until} waits for a decision. "
        "Withdraw it before you ask for another period."
    )


class ExtensionTooShort(DomainError):
    """It would end before the asset is due, or has passed."""

    template = _("An extension must end after {after}; choose a later “until”.")


class ExtensionOver(DomainError):
    """Its end passed before anybody decided."""

    template = _("{extension} would have ended {until}, which has passed. Ask for a later end.")


class ExtensionGone(DomainError):
    """All of it came back, or it has ended."""

    template = _("{extension} is {status} since {at}; there is nothing left to do with it.")
