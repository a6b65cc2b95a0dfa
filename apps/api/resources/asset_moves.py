"""What happens to an asset beside its loans: repair, loss, retirement, and time of its lender's."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from ninja import Query
from pydantic import ConfigDict, Field

from apps.api.errors import Hidden
from apps.api.finding import seen
from apps.api.paging import Page, Paging, page_of
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource
from apps.api.resources.assets import asset_for
from apps.api.schemas import Identifier, Moment, Out, Reference, example
from apps.api.shapes.assets import AssetOut
from apps.api.shapes.tickets import Reasoned
from apps.assets import services
from apps.assets.models import Asset, Reservation
from apps.assets.states import ReservationKind

if TYPE_CHECKING:
    from apps.assets.models.reservation import ReservationQuerySet

router = Resource(tags=["assets"])


class RepairIn(Reasoned):
    """Why it goes to the workshop, and until when."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=example(reason="The lens sticks", until="2026-12-04T12:00:00Z"),
    )

    until: Moment | None = Field(
        default=None, description="reserves its time until then; null: nobody knows yet"
    )
    despite: list[Reference] = Field(
        default_factory=list,
        max_length=100,
        description="ids of the reservations that this breaks; a refusal names them",
    )


class BlackoutIn(Reasoned):
    """When an asset is not to be lent, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=example(
            starts_at="2026-12-24T08:00:00Z", ends_at="2026-12-27T08:00:00Z", reason="At a fair"
        ),
    )

    starts_at: Moment
    ends_at: Moment


class BlackoutOut(Out):
    """A stretch of time in which an asset is not lent."""

    model_config = ConfigDict(
        json_schema_extra=example(
            id=51,
            number="R-51",
            asset=12,
            starts_at="2026-12-24T08:00:00Z",
            ends_at="2026-12-27T08:00:00Z",
            reason="At a fair",
            is_holding=True,
        )
    )

    id: int
    number: str
    asset: int
    starts_at: datetime
    ends_at: datetime
    reason: str
    is_holding: bool = Field(description="false once it was lifted before it began")

    @classmethod
    def of(cls, row: Reservation) -> "BlackoutOut":
        """Return when, and why."""
        return cls(
            id=row.pk,
            number=str(row),
            asset=row.asset_id,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            reason=row.reason,
            is_holding=row.is_holding,
        )


@router.does("/assets/{asset_id}/send-to-maintenance", scope="assets:write", gives=AssetOut)
def send_to_maintenance(request: ApiRequest, asset_id: Identifier, body: RepairIn) -> AssetOut:
    """Take an asset out of service, and reserve it for the workshop when `until` is known.

    Where somebody has it reserved before `until`, it is refused with their reservations; name them
    in `despite` when they shall be broken, and those concerned are told.
    """
    seen(Asset.objects.all(), request.user, pk=asset_id)
    services.send_to_maintenance(
        asset_id, reason=body.reason, until=body.until, despite=body.despite, actor=request.user
    )
    return asset_for(asset_id, request.user)


@router.does("/assets/{asset_id}/return-to-service", scope="assets:write", gives=AssetOut)
def return_to_service(request: ApiRequest, asset_id: Identifier, body: Reasoned) -> AssetOut:
    """Make an asset available again, and free what the workshop had reserved."""
    seen(Asset.objects.all(), request.user, pk=asset_id)
    services.return_to_service(asset_id, reason=body.reason, actor=request.user)
    return asset_for(asset_id, request.user)


@router.does("/assets/{asset_id}/retire", scope="assets:write", gives=AssetOut)
def retire_asset(request: ApiRequest, asset_id: Identifier, body: Reasoned) -> AssetOut:
    """Lend an asset no more, for good; refused while somebody has it, or has it reserved."""
    seen(Asset.objects.all(), request.user, pk=asset_id)
    services.retire(asset_id, reason=body.reason, actor=request.user)
    return asset_for(asset_id, request.user)


@router.does("/assets/{asset_id}/report-lost", scope="assets:write", gives=AssetOut)
def report_lost(request: ApiRequest, asset_id: Identifier, body: Reasoned) -> AssetOut:
    """Report an asset lost, wherever it was.

    What was lost on a loan is better claimed on its ticket, with `declare-lost`.
    """
    seen(Asset.objects.all(), request.user, pk=asset_id)
    services.lose(asset_id, reason=body.reason, actor=request.user)
    return asset_for(asset_id, request.user)


@router.does("/assets/{asset_id}/report-found", scope="assets:write", gives=AssetOut)
def report_found(request: ApiRequest, asset_id: Identifier, body: Reasoned) -> AssetOut:
    """Report that a lost asset is back in the store."""
    seen(Asset.objects.all(), request.user, pk=asset_id)
    services.find(asset_id, reason=body.reason, actor=request.user)
    return asset_for(asset_id, request.user)


@router.reads("/assets/{asset_id}/blackouts", scope="assets:read", gives=Page[BlackoutOut])
def list_blackouts(
    request: ApiRequest, asset_id: Identifier, filters: Query[Paging]
) -> Page[BlackoutOut]:
    """When an asset is not lent because its lender says so, the newest first.

    For its lender and staff; what has ended is left out.
    """
    asset = seen(Asset.objects.all(), request.user, pk=asset_id)
    if not asset.shows_details_to(request.user):
        raise Hidden(asset)
    rows = _blackouts(asset_id).unfinished(timezone.now())
    return page_of(rows, filters, BlackoutOut.of)


@router.does("/assets/{asset_id}/blackouts", scope="assets:write", gives=BlackoutOut, status=201)
def black_out(request: ApiRequest, asset_id: Identifier, body: BlackoutIn) -> Answer:
    """Keep an asset from being lent for a while; lenders do it with their own.

    Nothing that is promised gives way: then it is refused, with every promise.
    """
    seen(Asset.objects.all(), request.user, pk=asset_id)
    made = services.black_out(
        asset_id, body.starts_at, body.ends_at, reason=body.reason, actor=request.user
    )
    headers = {"Location": f"/api/v1/assets/{asset_id}/blackouts"}
    return Answer(BlackoutOut.of(made), status=201, headers=headers)


@router.does(
    "/assets/{asset_id}/blackouts/{blackout_id}/lift", scope="assets:write", gives=BlackoutOut
)
def lift_blackout(
    request: ApiRequest, asset_id: Identifier, blackout_id: Identifier, body: Reasoned
) -> BlackoutOut:
    """Let the rest of a blackout go."""
    seen(Asset.objects.all(), request.user, pk=asset_id)
    _blackouts(asset_id).get(pk=blackout_id)
    return BlackoutOut.of(
        services.lift_blackout(blackout_id, reason=body.reason, actor=request.user)
    )


def _blackouts(asset_id: int) -> "ReservationQuerySet":
    return Reservation.objects.filter(asset=asset_id, kind=ReservationKind.BLACKOUT)
