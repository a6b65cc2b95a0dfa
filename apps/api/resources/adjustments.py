"""Adjustments: changes of balances that one person asks for and others decide on."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from ninja import Query
from pydantic import ConfigDict, Field

from apps.api.finding import seen
from apps.api.money import (
    DecisionIn,
    MaybeWhy,
    WalletName,
    reason_code_named,
    request_of,
    with_request,
)
from apps.api.paging import Page, Paging, page_of
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource, unchanged
from apps.api.schemas import Currency, Identifier, In, Moment, Money, MoneyIn, Out, Person, example
from apps.approvals import services as approvals
from apps.common.errors import MoveNotAllowed
from apps.wallets import services as wallets
from apps.wallets.models import Adjustment, ReasonCode
from apps.wallets.states import AdjustmentStatus, Direction

if TYPE_CHECKING:
    from django.db.models import QuerySet

router = Resource(tags=["adjustments"])

Note = Annotated[str, Field(max_length=5000, description="for whoever decides")]
Code = Annotated[str, Field(min_length=1, max_length=40, description="of /reason-codes")]


class ReasonCodeOut(Out):
    """Why balances are adjusted."""

    model_config = ConfigDict(
        json_schema_extra=example(
            code="goodwill",
            name="Goodwill",
            contra_role="goodwill",
            direction=None,
            is_evidence_required=False,
            is_active=True,
        )
    )

    code: str
    name: str
    contra_role: str = Field(description="the account on the other side")
    direction: Direction | None = Field(description="the only direction; null: both")
    is_evidence_required: bool
    is_active: bool

    @classmethod
    def of(cls, code: ReasonCode) -> "ReasonCodeOut":
        """Return what it means."""
        return cls(
            code=code.code,
            name=code.name,
            contra_role=code.contra_role,
            direction=Direction(code.direction) if code.direction else None,
            is_evidence_required=code.is_evidence_required,
            is_active=code.is_active,
        )


class AdjustmentOut(Out):
    """A change of a balance, from the draft to its posting."""

    model_config = ConfigDict(
        json_schema_extra=example(
            id=3,
            number="A-3",
            wallet={"id": 4, "number": "W-000004", "currency": "EUR"},
            direction="credit",
            amount={"amount": 1500, "currency": "EUR"},
            reason_code="goodwill",
            note="The camera was late",
            status="pending",
            requester={"id": 9, "name": "Walt Clerk"},
            created_at="2026-11-26T09:00:00Z",
            approval=17,
            transaction=None,
        )
    )

    id: int
    number: str
    wallet: WalletName
    direction: Direction
    amount: Money
    reason_code: str
    note: str
    status: AdjustmentStatus
    requester: Person
    created_at: datetime
    approval: int | None = Field(
        description="id of the newest request for approval, at /approvals/{id}"
    )
    transaction: int | None = Field(description="number in the journal once it is posted")

    @classmethod
    def of(cls, adjustment: Adjustment) -> "AdjustmentOut":
        """Return where it stands."""
        return cls(
            id=adjustment.pk,
            number=str(adjustment),
            wallet=WalletName.of(adjustment.wallet),
            direction=Direction(adjustment.direction),
            amount=Money(amount=adjustment.amount, currency=adjustment.wallet.currency),
            reason_code=adjustment.reason_code.code,
            note=adjustment.note,
            status=AdjustmentStatus(adjustment.status),
            requester=Person.of(adjustment.requester),
            created_at=adjustment.created_at,
            approval=request_of(adjustment),
            transaction=adjustment.transaction_id,
        )


class AdjustmentFilters(Paging):
    """Which adjustments to list; everything given must fit."""

    wallet: Identifier | None = Field(default=None, description="id of the wallet")
    status: AdjustmentStatus | None = Field(default=None, description="where it stands")
    requester: Identifier | None = Field(default=None, description="id of who asked")
    reason_code: Code | None = Field(default=None, description="its reason code")
    currency: Currency | None = Field(default=None, description="of its wallet")
    asked_since: Moment | None = Field(default=None, description="drafted at this moment or later")
    asked_before: Moment | None = Field(default=None, description="drafted before this moment")
    changed_since: Moment | None = Field(
        default=None, description="with a change, a decision or a posting since then"
    )


class AdjustmentRequest(In):
    """Which balance to change, by how much, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=example(
            wallet=4,
            direction="credit",
            amount={"amount": 1500, "currency": "EUR"},
            reason_code="goodwill",
            note="The camera was late",
            submit=True,
        ),
    )

    wallet: Identifier = Field(description="id of a person’s wallet")
    direction: Direction
    amount: MoneyIn
    reason_code: Code
    note: Note = ""
    submit: bool = Field(
        default=False, strict=True, description="ask for approval at once; else it is a draft"
    )


