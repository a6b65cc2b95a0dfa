"""The verbs of money; `from apps.wallets import services as wallets` and name one."""

from apps.wallets.services.adjusting import (
    ADJUSTMENT_SCOPE,
    change_adjustment,
    conclude_adjustment,
    lock_adjustment,
    request_adjustment,
    submit_adjustment,
    withdraw_adjustment,
)
from apps.wallets.services.chart import load_chart, load_reason_codes, system_wallet
from apps.wallets.services.downloading import download_evidence
from apps.wallets.services.holding import capture_hold, expire_holds, place_hold, release_hold
from apps.wallets.services.opening import close, freeze, open_wallet, unfreeze, wallet_for
from apps.wallets.services.posting import Entry, Posted, Posting, post, post_each, post_many
from apps.wallets.services.reversing import reverse

__all__ = [
    "ADJUSTMENT_SCOPE",
    "Entry",
    "Posted",
    "Posting",
    "capture_hold",
    "change_adjustment",
    "close",
    "conclude_adjustment",
    "download_evidence",
    "expire_holds",
    "freeze",
    "load_chart",
    "load_reason_codes",
    "lock_adjustment",
    "open_wallet",
    "place_hold",
    "post",
    "post_each",
    "post_many",
    "release_hold",
    "request_adjustment",
    "reverse",
    "submit_adjustment",
    "system_wallet",
    "unfreeze",
    "wallet_for",
    "withdraw_adjustment",
]
