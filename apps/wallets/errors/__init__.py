"""What the ledger refuses, as facts.

DomainError
├── Unbalanced, NoEntries, ZeroAmount, CurrencyMismatch         the entries are wrong
├── AmountNotPositive, AmountTooLarge                           the amount is wrong
├── UnknownWallet, WalletNotActive, InsufficientFunds           the wallet cannot take it
├── KeyReused, Collision                                        somebody else was there
├── AlreadyReversed, ReversalIsFinal, ReversalDiffers           reversals
├── PeriodClosed, PeriodNotOver, EarlierPeriodOpen,             periods
│   LaterPeriodClosed
├── HoldEnded, HoldTooSmall, HoldBelongs, HoldWouldEnd          holds
├── NoChart, SystemWallet, WalletExists, WalletNotEmpty         wallets as a whole
├── StalePage, ReasonCodeNotActive, DirectionNotAllowed         adjustments
├── EvidenceMissing                                             it needs a file
├── SameCurrency, NotOneOwner, NotOneClass, ExchangeWallet      the two wallets of an exchange
├── NothingArrives, FeeTooLarge, FeeOfTheHouse                  its amounts
├── ReasonMissing, FiguresNotSeen                               what went before it
├── TitleMissing, TitleTaken                                    general accounts
├── JournalFaulty, MappingFaulty, AlreadyImported, FileGone     imported journals
├── LinesRefused                                                adjustments in bulk
├── NoCheckpoint                                                checks of the books
└── NotPermitted
    └── NotYours                                                somebody else’s draft
"""

from apps.wallets.errors.adjusting import (
    DirectionNotAllowed,
    EvidenceMissing,
    LinesRefused,
    NotYours,
    ReasonCodeNotActive,
    StalePage,
)
from apps.wallets.errors.checking import (
    NoCheckpoint,
)
from apps.wallets.errors.closing import (
    EarlierPeriodOpen,
    LaterPeriodClosed,
    PeriodClosed,
    PeriodNotOver,
)
from apps.wallets.errors.exchanging import (
    ExchangeWallet,
    FeeOfTheHouse,
    FeeTooLarge,
    FiguresNotSeen,
    NothingArrives,
    NotOneClass,
    NotOneOwner,
    ReasonMissing,
    SameCurrency,
)
from apps.wallets.errors.holding import (
    HoldBelongs,
    HoldEnded,
    HoldTooSmall,
    HoldWouldEnd,
)
from apps.wallets.errors.importing import (
    AlreadyImported,
    FileGone,
    JournalFaulty,
    MappingFaulty,
)
from apps.wallets.errors.opening import (
    NoChart,
    SystemWallet,
    TitleMissing,
    TitleTaken,
    WalletExists,
    WalletNotEmpty,
)
from apps.wallets.errors.posting import (
    AlreadyReversed,
    AmountNotPositive,
    AmountTooLarge,
    Collision,
    CurrencyMismatch,
    InsufficientFunds,
    KeyReused,
    MoneyError,
    NoEntries,
    ReversalDiffers,
    ReversalIsFinal,
    Unbalanced,
    UnknownWallet,
    WalletNotActive,
    ZeroAmount,
)
from apps.wallets.errors.sheets import Fault

__all__ = [
    "AlreadyImported",
    "AlreadyReversed",
    "AmountNotPositive",
    "AmountTooLarge",
    "Collision",
    "CurrencyMismatch",
    "DirectionNotAllowed",
    "EarlierPeriodOpen",
    "EvidenceMissing",
    "ExchangeWallet",
    "Fault",
    "FeeOfTheHouse",
    "FeeTooLarge",
    "FiguresNotSeen",
    "FileGone",
    "HoldBelongs",
    "HoldEnded",
    "HoldTooSmall",
    "HoldWouldEnd",
    "InsufficientFunds",
    "JournalFaulty",
    "KeyReused",
    "LaterPeriodClosed",
    "LinesRefused",
    "MappingFaulty",
    "MoneyError",
    "NoChart",
    "NoCheckpoint",
    "NoEntries",
    "NotOneClass",
    "NotOneOwner",
    "NotYours",
    "NothingArrives",
    "PeriodClosed",
    "PeriodNotOver",
    "ReasonCodeNotActive",
    "ReasonMissing",
    "ReversalDiffers",
    "ReversalIsFinal",
    "SameCurrency",
    "StalePage",
    "SystemWallet",
    "TitleMissing",
    "TitleTaken",
    "Unbalanced",
    "UnknownWallet",
    "WalletExists",
    "WalletNotActive",
    "WalletNotEmpty",
    "ZeroAmount",
]
