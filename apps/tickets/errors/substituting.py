"""Why one asset cannot stand in for another.

DomainError
├── OtherCategory       it is another kind of thing
├── OtherCurrency       it is priced in another currency than the ticket
├── OnTicketAlready     the ticket has it on another line
└── KitStands           a kit is made of definite assets
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError


class OtherCategory(DomainError):
    """It is another kind of thing."""

    template = _(
        "{asset} belongs to “{category}” and cannot stand in for {old} of “{needed}”. "
        "Choose one of the same category."
    )


class OtherCurrency(DomainError):
    """It is priced in another currency than the ticket."""

    template = _(
        "{asset} is priced in {currency}, and {ticket} was fixed in {needed}. "
        "Choose an asset that is priced in {needed}."
    )


class OnTicketAlready(DomainError):
    """The ticket has it on another line."""

    template = _("{asset} is on {ticket} already. Choose another one.")


class KitStands(DomainError):
    """A kit is made of definite assets."""

    template = _(
        "{asset} is a kit, and another kit has other parts. "
        "Substitute its parts one by one, or enter a new ticket."
    )
