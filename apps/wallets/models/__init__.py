"""The nouns of money: wallets, the ledger's rows, holds, and adjustments."""

from apps.wallets.models.adjustment import Adjustment, Evidence, ReasonCode
from apps.wallets.models.ledger import Hold, LedgerEntry, LedgerTransaction
from apps.wallets.models.wallet import Wallet

__all__ = [
    "Adjustment",
    "Evidence",
    "Hold",
    "LedgerEntry",
    "LedgerTransaction",
    "ReasonCode",
    "Wallet",
]
