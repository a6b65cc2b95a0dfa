"""Assets, their categories and their tariffs, as programs see them."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from pydantic import ConfigDict, Field

from apps.api.schemas import Money, Out, Person, example
from apps.api.shapes import choices
from apps.assets.states import CheckedAt, Condition, DepositKind, Status, Unit

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.assets.availability import Reason
    from apps.assets.models import Asset, Category, ChecklistItem, Reservation, Tariff

MOST_ASSETS = 50
"""That a program may ask for at once."""
_CATEGORY = {"id": 3, "name": "Cameras"}
_ITEM = {"id": 4, "text": "The battery is charged", "asked_at": "both", "is_required": True}
_TARIFF = {
    "id": 2,
    "name": "Cameras by the day",
    "currency": "EUR",
    "prices": {"day": 1000, "week": 5000},
    "minimum_fee": 0,
    "grace_seconds": 900,
    "deposit_kind": "fixed",
    "deposit_amount": 5000,
    "deposit_share": 0,
    "late_fee": 500,
    "late_fee_unit": "day",
    "late_fee_cap": None,
    "commission_share": None,
}


class Named(Out):
    """Something by its id and name."""

    model_config = ConfigDict(json_schema_extra=example(**_CATEGORY))

    id: int
    name: str


class TariffOut(Out):
    """What a loan costs, in minor units of its currency."""

    model_config = ConfigDict(json_schema_extra=example(**_TARIFF))

    id: int
    name: str
    currency: str
    prices: dict[str, int] = Field(description="by unit: hour, day, week, month (30 days)")
    minimum_fee: int
    grace_seconds: int = Field(description="this late is not yet late")
    deposit_kind: choices.DepositKind
    deposit_amount: int = Field(description="when fixed")
    deposit_share: int = Field(description="of the value, in basis points: 2500 is 25 %")
    late_fee: int = Field(description="for each unit started after the grace")
    late_fee_unit: choices.Unit
    late_fee_cap: int | None
    commission_share: int | None = Field(
        description="of the fee, in basis points; null unless your role shows tariffs"
    )

    @classmethod
    def of(cls, tariff: "Tariff", person: "User") -> "TariffOut":
        """Return what the person may know of it."""
        prices = {unit: getattr(tariff, f"{unit.value}_price") for unit in Unit}
        return cls(
            id=tariff.pk,
            name=tariff.name,
            currency=tariff.currency,
            prices={unit.value: price for unit, price in prices.items() if price is not None},
            minimum_fee=tariff.minimum_fee,
            grace_seconds=int(tariff.grace.total_seconds()),
            deposit_kind=DepositKind(tariff.deposit_kind),
            deposit_amount=tariff.deposit_amount,
            deposit_share=tariff.deposit_share,
            late_fee=tariff.late_fee,
            late_fee_unit=Unit(tariff.late_fee_unit),
            late_fee_cap=tariff.late_fee_cap,
            commission_share=tariff.commission_share
            if person.has_perm("assets.view_tariff")
            else None,
        )


class ChecklistItemOut(Out):
    """What is asked of each asset of a category at the desk."""

    model_config = ConfigDict(json_schema_extra=example(**_ITEM))

    id: int
    text: str
    asked_at: choices.CheckedAt = Field(description="the hand-over, the return, or both")
    is_required: bool

    @classmethod
    def of(cls, item: "ChecklistItem") -> "ChecklistItemOut":
        """Return what is asked, and when."""
        return cls(
            id=item.pk,
            text=item.text,
            asked_at=CheckedAt(item.checked_at),
            is_required=item.is_required,
        )


class CategoryOut(Out):
    """A kind of asset."""

    model_config = ConfigDict(
        json_schema_extra=example(
            id=3,
            name="Cameras",
            tariff=_TARIFF,
            turnaround_seconds=7200,
            requires_signature=True,
            requires_photos=False,
            checklist=[_ITEM],
            terms="Keep it dry.",
        )
    )

    id: int
    name: str
    tariff: TariffOut
    turnaround_seconds: int = Field(description="kept free after each loan")
    requires_signature: bool
    requires_photos: bool
    checklist: list[ChecklistItemOut] = Field(
        description="answered at the desk by `answers`, by the id of the item"
    )
    terms: str

    @classmethod
    def of(cls, category: "Category", person: "User") -> "CategoryOut":
        """Return what everybody may know of it."""
        return cls(
            id=category.pk,
            name=category.name,
            tariff=TariffOut.of(category.tariff, person),
            turnaround_seconds=int(category.turnaround.total_seconds()),
            requires_signature=category.requires_signature,
            requires_photos=category.requires_photos,
            checklist=[ChecklistItemOut.of(item) for item in category.checklist.all()],
            terms=category.terms,
        )


class AssetDetails(Out):
    """What only its lender and staff know of an asset."""

    lender: Person
    value: Money
    serial: str
    location: str
    purchased_on: date | None
    notes: str
    own_tariff: int | None = Field(description="id; null: the category’s is used")
    version: int
    registered_at: datetime


class AssetOut(Out):
    """One thing that can be lent."""

    model_config = ConfigDict(
        json_schema_extra=example(
            id=12,
            tag="CAM-7",
            name="Camera",
            category=_CATEGORY,
            tariff={"id": 2, "name": "Cameras by the day"},
            manufacturer="Arri",
            model_name="Alexa",
            condition="good",
            status="available",
            is_kit=False,
            kit=None,
            details=None,
        )
    )

    id: int
    tag: str
    name: str
    category: Named
    tariff: Named = Field(description="by which it is lent: its own, else its category’s")
    manufacturer: str
    model_name: str
    condition: choices.Condition
    status: choices.AssetStatus
    is_kit: bool
    kit: int | None = Field(description="of which kit it is a part, by id")
    details: AssetDetails | None = Field(description="null unless it is yours or you are staff")

    @classmethod
    def of(cls, asset: "Asset", person: "User") -> "AssetOut":
        """Return what the person may know of it."""
        tariff = asset.effective_tariff
        return cls(
            id=asset.pk,
            tag=asset.tag,
            name=asset.name,
            category=Named(id=asset.category_id, name=asset.category.name),
            tariff=Named(id=tariff.pk, name=tariff.name),
            manufacturer=asset.manufacturer,
            model_name=asset.model_name,
            condition=Condition(asset.condition),
            status=Status(asset.status),
            is_kit=asset.is_kit,
            kit=asset.kit_id,
            details=_details(asset) if asset.shows_details_to(person) else None,
        )


def _details(asset: "Asset") -> AssetDetails:
    return AssetDetails(
        lender=Person.of(asset.lender),
        value=Money(amount=asset.value, currency=asset.currency),
        serial=asset.serial,
        location=asset.location,
        purchased_on=asset.purchased_on,
        notes=asset.notes,
        own_tariff=asset.tariff_id,
        version=asset.version,
        registered_at=asset.registered_at,
    )


class ReasonOut(Out):
    """Why an asset is not free: a kind for programs, a sentence for people."""

    model_config = ConfigDict(
        json_schema_extra=example(
            kind="reservation",
            sentence="R-12 (loan) takes it from 26 Nov 2026 09:00 to 27 Nov 2026 09:00.",
        )
    )

    kind: str
    sentence: str

    @classmethod
    def of(cls, reason: "Reason") -> "ReasonOut":
        """Return the reason."""
        return cls(kind=reason.kind.value, sentence=str(reason))


class TakenOut(Out):
    """A stretch of time that is taken, turnaround included; by whom, it does not tell."""

    kind: str
    starts_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, reservation: "Reservation") -> "TakenOut":
        """Return when, and why in one word."""
        return cls(
            kind=reservation.kind, starts_at=reservation.starts_at, ends_at=reservation.ends_at
        )
