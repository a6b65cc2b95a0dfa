"""Questions about the books."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db.models import Max, QuerySet, Sum

from apps.wallets.models import Hold, LedgerEntry, LedgerTransaction, Wallet
from apps.wallets.states import CLASS_OF, AccountClass, Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model

    from apps.wallets.models.ledger import HoldQuerySet


@dataclass(frozen=True)
class AccountBalance:
    """One line of the trial balance: an account of the chart, or all people's wallets together."""

    currency: str
    role: str
    balance: int

    @property
    def account_class(self) -> AccountClass:
        """The class of the account; what we owe people is a liability."""
        return CLASS_OF[Role(self.role)] if self.role else AccountClass.LIABILITY

    @property
    def debit(self) -> int:
        """The balance when it is a debit, as a positive figure; else 0."""
        return max(-self.balance, 0)

    @property
    def credit(self) -> int:
        """The balance when it is a credit; else 0."""
        return max(self.balance, 0)


def currencies() -> list[str]:
    """Return the currencies that the office works in: those of the chart of accounts."""
    chart = Wallet.objects.of_the_system().order_by("currency")
    return list(chart.values_list("currency", flat=True).distinct())


def balance_of(wallet: Wallet, *, as_of: date | None = None) -> int:
    """Return what is posted on the wallet now, or by the end of the effective day `as_of`."""
    if as_of is None:
        return Wallet.objects.values_list("posted", flat=True).get(pk=wallet.pk)
    entries = LedgerEntry.objects.filter(wallet=wallet, effective_on__lte=as_of)
    return entries.aggregate(total=Sum("amount"))["total"] or 0


def trial_balance(currency: str | None = None, as_of: date | None = None) -> list[AccountBalance]:
    """Return the balance of every account, by currency and in the order of the chart.

    Without a day it is read from the wallets, with a day it is summed up from the entries that
    were effective by then. The balances of a currency add up to zero.
    """
    entries = LedgerEntry.objects.filter(effective_on__lte=as_of) if as_of else None
    rows: Iterable[tuple[str, str, int]] = (
        Wallet.objects.values_list("currency", "role").annotate(total=Sum("posted")).order_by()
        if entries is None
        else entries.values_list("wallet__currency", "wallet__role")
        .annotate(total=Sum("amount"))
        .order_by()
    )
    order = ["", *Role.values]
    lines = [
        AccountBalance(code, role, int(total))
        for code, role, total in rows
        if currency in {None, code}
    ]
    return sorted(lines, key=lambda line: (line.currency, order.index(line.role)))


def statement_entries(
    wallet: Wallet, from_: date | None = None, until: date | None = None
) -> QuerySet[LedgerEntry]:
    """Return the wallet's entries of these effective days, both inclusive, in posting order.

    Page with `position__gt` or `position__lt`: the index on wallet and position serves any page.
    """
    entries = LedgerEntry.objects.filter(wallet=wallet).select_related("transaction")
    if from_:
        entries = entries.filter(effective_on__gte=from_)
    if until:
        entries = entries.filter(effective_on__lte=until)
    return entries.order_by("position")


def entries_about(subject: "Model") -> QuerySet[LedgerEntry]:
    """Return the entries of every transaction about `subject`, in posting order."""
    return LedgerEntry.objects.filter(transaction__in=transactions_about(subject)).order_by(
        "transaction_id", "line"
    )


def transactions_about(subject: "Model") -> QuerySet[LedgerTransaction]:
    """Return every transaction about `subject`, in posting order."""
    return LedgerTransaction.objects.filter(
        about_type=ContentType.objects.get_for_model(subject), about_id=subject.pk
    ).order_by("id")


def holds_about(subject: "Model") -> "HoldQuerySet":
    """Return every hold about `subject`, ended ones too, in the order they were placed."""
    return Hold.objects.filter(
        about_type=ContentType.objects.get_for_model(subject), about_id=subject.pk
    ).order_by("id")


def ledger_position() -> int:
    """Return the number of the last transaction that this reader can see; 0 in empty books."""
    return LedgerTransaction.objects.aggregate(last=Max("id"))["last"] or 0
