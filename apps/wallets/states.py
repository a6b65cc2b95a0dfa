"""Kinds, statuses and moves of wallets, holds and adjustments."""

from enum import Enum

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common.lifecycle import Lifecycle


class WalletStatus(models.TextChoices):
    """Whether a wallet takes postings."""

    ACTIVE = "active", _("active")
    FROZEN = "frozen", _("frozen")
    CLOSED = "closed", _("closed")


class WalletAction(models.TextChoices):
    """What people do to a wallet as a whole."""

    FREEZE = "freeze", _("Freeze")
    UNFREEZE = "unfreeze", _("Unfreeze")
    CLOSE = "close", _("Close")


class Role(models.TextChoices):
    """The place of a system wallet in the chart of accounts."""

    CASH = "cash", _("Cash at bank")
    RECEIVABLES = "receivables", _("Receivables")
    ESCROW = "escrow", _("Escrow")
    PAYOUTS_IN_TRANSIT = "payouts_in_transit", _("Payouts in transit")
    SUSPENSE = "suspense", _("Suspense")
    COMMISSION = "commission", _("Commission income")
    LATE_FEES = "late_fees", _("Late-fee income")
    GOODWILL = "goodwill", _("Goodwill expense")
    WRITE_OFFS = "write_offs", _("Write-offs")
    ROUNDING = "rounding", _("Rounding")
    OPENING = "opening", _("Opening balances")
    EXCHANGE = "exchange", _("Exchange")
    GENERAL = "general", _("General account")


# What exists once in each currency.
CHART = [choice for choice in Role.choices if choice[0] != Role.GENERAL]


class AccountClass(models.TextChoices):
    """The five classes of accounting."""

    ASSET = "asset", _("asset")
    LIABILITY = "liability", _("liability")
    EQUITY = "equity", _("equity")
    INCOME = "income", _("income")
    EXPENSE = "expense", _("expense")


# A general account has its class in its own row.
CLASS_OF = {
    Role.CASH: AccountClass.ASSET,
    Role.RECEIVABLES: AccountClass.ASSET,
    Role.ESCROW: AccountClass.LIABILITY,
    Role.PAYOUTS_IN_TRANSIT: AccountClass.LIABILITY,
    Role.SUSPENSE: AccountClass.LIABILITY,
    Role.COMMISSION: AccountClass.INCOME,
    Role.LATE_FEES: AccountClass.INCOME,
    Role.GOODWILL: AccountClass.EXPENSE,
    Role.WRITE_OFFS: AccountClass.EXPENSE,
    Role.ROUNDING: AccountClass.EXPENSE,
    Role.OPENING: AccountClass.EQUITY,
    Role.EXCHANGE: AccountClass.EQUITY,
}


class LimitKind(models.TextChoices):
    """What of a person's day has a limit."""

    ADJUSTMENT_REQUESTED = "adjustment_requested", _("adjustments requested")
    ADJUSTMENT_APPROVED = "adjustment_approved", _("adjustments approved")
    PAYOUT_REQUESTED = "payout_requested", _("payouts requested")
    PAYOUT_APPROVED = "payout_approved", _("payouts approved")


class TransactionKind(models.TextChoices):
    """Why money moved."""

    OPENING = "opening", _("opening balance")
    CAPTURE = "capture", _("capture of a hold")
    SETTLEMENT = "settlement", _("settlement of a ticket")
    ADJUSTMENT = "adjustment", _("adjustment")
    TRANSFER = "transfer", _("transfer")
    EXCHANGE = "exchange", _("exchange of currencies")
    IMPORT = "import", _("imported journal")
    REVERSAL = "reversal", _("reversal")


class PeriodStatus(models.TextChoices):
    """Whether a period takes entries."""

    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


class PeriodAction(models.TextChoices):
    """What people do to a period."""

    CLOSE = "close", _("Close")
    REOPEN = "reopen", _("Reopen")


class HoldStatus(models.TextChoices):
    """Whether a hold still lowers what is available."""

    ACTIVE = "active", _("active")
    CAPTURED = "captured", _("captured")
    RELEASED = "released", _("released")
    EXPIRED = "expired", _("expired")


class Direction(models.TextChoices):
    """Whether an adjustment puts money into the wallet or takes it out."""

    CREDIT = "credit", _("credit (into the wallet)")
    DEBIT = "debit", _("debit (out of the wallet)")


class ExchangeSide(models.TextChoices):
    """The two sides of an exchange, seen from whoever exchanges."""

    SOLD = "sold", _("what is given")
    BOUGHT = "bought", _("what arrives")


class Rounding(models.TextChoices):
    """How an exchanged amount is rounded; kept with each exchange, should the rule ever change."""

    HALF_UP = "half_up", _("half up to the minor unit")


class AdjustmentStatus(models.TextChoices):
    """Where an adjustment stands."""

    DRAFT = "draft", _("draft")
    PENDING = "pending", _("pending")
    APPROVED = "approved", _("approved and posted")
    REJECTED = "rejected", _("rejected")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXPIRED = "expired", _("expired")


