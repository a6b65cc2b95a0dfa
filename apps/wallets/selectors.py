"""Questions about the books."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Max, Q, QuerySet

from apps.audit.heads import Head
from apps.wallets.models import (
    BooksCheck,
    Exchange,
    Hold,
    LedgerEntry,
    LedgerSeal,
    LedgerTransaction,
    Period,
    Wallet,
)
from apps.wallets.sealing import records
from apps.wallets.states import CLASS_OF, AccountClass, Role

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model

    from apps.wallets.models.ledger import HoldQuerySet


_COMPUTED = "ledger_balances_on(%(day)s)"
_KEPT = """(
    SELECT wallet_id, balance FROM ledger_period_balances
    WHERE period_id = %(period)s AND closing = %(closing)s
)"""
_TRIAL_BALANCE = """
SELECT w.currency, w.role, CASE WHEN w.owner_id IS NULL THEN w.number ELSE '' END AS account,
    w.title, w.general_class, coalesce(sum(b.balance), 0)
FROM wallets w LEFT JOIN {balances} b ON b.wallet_id = w.id
WHERE %(currency)s::text IS NULL OR w.currency = %(currency)s
GROUP BY w.currency, w.role, account, w.title, w.general_class
"""


@dataclass(frozen=True)
class AccountBalance:
    """One line of the trial balance: an account of the house, or all people's wallets together.

    A general account has a title and a class of its own; `number` is empty for people's wallets.
    """

    currency: str
    role: str
    balance: int
    number: str = ""
    title: str = ""
    general_class: str = ""

    @property
    def account_class(self) -> AccountClass:
        """The class of the account; what we owe people is a liability."""
        if self.general_class:
            return AccountClass(self.general_class)
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
    """Return the currencies that the office works in: those of the chart of accounts.

    General accounts may have others.
    """
    chart = Wallet.objects.of_the_system().exclude(role=Role.GENERAL).order_by("currency")
    return list(chart.values_list("currency", flat=True).distinct())


def kept_currencies() -> list[str]:
    """Return the currencies in which there is any account."""
    return list(Wallet.objects.order_by("currency").values_list("currency", flat=True).distinct())


def balance_of(
    wallet: Wallet, *, as_of: date | None = None, known_at: "datetime | None" = None
) -> int:
    """Return what is posted on the wallet, in minor units.

    Without arguments, now. `as_of`: by the end of that effective day, with all that was back-dated
    to it since; one look into an index. With `known_at` too: what was known at that moment about
    that day, which never changes. `known_at` alone: what was posted at that moment.
    """
    if as_of is None and known_at is None:
        return Wallet.objects.get(pk=wallet.pk).posted
    asked: list[date | datetime | None]
    if as_of is None:
        question, asked = "SELECT ledger_balance_at(%s, %s)", [known_at]
    elif known_at is None:
        question, asked = "SELECT ledger_balance_on(%s, %s)", [as_of]
    else:
        question, asked = "SELECT ledger_balance_known(%s, %s, %s)", [as_of, known_at]
    with connection.cursor() as cursor:
        cursor.execute(question, [wallet.pk, *asked])
        (balance,) = cursor.fetchone()
    return int(balance)


def balance_at(wallet: Wallet, moment: "datetime") -> int:
    """Return what was posted on the wallet at that moment, whatever is posted later."""
    return balance_of(wallet, known_at=moment)


def trial_balance(currency: str | None = None, as_of: date | None = None) -> list[AccountBalance]:
    """Return the balance of every account, by currency and in the order of the chart.

    Each general account is a line, after the chart, by class and title; people's wallets are one.
    Without a day as of now, with a day by its end: of a closed month, what was kept when it was
    closed. The balances of a currency add up to zero.
    """
    period = Period.objects.closed().filter(ends_on=as_of).first() if as_of else None
    asked: dict[str, date | str | int | None] = {"day": as_of, "currency": currency}
    if period:
        asked |= {"period": period.pk, "closing": period.closing_count}
    balances = _KEPT if period else _COMPUTED
    with connection.cursor() as cursor:
        cursor.execute(_TRIAL_BALANCE.format(balances=balances), asked)
        rows = cursor.fetchall()
    lines = [
        AccountBalance(code, role, int(total), number, title, general_class)
        for code, role, number, title, general_class, total in rows
    ]
    roles, classes = ["", *Role.values], list(AccountClass)
    return sorted(
        lines,
        key=lambda line: (
            line.currency,
            roles.index(line.role),
            classes.index(line.account_class),
            line.title,
        ),
    )


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


def exchange_wallets() -> list[Wallet]:
    """Return the exchange wallet of each currency; what is in it is the position in that currency.

    A credit is what came in and was not given out again; a debit what was given out beyond that.
    """
    wallets = Wallet.objects.with_posted().of_the_system().filter(role=Role.EXCHANGE)
    return list(wallets.order_by("currency"))


def exchanges_in(currency: str) -> QuerySet[Exchange]:
    """Return the exchanges from and into that currency, the newest first."""
    of_it = Q(sold_currency=currency) | Q(bought_currency=currency)
    return Exchange.objects.filter(of_it).order_by("-id")


def last_exchange(sold_currency: str, bought_currency: str) -> Exchange | None:
    """Return the last exchange between these currencies in this direction, if there was one."""
    pair = Exchange.objects.filter(sold_currency=sold_currency, bought_currency=bought_currency)
    return pair.select_related("transaction").order_by("-id").first()


def latest_books_check() -> BooksCheck | None:
    """Return the newest check of the books that came to a verdict, or None before the first."""
    return BooksCheck.objects.with_verdict().select_related("requester").first()


def ledger_head() -> Head | None:
    """Return the head of the chain of seals over the ledger, or None before the first."""
    newest = LedgerSeal.objects.values_list("number", "hash").first()
    return Head(*newest) if newest else None


def seal_of(posted: LedgerTransaction) -> LedgerSeal | None:
    """Return the seal that covers the transaction, without its contents, once there is one."""
    seals = LedgerSeal.objects.filter(last_id__gte=posted.pk, first_id__lte=posted.pk)
    for seal in seals.order_by("number").iterator(chunk_size=1):
        if any(number == posted.pk for number, _digest in records(seal.contents)):
            return seal
    return None
