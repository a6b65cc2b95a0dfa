"""Wallets: what is in them, opening one, and freezing, unfreezing and closing it."""

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from django.utils.translation import gettext as _
from ninja import Query
from pydantic import ConfigDict, Field

from apps.accounts.models import User
from apps.api.errors import FieldsRefused
from apps.api.finding import seen
from apps.api.money import Number, Why
from apps.api.paging import Page, Paging, page_of
from apps.api.problems import FieldProblem
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource
from apps.api.schemas import Currency, Identifier, In, Money, Out, Person, example
from apps.common.kept_query import KeptQuery
from apps.wallets import services as wallets
from apps.wallets.models import Wallet
from apps.wallets.states import Role, WalletStatus

if TYPE_CHECKING:
    from apps.wallets.models.wallet import WalletQuerySet

router = Resource(tags=["wallets"])
_ONE = KeptQuery(
    lambda person, pk: Wallet.objects.select_related("owner").visible_to(person).filter(pk=pk)
)

Kind = Literal["person", "chart", "general"]


class WalletOut(Out):
    """A wallet of a person, or an account of the house, and what is in it."""

    model_config = ConfigDict(
        json_schema_extra=example(
            id=4,
            number="W-000004",
            kind="person",
            name="Boris Becker",
            owner={"id": 7, "name": "Boris Becker"},
            role="",
            currency="EUR",
            status="active",
            posted={"amount": 20000, "currency": "EUR"},
            held={"amount": 5000, "currency": "EUR"},
            available={"amount": 15000, "currency": "EUR"},
            floor={"amount": 0, "currency": "EUR"},
            opened_at="2026-01-15T09:30:00Z",
        )
    )

    id: int
    number: str
    kind: Kind
    name: str = Field(description="the owner, or what the account is called")
    owner: Person | None = Field(description="null for an account of the house")
    role: str = Field(description="place in the chart of accounts; empty for people’s wallets")
    currency: Currency
    status: WalletStatus
    posted: Money = Field(description="the sum of all entries; a credit is positive")
    held: Money = Field(description="what of it is set aside")
    available: Money = Field(description="posted less held")
    floor: Money | None = Field(description="the least that may be available; null: none")
    opened_at: datetime

    @classmethod
    def of(cls, wallet: Wallet) -> "WalletOut":
        """Return what the wallet holds now."""

        def money(amount: int) -> Money:
            return Money(amount=amount, currency=wallet.currency)

        return cls(
            id=wallet.pk,
            number=wallet.number,
            kind=_kind_of(wallet),
            name=wallet.name,
            owner=Person.of_any(wallet.owner),
            role=wallet.role,
            currency=wallet.currency,
            status=WalletStatus(wallet.status),
            posted=money(wallet.posted),
            held=money(wallet.held),
            available=money(wallet.available),
            floor=None if wallet.floor is None else money(wallet.floor),
            opened_at=wallet.opened_at,
        )


class WalletFilters(Paging):
    """Which wallets to list; everything given must fit."""

    owner: Identifier | None = Field(default=None, description="id of the owner")
    currency: Currency | None = Field(default=None, description="only of this one")
    kind: Kind | None = Field(
        default=None, description="of a person, of the chart of accounts, or a general account"
    )
    status: WalletStatus | None = Field(default=None, description="where it stands")
    number: Number | None = Field(default=None, description="exactly this one")


class WalletOpening(In):
    """Whose wallet to open, and in which currency."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=example(owner=7, currency="EUR"))

    owner: Identifier = Field(description="id of the person")
    currency: Currency


@router.reads("/wallets", scope="wallets:read", gives=Page[WalletOut])
def list_wallets(request: ApiRequest, filters: Query[WalletFilters]) -> Page[WalletOut]:
    """List wallets, the newest first.

    Who may view wallets sees all; everybody else their own.
    """
    rows = Wallet.objects.with_posted().visible_to(request.user).select_related("owner")
    exact = {
        "owner": filters.owner,
        "currency": filters.currency,
        "status": filters.status,
        "number": filters.number,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value is not None})
    return page_of(_of_kind(rows, filters.kind), filters, WalletOut.of)


@router.reads("/wallets/{wallet_id}", scope="wallets:read", gives=WalletOut)
def get_wallet(request: ApiRequest, wallet_id: Identifier) -> WalletOut:
    """Show one wallet, and what is in it now."""
    found = _ONE.fetch(request.user, pk=wallet_id)
    # When there is nothing to show, this says why.
    return WalletOut.of(
        found[0] if found else seen(Wallet.objects.all(), request.user, pk=wallet_id)
    )


@router.does("/wallets", scope="wallets:write", gives=WalletOut, status=201)
def open_wallet(request: ApiRequest, body: WalletOpening) -> Answer:
    """Open a wallet for a person.

    A person has one open wallet in each currency.
    """
    request.user.require("wallets.open_wallet")
    owner = User.objects.filter(pk=body.owner, is_system=False).first()
    if owner is None:
        message = _("There is nobody with this id. Send that of a person.")
        raise FieldsRefused([FieldProblem(field="owner", message=message)])
    wallet = wallets.open_wallet(owner, body.currency, actor=request.user)
    wallet.refresh_from_db(fields=("opened_at",))
    return Answer(
        WalletOut.of(wallet), status=201, headers={"Location": f"/api/v1/wallets/{wallet.pk}"}
    )


@router.does("/wallets/{wallet_id}/freeze", scope="wallets:write", gives=WalletOut)
def freeze_wallet(request: ApiRequest, wallet_id: Identifier, body: Why) -> WalletOut:
    """Let the wallet take no more postings and holds until it is unfrozen."""
    _found(request, wallet_id)
    return WalletOut.of(wallets.freeze(wallet_id, actor=request.user, reason=body.reason))


@router.does("/wallets/{wallet_id}/unfreeze", scope="wallets:write", gives=WalletOut)
def unfreeze_wallet(request: ApiRequest, wallet_id: Identifier, body: Why) -> WalletOut:
    """Let the wallet take postings and holds again."""
    _found(request, wallet_id)
    return WalletOut.of(wallets.unfreeze(wallet_id, actor=request.user, reason=body.reason))


@router.does("/wallets/{wallet_id}/close", scope="wallets:write", gives=WalletOut)
def close_wallet(request: ApiRequest, wallet_id: Identifier, body: Why) -> WalletOut:
    """End an empty wallet for good; its owner may have a new one opened."""
    _found(request, wallet_id)
    return WalletOut.of(wallets.close(wallet_id, actor=request.user, reason=body.reason))


def _found(request: ApiRequest, wallet_id: int) -> None:
    seen(Wallet.objects.all(), request.user, pk=wallet_id)


def _of_kind(rows: "WalletQuerySet", kind: Kind | None) -> "WalletQuerySet":
    match kind:
        case "person":
            return rows.of_people()
        case "chart":
            return rows.of_the_system().exclude(role=Role.GENERAL)
        case "general":
            return rows.filter(role=Role.GENERAL)
        case _:
            return rows


def _kind_of(wallet: Wallet) -> Kind:
    if wallet.owner_id is not None:
        return "person"
    return "general" if wallet.role == Role.GENERAL else "chart"