class AdjustmentAction(Enum):
    """What people do to an adjustment."""

    CHANGE = "change"
    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    RETURN = "request changes"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


class ImportStatus(models.TextChoices):
    """Where the import of a journal stands."""

    UPLOADED = "uploaded", _("accounts to map")
    MAPPED = "mapped", _("to confirm")
    QUEUED = "queued", _("being imported")
    DONE = "done", _("imported")
    REFUSED = "refused", _("refused")
    DISCARDED = "discarded", _("discarded")


class ImportAction(Enum):
    """What happens to the import of a journal."""

    MAP = "map the accounts"
    CONFIRM = "confirm"
    FINISH = "finish"
    REFUSE = "refuse"
    DISCARD = "discard"


class BooksCheckStatus(models.TextChoices):
    """Where a check of the books stands."""

    WAITING = "waiting", _("waiting for a worker")
    RUNNING = "running", _("running")
    RIGHT = "right", _("the books are right")
    WRONG = "wrong", _("the books are not right")
    STOPPED = "stopped", _("stopped")


class BooksCheckAction(Enum):
    """What a worker does with a check."""

    CLAIM = "claim"
    FIND_RIGHT = "find right"
    FIND_WRONG = "find wrong"
    GIVE_UP = "give up"


WALLET_LIFECYCLE = Lifecycle[WalletStatus, WalletAction](
    {
        WalletAction.FREEZE: ({WalletStatus.ACTIVE}, WalletStatus.FROZEN),
        WalletAction.UNFREEZE: ({WalletStatus.FROZEN}, WalletStatus.ACTIVE),
        WalletAction.CLOSE: ({WalletStatus.ACTIVE, WalletStatus.FROZEN}, WalletStatus.CLOSED),
    }
)

PERIOD_LIFECYCLE = Lifecycle[PeriodStatus, PeriodAction](
    {
        PeriodAction.CLOSE: ({PeriodStatus.OPEN}, PeriodStatus.CLOSED),
        PeriodAction.REOPEN: ({PeriodStatus.CLOSED}, PeriodStatus.OPEN),
    }
)

ADJUSTMENT_LIFECYCLE = Lifecycle[AdjustmentStatus, AdjustmentAction](
    {
        AdjustmentAction.CHANGE: ({AdjustmentStatus.DRAFT}, AdjustmentStatus.DRAFT),
        AdjustmentAction.SUBMIT: ({AdjustmentStatus.DRAFT}, AdjustmentStatus.PENDING),
        AdjustmentAction.APPROVE: ({AdjustmentStatus.PENDING}, AdjustmentStatus.APPROVED),
        AdjustmentAction.REJECT: ({AdjustmentStatus.PENDING}, AdjustmentStatus.REJECTED),
        AdjustmentAction.RETURN: ({AdjustmentStatus.PENDING}, AdjustmentStatus.DRAFT),
        AdjustmentAction.WITHDRAW: (
            {AdjustmentStatus.DRAFT, AdjustmentStatus.PENDING},
            AdjustmentStatus.WITHDRAWN,
        ),
        AdjustmentAction.EXPIRE: ({AdjustmentStatus.PENDING}, AdjustmentStatus.EXPIRED),
    }
)

_OPEN_IMPORT = {ImportStatus.UPLOADED, ImportStatus.MAPPED, ImportStatus.REFUSED}

IMPORT_LIFECYCLE = Lifecycle[ImportStatus, ImportAction](
    {
        ImportAction.MAP: (_OPEN_IMPORT, ImportStatus.MAPPED),
        ImportAction.CONFIRM: ({ImportStatus.MAPPED, ImportStatus.REFUSED}, ImportStatus.QUEUED),
        ImportAction.FINISH: ({ImportStatus.QUEUED}, ImportStatus.DONE),
        ImportAction.REFUSE: ({ImportStatus.QUEUED}, ImportStatus.REFUSED),
        ImportAction.DISCARD: (_OPEN_IMPORT, ImportStatus.DISCARDED),
    }
)

BOOKS_CHECK_LIFECYCLE = Lifecycle[BooksCheckStatus, BooksCheckAction](
    {
        # A running one is claimed again when its worker is not heard any more.
        BooksCheckAction.CLAIM: (
            {BooksCheckStatus.WAITING, BooksCheckStatus.RUNNING},
            BooksCheckStatus.RUNNING,
        ),
        BooksCheckAction.FIND_RIGHT: ({BooksCheckStatus.RUNNING}, BooksCheckStatus.RIGHT),
        BooksCheckAction.FIND_WRONG: ({BooksCheckStatus.RUNNING}, BooksCheckStatus.WRONG),
        BooksCheckAction.GIVE_UP: (
            {BooksCheckStatus.WAITING, BooksCheckStatus.RUNNING},
            BooksCheckStatus.STOPPED,
        ),
    }
)
