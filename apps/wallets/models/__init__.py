"""The nouns of money: wallets, the ledger and its proof, holds, exchanges, adjustments, imports."""

from apps.wallets.models.adjustment import Adjustment, Evidence, ReasonCode
from apps.wallets.models.batch import AdjustmentBatch, AdjustmentLine
from apps.wallets.models.days import LedgerDay, LedgerMark
from apps.wallets.models.exchange import Exchange
from apps.wallets.models.journal_import import JournalImport
from apps.wallets.models.ledger import Hold, LedgerEntry, LedgerTransaction
from apps.wallets.models.limit import BusinessLimit, BusinessLimitUse
from apps.wallets.models.period import Period, PeriodBalance
from apps.wallets.models.proof import BooksCheck, BooksCheckpoint, LedgerSeal
from apps.wallets.models.wallet import Wallet

__all__ = [
    "Adjustment",
    "AdjustmentBatch",
    "AdjustmentLine",
    "BooksCheck",
    "BooksCheckpoint",
    "BusinessLimit",
    "BusinessLimitUse",
    "Evidence",
    "Exchange",
    "Hold",
    "JournalImport",
    "LedgerDay",
    "LedgerEntry",
    "LedgerMark",
    "LedgerSeal",
    "LedgerTransaction",
    "Period",
    "PeriodBalance",
    "ReasonCode",
    "Wallet",
]
