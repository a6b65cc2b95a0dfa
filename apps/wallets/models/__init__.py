"""The nouns of money: wallets, the ledger's rows, holds, and adjustments."""

from apps.wallets.models.adjustment import Adjustment, Evidence, ReasonCode
from apps.wallets.models.days import LedgerDay, LedgerMark
from apps.wallets.models.ledger import Hold, LedgerEntry, LedgerTransaction
from apps.wallets.models.period import Period, PeriodBalance
from apps.wallets.models.wallet import Wallet

__all__ = [
    "Adjustment",
    "Evidence",
    "Hold",
    "LedgerDay",
    "LedgerEntry",
    "LedgerMark",
    "LedgerTransaction",
    "Period",
    "PeriodBalance",
    "ReasonCode",
    "Wallet",
]
