"""What the ledger refuses, as facts.

DomainError
├── Unbalanced, NoEntries, ZeroAmount, CurrencyMismatch         the entries are wrong
├── AmountNotPositive, AmountTooLarge                           the amount is wrong
├── UnknownWallet, WalletNotActive, InsufficientFunds           the wallet cannot take it
├── KeyReused, Collision                                        somebody else was there
├── AlreadyReversed, ReversalIsFinal, ReversalDiffers           reversals
├── PeriodClosed, PeriodNotOver, EarlierPeriodOpen,             periods
│   LaterPeriodClosed
├── HoldEnded, HoldTooSmall                                     holds
├── NoChart, SystemWallet, WalletExists, WalletNotEmpty         wallets as a whole
├── StalePage, ReasonCodeNotActive, DirectionNotAllowed         adjustments
├── EvidenceMissing, EvidenceRefused, EvidenceDamaged           their files
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

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError, NotPermitted
from apps.common.money import format_amount

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Fault(NamedTuple):
    """What is wrong in one cell of a file; the header is line 1."""

    line: int
    column: str
    text: str


class MoneyError(DomainError):
    """A refusal whose facts hold amounts in minor units, shown in their currency."""

    amounts = ("amount", "available", "rest", "total")

    @property
    def message(self) -> str:
        """One translated sentence with amounts as people write them."""
        facts = dict(self.facts)
        for name in self.amounts:
            if isinstance(amount := facts.get(name), int):
                facts[name] = format_amount(amount, str(facts["currency"]))
        return str(self.template).format(**facts)


class Unbalanced(MoneyError):
    """Debits and credits of one currency differ."""

    template = _(
        "The entries in {currency} do not balance: credits and debits differ by {total}. "
        "Correct the amounts, so that they add up to zero."
    )


class NoEntries(DomainError):
    """A transaction without entries moves nothing."""

    template = _("A ledger transaction needs entries. Add at least one debit and one credit.")


class ZeroAmount(DomainError):
    """An entry or hold of nothing."""

    template = _("An amount of zero moves nothing. Give an amount.")


class AmountNotPositive(DomainError):
    """A hold, a capture or an adjustment of nothing, or of less."""

    template = _("The amount must be more than zero. Give a positive amount.")


class AmountTooLarge(DomainError):
    """The ledger could not hold it."""

    template = _("The amount is larger than the ledger can hold. Give a smaller amount.")


class CurrencyMismatch(DomainError):
    """The wallet is kept in another currency."""

    template = _(
        "Wallet {wallet} is kept in {expected}, not in {currency}. Choose a wallet in {currency}."
    )


class UnknownWallet(DomainError):
    """No wallet has that id."""

    template = _("There is no wallet with the id {wallet_id}. Choose another wallet.")


class WalletNotActive(DomainError):
    """A frozen or closed wallet takes no postings and no holds."""

    template = _(
        "Wallet {wallet} is {status} and takes no postings. "
        "Unfreeze it, or choose an active wallet."
    )


class InsufficientFunds(MoneyError):
    """The wallet's available amount would fall below its floor."""

    template = _(
        "Wallet {wallet} has {available} available, and {amount} is needed. "
        "Pay in the difference first, or choose a smaller amount."
    )


class KeyReused(DomainError):
    """The idempotency key belongs to another request."""

    template = _(
        "The key “{key}” has been used for another request. "
        "Use a new key for a new movement of money."
    )


class AlreadyReversed(DomainError):
    """A transaction is reversed at most once."""

    template = _(
        "Transaction T-{transaction} has been reversed already. "
        "Look at its reversal in the journal."
    )


class ReversalIsFinal(DomainError):
    """A reversal is not reversed in turn."""

    template = _(
        "Transaction T-{transaction} is a reversal and stays. "
        "Request an adjustment to move the money again."
    )


class ReversalDiffers(DomainError):
    """A reversal has the entries of the original with the opposite sign, and no others."""

    template = _(
        "A reversal must mirror every entry of T-{transaction} exactly. "
        "Use “Reverse” on the page of the transaction."
    )


