"""What an exchange is refused for."""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError
from apps.wallets.errors.posting import MoneyError


class SameCurrency(DomainError):
    """An exchange is between two currencies."""

    template = _(
        "Both wallets are kept in {currency}, and an exchange needs two currencies. "
        "Choose a wallet in another currency."
    )


class NotOneOwner(DomainError):
    """An exchange changes the currency of money, not whose it is."""

    template = _(
        "Wallets {sold} and {bought} belong to different owners, and an exchange leaves the money "
        "with its owner. Choose two wallets of one person."
    )


class NotOneClass(DomainError):
    """The house exchanges cash for cash, income for income."""

    template = _(
        "Account {sold} is an account of {sold_class} and {bought} one of {bought_class}. "
        "Choose two accounts of one class."
    )


class ExchangeWallet(DomainError):
    """Exchanges go through exchange wallets, and never begin or end there."""

    template = _(
        "Wallet {wallet} is an exchange wallet, through which every exchange goes. "
        "Choose the wallet that gives or gets the money."
    )


class NothingArrives(MoneyError):
    """The other side of the exchange would be rounded to nothing."""

    template = _(
        "{amount} at this rate is less than half of the smallest amount in {other}. "
        "Give a larger amount, or check the rate."
    )


class FeeTooLarge(MoneyError):
    """The fee would take all that arrives."""

    template = _(
        "A fee of {amount} leaves nothing of the {total} that arrive. "
        "Give a smaller fee, or take it from the other side."
    )


class FeeOfTheHouse(DomainError):
    """The house pays no commission to itself."""

    template = _(
        "Wallet {wallet} belongs to the house, which pays no commission to itself. "
        "Leave the fee empty, and post what the bank charges as an expense."
    )


class ReasonMissing(DomainError):
    """Somebody will ask why."""

    template = _("Say why: the reason is kept with what is posted.")


class FiguresNotSeen(DomainError):
    """What arrives is not what was on the screen."""

    template = _(
        "Nothing was exchanged yet, because these figures are new. "
        "Look below at what is given and what arrives, then press the button again."
    )
