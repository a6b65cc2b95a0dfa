"""Holds: money that is set aside, then captured or released."""

from datetime import datetime
from typing import Annotated

from ninja import Query
from pydantic import ConfigDict, Field

from apps.api.addresses import About
from apps.api.finding import seen
from apps.api.idempotency import ledger_key
from apps.api.money import WalletName, Why, about_of
from apps.api.paging import Page, Paging, page_of
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource
from apps.api.schemas import Currency, Identifier, In, Moment, Money, MoneyIn, Out, Person, example
from apps.wallets import services as wallets
from apps.wallets.models import Hold
from apps.wallets.states import HoldStatus

router = Resource(tags=["holds"])

HoldReason = Annotated[str, Field(min_length=1, max_length=254)]


_HOLD = example(
    id=12,
    number="H-12",
    wallet={"id": 4, "number": "W-000004", "currency": "EUR"},
    amount={"amount": 5000, "currency": "EUR"},
    captured={"amount": 0, "currency": "EUR"},
    released={"amount": 0, "currency": "EUR"},
    rest={"amount": 5000, "currency": "EUR"},
    status="active",
    reason="Deposit for the key",
    about=None,
    placed_by={"id": 9, "name": "Walt Clerk"},
    placed_at="2026-11-26T09:00:00Z",
    expires_at=None,
    ended_at=None,
)


class HoldOut(Out):
    """Money set aside in a wallet: it lowers what is available, not what is posted."""

    model_config = ConfigDict(json_schema_extra=_HOLD)

    id: int
    number: str
    wallet: WalletName
    amount: Money
    captured: Money = Field(description="what was moved out of the wallet")
    released: Money = Field(description="what was given back")
    rest: Money = Field(description="what is still held")
    status: HoldStatus
    reason: str
    about: About | None = Field(description="what it was placed for; null when by hand")
    placed_by: Person
    placed_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, hold: Hold) -> "HoldOut":
        """Return what is held now."""
        wallet = hold.wallet

        def money(amount: int) -> Money:
            return Money(amount=amount, currency=wallet.currency)

        return cls(
            id=hold.pk,
            number=str(hold),
            wallet=WalletName.of(wallet),
            amount=money(hold.amount),
            captured=money(hold.captured),
            released=money(hold.released),
            rest=money(hold.rest),
            status=HoldStatus(hold.status),
            reason=hold.reason,
            about=about_of(hold),
            placed_by=Person.of(hold.placed_by),
            placed_at=hold.placed_at,
            expires_at=hold.expires_at,
            ended_at=hold.ended_at,
        )


class HoldFilters(Paging):
    """Which holds to list; everything given must fit."""

    wallet: Identifier | None = Field(default=None, description="id of the wallet")
    owner: Identifier | None = Field(default=None, description="id of the owner of the wallet")
    currency: Currency | None = Field(default=None, description="of its wallet")
    status: HoldStatus | None = Field(default=None, description="where it stands")
    placed_by: Identifier | None = Field(default=None, description="id of the person")
    placed_since: Moment | None = Field(default=None, description="at this moment or later")
    placed_before: Moment | None = Field(default=None, description="before this moment")


class Holding(In):
    """What to set aside, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=example(
            wallet=4,
            amount={"amount": 5000, "currency": "EUR"},
            reason="Deposit for the key",
            expires_at="2026-12-24T12:00:00Z",
        ),
    )

    wallet: Identifier = Field(description="id of a person’s wallet")
    amount: MoneyIn
    reason: HoldReason
    expires_at: Moment | None = Field(
        default=None, description="when it ends by itself; null: never"
    )


class Capture(In):
    """How much to take out of a hold, into which wallet, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=example(
            amount={"amount": 2000, "currency": "EUR"}, to_wallet=5, reason="The key is lost"
        ),
    )

    amount: MoneyIn = Field(description="all of the rest, or a part; the remainder stays held")
    to_wallet: Identifier = Field(description="id of the wallet that gets it")
    reason: HoldReason


class Captured(Out):
    """What became of the hold, and the transaction that moved the money."""

    model_config = ConfigDict(json_schema_extra=example(hold=_HOLD["examples"][0], transaction=31))

    hold: HoldOut
    transaction: int = Field(description="number in the journal")


@router.reads("/holds", scope="wallets:read", gives=Page[HoldOut])
def list_holds(request: ApiRequest, filters: Query[HoldFilters]) -> Page[HoldOut]:
    """List holds, the newest first.

    Who may view holds sees all; everybody else those in their own wallets.
    """
    exact = {
        "wallet": filters.wallet,
        "wallet__owner": filters.owner,
        "wallet__currency": filters.currency,
        "status": filters.status,
        "placed_by": filters.placed_by,
        "placed_at__gte": filters.placed_since,
        "placed_at__lt": filters.placed_before,
    }
    rows = Hold.objects.visible_to(request.user).select_related("wallet", "placed_by")
    rows = rows.filter(**{name: value for name, value in exact.items() if value is not None})
    return page_of(rows, filters, HoldOut.of)


@router.reads("/holds/{hold_id}", scope="wallets:read", gives=HoldOut)
def get_hold(request: ApiRequest, hold_id: Identifier) -> HoldOut:
    """Show one hold, and what is left of it."""
    return HoldOut.of(_found(request, hold_id))


@router.does("/holds", scope="holds:write", gives=HoldOut, status=201)
def place_hold(request: ApiRequest, body: Holding) -> Answer:
    """Set a person’s money aside.

    It stays in the wallet, and nobody can spend it, until it is captured, released or expires.
    """
    hold = wallets.place_hold_by_hand(
        body.wallet,
        body.amount.amount,
        currency=body.amount.currency,
        actor=request.user,
        key=ledger_key(request),
        reason=body.reason,
        expires_at=body.expires_at,
    )
    return Answer(HoldOut.of(hold), status=201, headers={"Location": f"/api/v1/holds/{hold.pk}"})


@router.does("/holds/{hold_id}/capture", scope="holds:write", gives=Captured)
def capture_hold(request: ApiRequest, hold_id: Identifier, body: Capture) -> Captured:
    """Move what is held, or a part of it, into another wallet.

    Only of holds that were placed by hand, and not by who placed them.
    """
    _found(request, hold_id)
    transaction = wallets.capture_hold_by_hand(
        hold_id,
        body.amount.amount,
        currency=body.amount.currency,
        to_wallet_id=body.to_wallet,
        actor=request.user,
        key=ledger_key(request),
        reason=body.reason,
    )
    return Captured(hold=HoldOut.of(_found(request, hold_id)), transaction=transaction.pk)


@router.does("/holds/{hold_id}/release", scope="holds:write", gives=HoldOut)
def release_hold(request: ApiRequest, hold_id: Identifier, body: Why) -> HoldOut:
    """Give back what is still held; only of holds that were placed by hand."""
    _found(request, hold_id)
    wallets.release_hold_by_hand(hold_id, actor=request.user, reason=body.reason)
    return HoldOut.of(_found(request, hold_id))


def _found(request: ApiRequest, hold_id: int) -> Hold:
    return seen(Hold.objects.select_related("wallet", "placed_by"), request.user, pk=hold_id)
