"""What lending refuses about pricing a ticket anew.

DomainError
├── NotRepriceable   only an approved ticket of which nothing has gone out
└── SamePrice        today’s tariffs say what the ticket says
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError


class NotRepriceable(DomainError):
    """Only an approved ticket of which nothing has gone out is priced anew."""

    template = _(
        "{ticket} is {status}. Only an approved ticket of which nothing has gone out is priced "
        "anew; before that, changing the draft does it, and afterwards the price stays."
    )


class SamePrice(DomainError):
    """Today’s tariffs say what the ticket says."""

    template = _("By today’s tariffs {ticket} costs what it says. There is nothing to change.")