class PeriodClosed(DomainError):
    """The day lies in a month that takes no more entries."""

    template = _(
        "{effective_on} lies in a closed month: the books are closed through {through}. "
        "Give a later effective day, or ask a controller to reopen the month."
    )


class PeriodNotOver(DomainError):
    """A month is closed when it is over, not before."""

    template = _(
        "{period} is not over: it ends on {ends_on}. Close it after that day, or close an "
        "earlier month."
    )


class EarlierPeriodOpen(DomainError):
    """Months are closed in their order."""

    template = _("{before} is still open, and months are closed in their order. Close it first.")


class LaterPeriodClosed(DomainError):
    """The last closed month is reopened first."""

    template = _(
        "{later} is closed after it, and the last closed month is reopened first. "
        "Reopen {later} first."
    )


class HoldEnded(DomainError):
    """Nothing is held any more."""

    template = _("Hold {hold} has ended: it is {status}. Place a new hold if one is needed.")


class HoldTooSmall(MoneyError):
    """More was to be captured than is still held."""

    template = _(
        "Hold {hold} has {rest} left, and {amount} is to be captured. Capture {rest} at most."
    )


class NoChart(DomainError):
    """The currency has no system wallets."""

    template = _(
        "There is no chart of accounts in {currency}. "
        "Use a currency of the chart, or ask an administrator to add this one."
    )


class WalletExists(DomainError):
    """A person has one open wallet in each currency."""

    template = _("{owner} has a wallet in {currency} already: {wallet}. Use that one.")


class WalletNotEmpty(MoneyError):
    """Only an empty wallet can be closed."""

    template = _(
        "Wallet {wallet} still has {total} posted or held. "
        "Pay out what is left and end its holds, then close it."
    )


class StalePage(DomainError):
    """Somebody changed the row after the page was drawn."""

    template = _(
        "{what} was changed by somebody else after you opened the page. "
        "Reload the page and look at it again."
    )


class ReasonCodeNotActive(DomainError):
    """The reason code is no longer used."""

    template = _("The reason code “{code}” is not in use. Choose another one.")


class DirectionNotAllowed(DomainError):
    """The reason code is for the other direction only."""

    template = _(
        "“{code}” is only for {direction}. Change the direction or choose another reason code."
    )


class SystemWallet(DomainError):
    """The chart's wallets are never frozen, closed or adjusted by themselves."""

    template = _(
        "Wallet {wallet} belongs to the chart of accounts and moves only as the other side of "
        "people’s wallets. Choose the wallet of a person."
    )


class EvidenceMissing(DomainError):
    """The reason code asks for a file that shows why."""

    template = _("“{code}” needs evidence. Attach a file that shows why, then submit again.")


class EvidenceRefused(DomainError):
    """The file is not one that evidence may be."""

    template = _("“{name}” cannot be kept as evidence: {why}.")


class EvidenceDamaged(DomainError):
    """The stored file is gone, or is not what was attached."""

    template = _(
        "“{name}” is not as it was attached: the stored file is missing or was changed. "
        "Tell an administrator, who can restore it from a backup."
    )


class SameCurrency(DomainError):
    """An exchange is between two currencies."""

    template = _(
        "Both wallets are kept in {currency}, and an exchange needs two currencies. "
        "Choose a wallet in another currency."
    )


class NotOneOwner(DomainError):
    """An exchange changes the currency of money, not whose it is."""

    template = _(
        "Wallets {sold} and {bought} belong to different owners, and an exchange leaves the money "
        "with its owner. Choose two wallets of one person."
    )


class NotOneClass(DomainError):
    """The house exchanges cash for cash, income for income."""

    template = _(
        "Account {sold} is an account of {sold_class} and {bought} one of {bought_class}. "
        "Choose two accounts of one class."
    )


class ExchangeWallet(DomainError):
    """Exchanges go through exchange wallets, and never begin or end there."""

    template = _(
        "Wallet {wallet} is an exchange wallet, through which every exchange goes. "
        "Choose the wallet that gives or gets the money."
    )


