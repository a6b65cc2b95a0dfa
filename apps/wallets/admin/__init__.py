"""Pages of money: wallets, journal, proof, holds, periods, imports, adjustments and limits."""

from apps.wallets.admin.adjustments import AdjustmentAdmin
from apps.wallets.admin.batches import AdjustmentBatchAdmin
from apps.wallets.admin.books_checks import BooksCheckAdmin
from apps.wallets.admin.business_limits import BusinessLimitAdmin
from apps.wallets.admin.holds import HoldAdmin
from apps.wallets.admin.journal import LedgerTransactionAdmin
from apps.wallets.admin.journal_imports import JournalImportAdmin
from apps.wallets.admin.periods import PeriodAdmin
from apps.wallets.admin.reason_codes import ReasonCodeAdmin
from apps.wallets.admin.seals import LedgerSealAdmin
from apps.wallets.admin.wallets import WalletAdmin

__all__ = [
    "AdjustmentAdmin",
    "AdjustmentBatchAdmin",
    "BooksCheckAdmin",
    "BusinessLimitAdmin",
    "HoldAdmin",
    "JournalImportAdmin",
    "LedgerSealAdmin",
    "LedgerTransactionAdmin",
    "PeriodAdmin",
    "ReasonCodeAdmin",
    "WalletAdmin",
]
