"""Exchanges: the money of one owner, or of the house, changes its currency."""

from typing import TYPE_CHECKING, Annotated

from ninja import Query
from pydantic import ConfigDict, Field

from apps.api.idempotency import ledger_key
from apps.api.money import WalletName
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource
from apps.api.schemas import Day, Identifier, In, Money, Out, Reason, example
from apps.common.exchange import plain_rate
from apps.wallets import services as wallets
from apps.wallets.services import Quote, Terms
from apps.wallets.states import ExchangeSide

if TYPE_CHECKING:
    from apps.wallets.models import Exchange

router = Resource(tags=["exchanges"])

Amount = Annotated[int, Field(ge=0, le=10**15, description="minor units of its side’s currency")]
Rate = Annotated[
    str,
    Field(
        max_length=60,
        description="units of the currency bought for one unit of the currency sold",
        examples=["1.0825"],
    ),
]
_WALLETS = {
    "sold_wallet": {"id": 4, "number": "W-000004", "currency": "EUR"},
    "bought_wallet": {"id": 5, "number": "W-000005", "currency": "USD"},
}
_AMOUNTS = {
    "rate": "1.0825",
    "given": "sold",
    "leaves": {"amount": 10000, "currency": "EUR"},
    "arrives": {"amount": 10725, "currency": "USD"},
    "fee": {"amount": 100, "currency": "USD"},
}
_TERMS = {
    "sold_wallet": 4,
    "bought_wallet": 5,
    "amount": 10000,
    "rate": "1.0825",
    "given": "sold",
    "fee_amount": 100,
    "fee_side": "bought",
}


class TermsIn(In):
    """What two people agree on; the amount of the other side follows from the rate."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=example(**_TERMS))

    sold_wallet: Identifier = Field(description="id of the wallet that gives")
    bought_wallet: Identifier = Field(description="id of the wallet that gets")
    amount: Amount
    rate: Rate
    given: ExchangeSide = Field(
        default=ExchangeSide.SOLD, description="the side whose amount is given"
    )
    fee_amount: Amount = 0
    fee_side: ExchangeSide = Field(
        default=ExchangeSide.SOLD, description="the side from which the fee is taken"
    )

    def terms(self) -> Terms:
        """Return them as the ledger takes them."""
        return Terms(
            sold_wallet_id=self.sold_wallet,
            bought_wallet_id=self.bought_wallet,
            amount=self.amount,
            rate=self.rate,
            given=self.given,
            fee_amount=self.fee_amount,
            fee_side=self.fee_side,
        )


class ExchangeIn(TermsIn):
    """The terms, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=example(**_TERMS, reason="Asked for by mail", rate_source="ECB"),
    )

    amount: Annotated[int, Field(strict=True, ge=0, le=10**15)]
    reason: Reason
    rate_source: str = Field(default="", max_length=254, description="where the rate is from")
    effective_on: Day | None = Field(default=None, description="the effective day; null: today")


class QuoteOut(Out):
    """What an exchange would do now."""

    model_config = ConfigDict(json_schema_extra=example(**_WALLETS, **_AMOUNTS))

    sold_wallet: WalletName
    bought_wallet: WalletName
    rate: str
    given: ExchangeSide
    leaves: Money = Field(description="what leaves the wallet that gives, with the fee")
    arrives: Money = Field(description="what arrives in the other, less the fee")
    fee: Money | None

    @classmethod
    def of(cls, quote: Quote) -> "QuoteOut":
        """Return the terms worked out."""
        fee = Money(amount=quote.fee_amount, currency=quote.fee_currency)
        return cls(
            sold_wallet=WalletName.of(quote.sold),
            bought_wallet=WalletName.of(quote.bought),
            rate=plain_rate(quote.rate),
            given=quote.given,
            leaves=Money(amount=quote.leaves, currency=quote.sold.currency),
            arrives=Money(amount=quote.arrives, currency=quote.bought.currency),
            fee=fee if quote.fee_amount else None,
        )


class ExchangeOut(Out):
    """An exchange that was done."""

    model_config = ConfigDict(
        json_schema_extra=example(
            transaction=31,
            **_WALLETS,
            rate="1.0825",
            rate_source="ECB",
            given="sold",
            sold={"amount": 10000, "currency": "EUR"},
            bought={"amount": 10825, "currency": "USD"},
            fee={"amount": 100, "currency": "USD"},
            reason="Asked for by mail",
        )
    )

    transaction: int = Field(description="number in the journal")
    sold_wallet: WalletName
    bought_wallet: WalletName
    rate: str
    rate_source: str
    given: ExchangeSide
    sold: Money = Field(description="what was given, without the fee")
    bought: Money = Field(description="what it became, before the fee is taken")
    fee: Money | None
    reason: str

    @classmethod
    def of(cls, done: "Exchange") -> "ExchangeOut":
        """Return what was exchanged."""
        is_taken_out = done.fee_side == ExchangeSide.BOUGHT
        fee_currency = done.bought_currency if is_taken_out else done.sold_currency
        return cls(
            transaction=done.transaction_id,
            sold_wallet=WalletName.of(done.sold_wallet),
            bought_wallet=WalletName.of(done.bought_wallet),
            rate=plain_rate(done.rate),
            rate_source=done.rate_source,
            given=ExchangeSide(done.given),
            sold=Money(amount=done.sold_amount, currency=done.sold_currency),
            bought=Money(amount=done.bought_amount, currency=done.bought_currency),
            fee=Money(amount=done.fee_amount, currency=fee_currency) if done.fee_amount else None,
            reason=done.reason,
        )


@router.reads("/exchange-quote", scope="journal:read", gives=QuoteOut, fails=(409,))
def get_exchange_quote(request: ApiRequest, terms: Query[TermsIn]) -> QuoteOut:
    """Show what an exchange on these terms would do now; nothing moves."""
    return QuoteOut.of(wallets.quote_exchange(terms.terms(), actor=request.user))


@router.does("/exchanges", scope="journal:write", gives=ExchangeOut, status=201)
def exchange_money(request: ApiRequest, body: ExchangeIn) -> Answer:
    """Change money of one owner, or of the house, into another currency.

    What was not given is rounded half up to its minor unit. The fee is commission income.
    """
    done = wallets.exchange(
        body.terms(),
        actor=request.user,
        key=ledger_key(request),
        reason=body.reason,
        rate_source=body.rate_source,
        effective_on=body.effective_on,
    )
    location = f"/api/v1/journal/{done.transaction_id}"
    return Answer(ExchangeOut.of(done), status=201, headers={"Location": location})