class AdjustmentChange(In):
    """What to change about a draft; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=example(amount={"amount": 1200, "currency": "EUR"})
    )

    direction: Direction | None = None
    amount: MoneyIn | None = None
    reason_code: Code | None = None
    note: Note | None = None


@router.reads("/reason-codes", scope="adjustments:read", gives=Page[ReasonCodeOut])
def list_reason_codes(request: ApiRequest, filters: Query[Paging]) -> Page[ReasonCodeOut]:
    """List the reasons for which balances are adjusted."""
    return page_of(ReasonCode.objects.visible_to(request.user), filters, ReasonCodeOut.of)


@router.reads("/adjustments", scope="adjustments:read", gives=Page[AdjustmentOut])
def list_adjustments(request: ApiRequest, filters: Query[AdjustmentFilters]) -> Page[AdjustmentOut]:
    """List adjustments, the newest first.

    Who may view adjustments sees all; everybody else what they asked for.
    """
    exact = {
        "wallet": filters.wallet,
        "wallet__currency": filters.currency,
        "status": filters.status,
        "requester": filters.requester,
        "reason_code__code": filters.reason_code,
        "created_at__gte": filters.asked_since,
        "created_at__lt": filters.asked_before,
    }
    rows = _related(Adjustment.objects.visible_to(request.user))
    rows = rows.filter(**{name: value for name, value in exact.items() if value is not None})
    if filters.changed_since:
        versions = Adjustment.history.filter(history_date__gte=filters.changed_since)
        rows = rows.filter(pk__in=versions.values("id"))
    return page_of(rows, filters, AdjustmentOut.of)


@router.reads("/adjustments/{adjustment_id}", scope="adjustments:read", gives=AdjustmentOut)
def get_adjustment(request: ApiRequest, adjustment_id: Identifier) -> AdjustmentOut:
    """Show one adjustment, and where it stands."""
    return _shown(request, adjustment_id)


@router.does("/adjustments", scope="adjustments:write", gives=AdjustmentOut, status=201)
def request_adjustment(request: ApiRequest, body: AdjustmentRequest) -> Answer:
    """Draft a change of a person’s balance, and ask for approval when `submit` says so.

    When it cannot be submitted, such as without the evidence that its reason code needs, there is
    no draft either: request it as a draft, attach the file, then submit it.
    """
    request.user.require("wallets.request_adjustment")
    adjustment = wallets.request_adjustment(
        wallet_id=body.wallet,
        direction=body.direction,
        amount=body.amount.amount,
        currency=body.amount.currency,
        reason_code=reason_code_named(body.reason_code),
        note=body.note,
        actor=request.user,
    )
    if body.submit:
        wallets.submit_adjustment(adjustment.pk, actor=request.user)
    location = f"/api/v1/adjustments/{adjustment.pk}"
    return Answer(_shown(request, adjustment.pk), status=201, headers={"Location": location})


@router.changes("/adjustments/{adjustment_id}", scope="adjustments:write", gives=AdjustmentOut)
def change_adjustment(
    request: ApiRequest, adjustment_id: Identifier, body: AdjustmentChange
) -> AdjustmentOut:
    """Correct a draft of your own."""
    rows = _related(Adjustment.objects.all())
    adjustment = seen(rows, request.user, pk=adjustment_id, is_locked=True)
    unchanged(request, AdjustmentOut.of(adjustment))
    code = adjustment.reason_code
    wallets.change_adjustment(
        adjustment.pk,
        seen_version=adjustment.version,
        direction=body.direction or Direction(adjustment.direction),
        amount=adjustment.amount if body.amount is None else body.amount.amount,
        currency="" if body.amount is None else body.amount.currency,
        reason_code=reason_code_named(body.reason_code) if body.reason_code else code,
        note=adjustment.note if body.note is None else body.note,
        actor=request.user,
    )
    return _shown(request, adjustment.pk)


@router.does("/adjustments/{adjustment_id}/submit", scope="adjustments:write", gives=AdjustmentOut)
def submit_adjustment(request: ApiRequest, adjustment_id: Identifier) -> AdjustmentOut:
    """Ask for approval of a draft of your own; from here on it does not change."""
    _shown(request, adjustment_id)
    wallets.submit_adjustment(adjustment_id, actor=request.user)
    return _shown(request, adjustment_id)


@router.does(
    "/adjustments/{adjustment_id}/withdraw", scope="adjustments:write", gives=AdjustmentOut
)
def withdraw_adjustment(
    request: ApiRequest, adjustment_id: Identifier, body: MaybeWhy
) -> AdjustmentOut:
    """Take an adjustment of your own back before it was decided on."""
    _shown(request, adjustment_id)
    wallets.withdraw_adjustment(adjustment_id, actor=request.user, reason=body.reason)
    return _shown(request, adjustment_id)


@router.does(
    "/adjustments/{adjustment_id}/decisions", scope="approvals:decide", gives=AdjustmentOut
)
def decide_adjustment(
    request: ApiRequest, adjustment_id: Identifier, body: DecisionIn
) -> AdjustmentOut:
    """Decide on an adjustment that waits for you; the last approval posts it.

    The same as deciding on its request for approval.
    """
    adjustment = seen(_related(Adjustment.objects.all()), request.user, pk=adjustment_id)
    asked = request_of(adjustment)
    if asked is None:
        status = adjustment.get_status_display()
        raise MoveNotAllowed(action=body.verdict.label, status=status)
    approvals.decide(asked, verdict=body.verdict, actor=request.user, reason=body.reason)
    return _shown(request, adjustment_id)


def _related(rows: "QuerySet[Adjustment]") -> "QuerySet[Adjustment]":
    return with_request(rows.select_related("wallet", "reason_code", "requester"))


def _shown(request: ApiRequest, adjustment_id: int) -> AdjustmentOut:
    rows = _related(Adjustment.objects.all())
    return AdjustmentOut.of(seen(rows, request.user, pk=adjustment_id))
