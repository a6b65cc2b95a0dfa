"""Whether an asset is free, and what a loan would cost."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import ConfigDict, Field

from apps.accounts.models import User
from apps.api.errors import FieldsRefused
from apps.api.finding import referred, seen
from apps.api.problems import FieldProblem
from apps.api.request import ApiRequest
from apps.api.resource import Resource
from apps.api.schemas import Identifier, In, Moment, Money, Out, example
from apps.api.shapes.assets import MOST_ASSETS, ReasonOut, TakenOut
from apps.assets import availability
from apps.assets.models import Asset
from apps.tickets import services

router = Resource(tags=["availability"])

LONGEST = timedelta(days=400)


class PeriodFilters(In):
    """From when until when; the end is the first moment that is not part of it."""

    starts_at: Moment
    ends_at: Moment


class AvailabilityOut(Out):
    """Whether an asset can be lent for the whole of a period."""

    model_config = ConfigDict(
        json_schema_extra=example(
            asset=12,
            starts_at="2026-11-26T09:00:00Z",
            ends_at="2026-11-27T09:00:00Z",
            is_free=True,
            reasons=[],
            taken=[],
        )
    )

    asset: int
    starts_at: datetime
    ends_at: datetime
    is_free: bool
    reasons: list[ReasonOut] = Field(description="every reason why not")
    taken: list[TakenOut] = Field(description="what is taken of the period")


class QuoteFilters(PeriodFilters):
    """What is asked for; repeat `assets` for each."""

    assets: list[Identifier] = Field(
        min_length=1, max_length=MOST_ASSETS, description="ids of what is asked for"
    )
    borrower: Identifier | None = Field(
        default=None, description="for whom; you, when it is left out"
    )


class QuotedAsset(Out):
    """What one asset costs."""

    asset: int
    tag: str
    name: str
    part_of: int | None = Field(description="the kit with which it is paid for, by id")
    fee: int
    deposit: int
    discount: int = Field(description="taken off the fee before")
    arithmetic: list[str] = Field(description="how that is found; for staff, else empty")
    reasons: list[ReasonOut] = Field(description="every reason why it is not free")


class QuoteOut(Out):
    """What a loan would cost now; a ticket fixes it when it is submitted."""

    model_config = ConfigDict(
        json_schema_extra=example(
            starts_at="2026-11-26T09:00:00Z",
            ends_at="2026-11-27T09:00:00Z",
            is_free=True,
            fee={"amount": 1000, "currency": "EUR"},
            deposit={"amount": 5000, "currency": "EUR"},
            total={"amount": 6000, "currency": "EUR"},
            lines=[],
        )
    )

    starts_at: datetime
    ends_at: datetime
    is_free: bool
    fee: Money
    deposit: Money
    total: Money = Field(description="what is held when it is approved")
    lines: list[QuotedAsset]


@router.reads("/assets/{asset_id}/availability", scope="assets:read", gives=AvailabilityOut)
def get_availability(
    request: ApiRequest, asset_id: Identifier, period: Query[PeriodFilters]
) -> AvailabilityOut:
    """Whether an asset is free for a period of at most 400 days, and if not, why not.

    Who has it then, only staff are told.
    """
    rows = Asset.objects.select_related("category", "loan")
    asset = seen(rows, request.user, pk=asset_id)
    _refuse_odd(period)
    why = availability.why_not(asset, period.starts_at, period.ends_at, now=timezone.now())
    holding = asset.reservations.holding().overlapping(period.starts_at, period.ends_at)
    return AvailabilityOut(
        asset=asset.pk,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        is_free=not why,
        reasons=[ReasonOut.of(one) for one in availability.told_to(request.user, why)],
        taken=[TakenOut.of(one) for one in holding.order_by("period")],
    )


@router.reads("/quote", scope="assets:read", gives=QuoteOut)
def get_quote(request: ApiRequest, wanted: Query[QuoteFilters]) -> QuoteOut:
    """Price a loan of these assets together, and tell whether they are free.

    Nothing is kept or promised. The parts of a kit come with it. The best discount that the
    borrower can get is taken off.
    """
    _refuse_odd(wanted)
    borrower = request.user
    if wanted.borrower is not None:
        people = User.objects.filter(is_system=False)
        borrower = referred(people, wanted.borrower, field="borrower")
    offer, reasons = services.ask_price(
        wanted.assets, wanted.starts_at, wanted.ends_at, borrower=borrower, actor=request.user
    )
    is_staff = request.user.has_perm("assets.view_tariff")
    lines = [
        QuotedAsset(
            asset=asset.pk,
            tag=asset.tag,
            name=asset.name,
            part_of=offer.kit_of.get(asset.pk),
            fee=priced.fee,
            deposit=priced.deposit,
            discount=priced.discount,
            arithmetic=priced.arithmetic if is_staff else [],
            reasons=[ReasonOut.of(one) for one in reasons[asset.pk]],
        )
        for asset, priced in offer.quotes.items()
    ]
    fee, deposit = sum(line.fee for line in lines), sum(line.deposit for line in lines)
    return QuoteOut(
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
        is_free=not any(reasons.values()),
        fee=Money(amount=fee, currency=offer.currency),
        deposit=Money(amount=deposit, currency=offer.currency),
        total=Money(amount=fee + deposit, currency=offer.currency),
        lines=lines,
    )


def _refuse_odd(period: PeriodFilters) -> None:
    if not period.starts_at < period.ends_at <= period.starts_at + LONGEST:
        message = _("Send an end after the start, at most 400 days later.")
        raise FieldsRefused([FieldProblem(field="ends_at", message=message)])