class NothingArrives(MoneyError):
    """The other side of the exchange would be rounded to nothing."""

    template = _(
        "{amount} at this rate is less than half of the smallest amount in {other}. "
        "Give a larger amount, or check the rate."
    )


class FeeTooLarge(MoneyError):
    """The fee would take all that arrives."""

    template = _(
        "A fee of {amount} leaves nothing of the {total} that arrive. "
        "Give a smaller fee, or take it from the other side."
    )


class FeeOfTheHouse(DomainError):
    """The house pays no commission to itself."""

    template = _(
        "Wallet {wallet} belongs to the house, which pays no commission to itself. "
        "Leave the fee empty, and post what the bank charges as an expense."
    )


class ReasonMissing(DomainError):
    """Somebody will ask why."""

    template = _("Say why: the reason is kept with what is posted.")


class FiguresNotSeen(DomainError):
    """What arrives is not what was on the screen."""

    template = _(
        "Nothing was exchanged yet, because these figures are new. "
        "Look below at what is given and what arrives, then press the button again."
    )


class TitleMissing(DomainError):
    """A general account is known by its title."""

    template = _("A general account needs a title of at most {most} characters. Give it one.")


class TitleTaken(DomainError):
    """In each currency a title names one general account."""

    template = _(
        "There is a general account “{title}” in {currency} already: {wallet}. "
        "Use that one, or choose another title."
    )


class JournalFaulty(DomainError):
    """Rows of a journal file are wrong; `faults` names each, as far as the list goes."""

    template = _(
        "Nothing was imported: {count} things are wrong in the file, the first in line {line}, "
        "column “{column}”: {first} Correct them and choose the file again."
    )

    def __init__(self, faults: "Sequence[Fault]", count: int) -> None:
        """Keep the faults; `count` is of all of them, also those beyond the list."""
        first = faults[0]
        super().__init__(count=count, line=first.line, column=first.column, first=first.text)
        self.faults = faults
        self.count = count


class MappingFaulty(DomainError):
    """Accounts of a journal file have no account of ours yet; `faults` tells of each why."""

    template = _("{count} accounts are not mapped. {account} in {currency}: {first}")

    def __init__(self, faults: "Mapping[tuple[str, str], str]") -> None:
        """Keep what is wrong by name and currency of the foreign account."""
        (account, currency), first = next(iter(faults.items()))
        super().__init__(count=len(faults), account=account, currency=currency, first=first)
        self.faults = faults


class AlreadyImported(DomainError):
    """What the file says was imported once, under whatever name."""

    template = _(
        "What “{file}” says was imported already, as {earlier}: a journal goes in once. "
        "Look at it in the list of imports."
    )


class FileGone(DomainError):
    """The import was discarded, and its file with it."""

    template = _("“{file}” was discarded and is no longer kept. Upload it again if it is needed.")


class LinesRefused(DomainError):
    """Cells of the file are wrong; nothing of it was taken."""

    template = _(
        "Nothing of “{file}” was taken, because not all of its lines are right. "
        "Correct what is named below, and choose the file again."
    )

    def __init__(self, *, file: str, faults: "Sequence[Fault]") -> None:
        """Keep what is wrong, in the order of the file."""
        super().__init__(file=file)
        self.faults = faults


class Collision(DomainError):
    """Two movements of money wanted the same wallets in turn; nothing was moved."""

    template = _("Somebody else is moving money on the same wallets right now. Try again.")


class NoCheckpoint(DomainError):
    """A check cannot begin there."""

    template = _(
        "No sealed checkpoint was kept at seal {number}; seals with one: {known}. "
        "Name one of these, or check everything."
    )


class NotYours(NotPermitted):
    """Who asked for an adjustment, or for a batch, changes, submits and withdraws it."""

    template = _(
        "{adjustment} was requested by {requester}, and only they may change or submit it. "
        "Ask them, or request an adjustment of your own."
    )
