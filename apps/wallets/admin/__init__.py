"""Pages of money: wallets, journal, holds, periods, imports, adjustments, reason codes."""

from apps.wallets.admin.adjustments import AdjustmentAdmin
from apps.wallets.admin.batches import AdjustmentBatchAdmin
from apps.wallets.admin.holds import HoldAdmin
from apps.wallets.admin.journal import LedgerTransactionAdmin
from apps.wallets.admin.journal_imports import JournalImportAdmin
from apps.wallets.admin.periods import PeriodAdmin
from apps.wallets.admin.reason_codes import ReasonCodeAdmin
from apps.wallets.admin.wallets import WalletAdmin

__all__ = [
    "AdjustmentAdmin",
    "AdjustmentBatchAdmin",
    "HoldAdmin",
    "JournalImportAdmin",
    "LedgerTransactionAdmin",
    "PeriodAdmin",
    "ReasonCodeAdmin",
    "WalletAdmin",
]
