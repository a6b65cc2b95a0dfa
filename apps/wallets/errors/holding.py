"""What a hold is refused for."""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError
from apps.wallets.errors.posting import MoneyError


class HoldEnded(DomainError):
    """Nothing is held any more."""

    template = _("Hold {hold} has ended: it is {status}. Place a new hold if one is needed.")


class HoldTooSmall(MoneyError):
    """More was to be captured than is still held."""

    template = _(
        "Hold {hold} has {rest} left, and {amount} is to be captured. Capture {rest} at most."
    )


class HoldBelongs(DomainError):
    """The hold was placed for something, and ends with it."""

    template = _(
        "Hold {hold} was placed for {subject} and ends with it. Decide there what becomes of it."
    )


class HoldWouldEnd(DomainError):
    """A hold is placed until a moment that has passed."""

    template = _("The hold would have ended already. Give a later moment, or none.")
