"""What is wrong with wallets as a whole."""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError
from apps.wallets.errors.posting import MoneyError


class NoChart(DomainError):
    """The currency has no system wallets."""

    template = _(
        "There is no chart of accounts in {currency}. "
        "Use a currency of the chart, or ask an administrator to add this one."
    )


class WalletExists(DomainError):
    """A person has one open wallet in each currency."""

    template = _("{owner} has a wallet in {currency} already: {wallet}. Use that one.")


class WalletNotEmpty(MoneyError):
    """Only an empty wallet can be closed."""

    template = _(
        "Wallet {wallet} still has {total} posted or held. "
        "Pay out what is left and end its holds, then close it."
    )


class SystemWallet(DomainError):
    """The chart's wallets are never frozen, closed or adjusted by themselves."""

    template = _(
        "Wallet {wallet} belongs to the chart of accounts and moves only as the other side of "
        "people’s wallets. Choose the wallet of a person."
    )


class TitleMissing(DomainError):
    """A general account is known by its title."""

    template = _("A general account needs a title of at most {most} characters. Give it one.")


class TitleTaken(DomainError):
    """In each currency a title names one general account."""

    template = _(
        "There is a general account “{title}” in {currency} already: {wallet}. "
        "Use that one, or choose another title."
    )
