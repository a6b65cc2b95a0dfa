"""Exchanging: the money of one owner changes its currency, at a rate that is kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.errors import OwnMatter
from apps.common.exchange import converted, cost_of, parse_rate, plain_rate
from apps.common.money import format_amount
from apps.notifications import services as notifications
from apps.wallets import errors
from apps.wallets.models import Exchange, LedgerTransaction, Wallet
from apps.wallets.services.chart import system_wallet
from apps.wallets.services.posting import Entry, check_size, post
from apps.wallets.states import AccountClass, ExchangeSide, Role, TransactionKind, WalletStatus

if TYPE_CHECKING:
    from datetime import date

    from apps.accounts.models import User

# What leaves one of these is a credit.
_OWNED = {AccountClass.ASSET, AccountClass.EXPENSE}


@dataclass(frozen=True, slots=True)
class Terms:
    """What two people agree on; the amount of the other side follows from the rate.

    `amount` and `fee_amount` are minor units of their side's currency. `rate` says how many units
    of the currency bought one unit of the currency sold is worth; a text or a Decimal, no float.
    """

    sold_wallet_id: int
    bought_wallet_id: int
    amount: int
    rate: Decimal | str
    given: ExchangeSide = ExchangeSide.SOLD
    fee_amount: int = 0
    fee_side: ExchangeSide = ExchangeSide.SOLD


@dataclass(frozen=True, slots=True)
class Quote:
    """What an exchange would do: the terms worked out, all amounts in minor units."""

    sold: Wallet
    bought: Wallet
    rate: Decimal
    given: ExchangeSide
    sold_amount: int
    bought_amount: int
    unrounded: Decimal
    fee_amount: int
    fee_side: ExchangeSide | None

    @property
    def leaves(self) -> int:
        """What leaves the wallet that sells, fee included."""
        is_on_top = self.fee_side == ExchangeSide.SOLD
        return self.sold_amount + (self.fee_amount if is_on_top else 0)

    @property
    def arrives(self) -> int:
        """What arrives in the wallet that buys, less the fee."""
        is_taken_out = self.fee_side == ExchangeSide.BOUGHT
        return self.bought_amount - (self.fee_amount if is_taken_out else 0)

    @property
    def difference(self) -> Decimal:
        """What rounding adds to the amount bought, or takes from it."""
        return self.bought_amount - self.unrounded

    @property
    def fee_currency(self) -> str:
        """The currency of the fee."""
        return (self.bought if self.fee_side == ExchangeSide.BOUGHT else self.sold).currency

    def entries(self) -> Iterator[Entry]:
        """Yield the entries: zero in each currency, through the exchange wallet of each."""
        sign = -1 if self.sold.account_class in _OWNED else 1
        sold, bought = self.sold.currency, self.bought.currency
        yield Entry(self.sold.pk, -sign * self.leaves)
        yield Entry(system_wallet(Role.EXCHANGE, sold).pk, sign * self.sold_amount)
        yield Entry(system_wallet(Role.EXCHANGE, bought).pk, -sign * self.bought_amount)
        yield Entry(self.bought.pk, sign * self.arrives)
        if self.fee_amount:
            yield Entry(system_wallet(Role.COMMISSION, self.fee_currency).pk, self.fee_amount)


def quote_exchange(terms: Terms, *, actor: "User") -> Quote:
    """Return what an exchange on these terms would do now; nothing moves.

    Raises:
        DomainError: what `exchange` would refuse now.
    """
    actor.require("wallets.exchange_money")
    quote = _quoted(terms, actor=actor)
    for wallet in (quote.sold, quote.bought):
        if wallet.status != WalletStatus.ACTIVE:
            raise errors.WalletNotActive(
                wallet=wallet.number, status=WalletStatus(wallet.status).label
            )
    sold = quote.sold
    if sold.floor is not None and sold.available - quote.leaves < sold.floor:
        raise errors.InsufficientFunds(
            wallet=sold.number,
            currency=sold.currency,
            available=sold.available,
            amount=quote.leaves,
        )
    return quote


@deed
def exchange(
    terms: Terms,
    *,
    actor: "User",
    key: str,
    reason: str,
    rate_source: str = "",
    effective_on: "date | None" = None,
) -> Exchange:
    """Change money of one owner, or of the house, into another currency, in one transaction.

    What was not given is rounded half up to its minor unit; the rate, the unrounded figure and the
    fee are kept in the row that is returned. The fee goes to commission income. The same key with
    the same terms returns the first exchange.

    Raises:
        SameCurrency, NotOneOwner, NotOneClass, ExchangeWallet: these two wallets do not exchange.
        InvalidRate, AmountNotPositive, AmountTooLarge, NothingArrives: the terms are wrong.
        FeeTooLarge, FeeOfTheHouse: the fee is.
        OwnMatter: the actor owns the wallets.
        ReasonMissing: nobody said why.
        NoChart: the office does not work in that currency.
        InsufficientFunds, WalletNotActive, UnknownWallet, KeyReused: as for every posting.
    """
    actor.require("wallets.exchange_money")
    quote = _quoted(terms, actor=actor)
    if not reason.strip():
        raise errors.ReasonMissing
    result = post(
        TransactionKind.EXCHANGE,
        list(quote.entries()),
        actor=actor,
        key=key,
        description=f"{_summary(quote)}: {reason}"[:254],
        effective_on=effective_on,
    )
    row = _row_of(quote, result.transaction_id, actor=actor)
    if result.is_replay:
        return _first(row, key=key)
    row.rate_source, row.reason = rate_source, reason
    row.save(force_insert=True)
    target = LedgerTransaction.objects.get(pk=result.transaction_id)
    audit.record(
        "wallets.exchanged", actor=actor, target=target, after=_facts(quote, row), reason=reason
    )
    _tell_owner(quote, target)
    return row


def _quoted(terms: Terms, *, actor: "User") -> Quote:
    """Check what never changes about the wallets and the terms, and work out both amounts.

    Status and funds do change: they are judged by the ledger, on the locked rows, as it posts.
    """
    sold, bought = _pair(terms)
    if sold.owner_id == actor.pk:
        raise OwnMatter(part=_("owner of the wallet"))
    rate = parse_rate(terms.rate)
    if terms.amount <= 0 or terms.fee_amount < 0:
        raise errors.AmountNotPositive
    check_size([terms.amount, terms.fee_amount])
    if terms.given == ExchangeSide.SOLD:
        sold_amount = terms.amount
        bought_amount = converted(terms.amount, sold.currency, bought.currency, rate).amount
    else:
        sold_amount = cost_of(terms.amount, sold.currency, bought.currency, rate)
        bought_amount = terms.amount
    quote = Quote(
        sold=sold,
        bought=bought,
        rate=rate,
        given=terms.given,
        sold_amount=sold_amount,
        bought_amount=bought_amount,
        unrounded=converted(sold_amount, sold.currency, bought.currency, rate).unrounded,
        fee_amount=terms.fee_amount,
        fee_side=terms.fee_side if terms.fee_amount else None,
    )
    _check_amounts(quote, terms)
    return quote


def _pair(terms: Terms) -> tuple[Wallet, Wallet]:
    ids = (terms.sold_wallet_id, terms.bought_wallet_id)
    found = Wallet.objects.select_related("owner").in_bulk(ids)
    for pk in ids:
        if pk not in found:
            raise errors.UnknownWallet(wallet_id=pk)
        if found[pk].role == Role.EXCHANGE:
            raise errors.ExchangeWallet(wallet=found[pk].number)
    sold, bought = (found[pk] for pk in ids)
    if sold.currency == bought.currency:
        raise errors.SameCurrency(currency=sold.currency)
    if sold.owner_id != bought.owner_id:
        raise errors.NotOneOwner(sold=sold.number, bought=bought.number)
    if sold.account_class != bought.account_class:
        raise errors.NotOneClass(
            sold=sold.number,
            sold_class=sold.account_class.label,
            bought=bought.number,
            bought_class=bought.account_class.label,
        )
    return sold, bought


def _check_amounts(quote: Quote, terms: Terms) -> None:
    check_size([quote.sold_amount, quote.bought_amount])
    if not quote.sold_amount or not quote.bought_amount:
        is_sold = terms.given == ExchangeSide.SOLD
        given, other = (quote.sold, quote.bought) if is_sold else (quote.bought, quote.sold)
        raise errors.NothingArrives(
            amount=terms.amount, currency=given.currency, other=other.currency
        )
    if quote.fee_amount and quote.sold.owner_id is None:
        raise errors.FeeOfTheHouse(wallet=quote.sold.number)
    if quote.arrives <= 0:
        raise errors.FeeTooLarge(
            amount=quote.fee_amount, total=quote.bought_amount, currency=quote.bought.currency
        )


def _row_of(quote: Quote, transaction_id: int, *, actor: "User") -> Exchange:
    return Exchange(
        transaction_id=transaction_id,
        sold_wallet=quote.sold,
        bought_wallet=quote.bought,
        sold_currency=quote.sold.currency,
        bought_currency=quote.bought.currency,
        sold_amount=quote.sold_amount,
        bought_amount=quote.bought_amount,
        given=quote.given,
        rate=quote.rate,
        unrounded=quote.unrounded,
        fee_amount=quote.fee_amount,
        fee_side=quote.fee_side or "",
        actor=actor,
    )


def _first(again: Exchange, *, key: str) -> Exchange:
    """Return the exchange that the key made; at another rate it would be another request."""
    first = Exchange.objects.get(transaction_id=again.transaction_id)
    if (first.rate, first.given) != (again.rate, again.given):
        raise errors.KeyReused(key=key)
    return first


def _summary(quote: Quote) -> str:
    return _("{sold} into {bought} at {rate}").format(
        sold=format_amount(quote.sold_amount, quote.sold.currency),
        bought=format_amount(quote.bought_amount, quote.bought.currency),
        rate=plain_rate(quote.rate),
    )


def _facts(quote: Quote, row: Exchange) -> dict[str, Any]:
    """Return what the audit log shows of the exchange."""
    facts = {
        "sold": f"{format_amount(quote.leaves, quote.sold.currency)} · {quote.sold.number}",
        "bought": f"{format_amount(quote.arrives, quote.bought.currency)} · {quote.bought.number}",
        "rate": plain_rate(quote.rate),
        "source of the rate": row.rate_source,
        "rounding difference": f"{quote.difference.normalize():f}",
    }
    if quote.fee_amount:
        facts["fee"] = format_amount(quote.fee_amount, quote.fee_currency)
    return facts


def _tell_owner(quote: Quote, target: LedgerTransaction) -> None:
    if quote.sold.owner is None:
        return
    lines = [
        _("1 {sold} = {rate} {bought}.").format(
            sold=quote.sold.currency, rate=plain_rate(quote.rate), bought=quote.bought.currency
        )
    ]
    if quote.fee_amount:
        fee = format_amount(quote.fee_amount, quote.fee_currency)
        lines.append(_("Fee: {fee}.").format(fee=fee))
    notifications.announce(
        "wallets.exchanged",
        to=quote.sold.owner,
        about=target,
        subject=_("{leaves} of {sold} became {arrives} in {bought}").format(
            leaves=format_amount(quote.leaves, quote.sold.currency),
            sold=quote.sold.number,
            arrives=format_amount(quote.arrives, quote.bought.currency),
            bought=quote.bought.number,
        ),
        body="\n".join(lines),
    )
