"""The verbs of money; `from apps.wallets import services as wallets` and name one."""

from apps.wallets.services.adjusting import (
    ADJUSTMENT_SCOPE,
    add_evidence,
    change_adjustment,
    conclude_adjustment,
    lock_adjustment,
    request_adjustment,
    submit_adjustment,
    withdraw_adjustment,
)
from apps.wallets.services.batching import Posting, post_each, post_many
from apps.wallets.services.bulk_adjusting import (
    BATCH_SCOPE,
    change_batch,
    conclude_batch,
    lock_batch,
    request_batch,
    submit_batch,
    withdraw_batch,
)
from apps.wallets.services.chart import load_chart, load_reason_codes, system_wallet
from apps.wallets.services.closing import close_period, reopen_period
from apps.wallets.services.downloading import download_batch, download_evidence
from apps.wallets.services.exchanging import Quote, Terms, exchange, quote_exchange
from apps.wallets.services.holding import capture_hold, expire_holds, place_hold, release_hold
from apps.wallets.services.holding_by_hand import (
    capture_hold_by_hand,
    place_hold_by_hand,
    release_hold_by_hand,
)
from apps.wallets.services.limiting import load_business_limits
from apps.wallets.services.opening import (
    close,
    freeze,
    open_general_account,
    open_wallet,
    unfreeze,
    wallet_for,
)
from apps.wallets.services.posting import Entry, Posted, post
from apps.wallets.services.reversing import reverse
from apps.wallets.services.rolling_up import roll_up
from apps.wallets.services.sealing import seal_ledger
from apps.wallets.services.verifying import check_books, keep_books_check, sweep_books_checks

__all__ = [
    "ADJUSTMENT_SCOPE",
    "BATCH_SCOPE",
    "Entry",
    "Posted",
    "Posting",
    "Quote",
    "Terms",
    "add_evidence",
    "capture_hold",
    "capture_hold_by_hand",
    "change_adjustment",
    "change_batch",
    "check_books",
    "close",
    "close_period",
    "conclude_adjustment",
    "conclude_batch",
    "download_batch",
    "download_evidence",
    "exchange",
    "expire_holds",
    "freeze",
    "keep_books_check",
    "load_business_limits",
    "load_chart",
    "load_reason_codes",
    "lock_adjustment",
    "lock_batch",
    "open_general_account",
    "open_wallet",
    "place_hold",
    "place_hold_by_hand",
    "post",
    "post_each",
    "post_many",
    "quote_exchange",
    "release_hold",
    "release_hold_by_hand",
    "reopen_period",
    "request_adjustment",
    "request_batch",
    "reverse",
    "roll_up",
    "seal_ledger",
    "submit_adjustment",
    "submit_batch",
    "sweep_books_checks",
    "system_wallet",
    "unfreeze",
    "wallet_for",
    "withdraw_adjustment",
    "withdraw_batch",
]
