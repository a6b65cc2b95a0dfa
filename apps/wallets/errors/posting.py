"""What a posting or a reversal is refused for."""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError
from apps.common.money import format_amount


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


class Collision(DomainError):
    """Two movements of money wanted the same wallets in turn; nothing was moved."""

    template = _("Somebody else is moving money on the same wallets right now. Try again.")


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
