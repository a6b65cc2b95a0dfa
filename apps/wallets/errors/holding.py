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
