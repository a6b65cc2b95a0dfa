"""Finding the wallet that somebody names, and whether they mean this one."""

from apps.wallets.errors import CurrencyMismatch, UnknownWallet
from apps.wallets.models import Wallet


def wallet_named(wallet_id: int, *, currency: str = "") -> Wallet:
    """Return the wallet with its owner; with a currency, only when it is kept in that one.

    Raises:
        UnknownWallet: there is no such wallet.
        CurrencyMismatch: it is kept in another currency.
    """
    wallet = Wallet.objects.select_related("owner").filter(pk=wallet_id).first()
    if wallet is None:
        raise UnknownWallet(wallet_id=wallet_id)
    check_currency(wallet, currency)
    return wallet


def check_currency(wallet: Wallet, currency: str) -> None:
    """Return when the wallet is kept in that currency, or none was named.

    Raises:
        CurrencyMismatch: it is kept in another one.
    """
    if currency and currency != wallet.currency:
        raise CurrencyMismatch(wallet=wallet.number, expected=wallet.currency, currency=currency)
