"""What the waiting list refuses.

DomainError
├── WishInvalid        what somebody would wait for cannot be; names the field
│   ├── WaitingUnclear     an asset or a category, and not both; a length
│   ├── WaitingAlready     the person is on that list
│   ├── WaitingForFree     it is free then: enter a ticket instead
│   └── WaitingStartPast   the wanted start has passed
├── WaitingOver        the entry has ended
├── NothingOffered     there is no open offer
└── OfferLapsed        its deadline has passed
"""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError


class WishInvalid(DomainError):
    """What somebody would wait for cannot be; `field` is where the form says so."""

    field: ClassVar[str]


class WaitingUnclear(WishInvalid):
    """An asset or a category, and not both; a length."""

    field: ClassVar[str] = "asset"
    template = _("Choose an asset or a category, and not both, and for how long it is wanted.")


class WaitingAlready(WishInvalid):
    """The person is on that list."""

    field: ClassVar[str] = "person"
    template = _(
        "{person} waits for {wanted} already, as {entry}. End that before you add another."
    )


class WaitingForFree(WishInvalid):
    """It is free then."""

    field: ClassVar[str] = "asset"
    template = _("{asset} is free then, and nobody waits for it. Enter a ticket instead.")


class WaitingStartPast(WishInvalid):
    """The wanted start has passed."""

    field: ClassVar[str] = "starts_at"
    template = _("“From” is {starts_at}, which has passed. Move it ahead, or leave it empty.")


class WaitingOver(DomainError):
    """The entry has ended."""

    template = _("{entry} is {status} since {at}; there is nothing left to do with it.")


class NothingOffered(DomainError):
    """There is no open offer."""

    template = _("{entry} has no offer yet: nothing that fits is free.")


class OfferLapsed(DomainError):
    """Its deadline has passed."""

    template = _("The offer of {entry} ended {at}; the next in the line gets it. Enter a new wish.")
