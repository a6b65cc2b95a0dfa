"""Adjustments in bulk: a file of lines that is asked for, decided on and posted as one."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.http import HttpResponse
from ninja import File, Form, Query
from ninja.files import UploadedFile
from pydantic import ConfigDict, Field

from apps.api.finding import seen
from apps.api.money import MaybeWhy, WalletName, request_of, with_request
from apps.api.paging import Page, Paging, page_of
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource
from apps.api.resources.adjustments import Note
from apps.api.resources.evidence import as_file
from apps.api.schemas import Currency, Identifier, In, Money, Out, Person, example
from apps.wallets import batches
from apps.wallets import services as wallets
from apps.wallets.models import AdjustmentBatch, AdjustmentLine
from apps.wallets.states import AdjustmentStatus, Direction

if TYPE_CHECKING:
    from django.db.models import QuerySet

router = Resource(tags=["adjustments"])


class BatchOut(Out):
    """Changes of many balances in one currency."""

    model_config = ConfigDict(
        json_schema_extra=example(
            id=2,
            number="B-2",
            currency="EUR",
            note="Goodwill after the outage",
            file_name="goodwill.csv",
            sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            line_count=120,
            credit={"amount": 180000, "currency": "EUR"},
            debit={"amount": 0, "currency": "EUR"},
            status="pending",
            requester={"id": 9, "name": "Walt Clerk"},
            created_at="2026-11-26T09:00:00Z",
            approval=18,
            transaction=None,
        )
    )

    id: int
    number: str
    currency: Currency
    note: str
    file_name: str
    sha256: str
    line_count: int
    credit: Money = Field(description="into wallets")
    debit: Money = Field(description="out of wallets")
    status: AdjustmentStatus
    requester: Person
    created_at: datetime
    approval: int | None = Field(
        description="id of the newest request for approval, at /approvals/{id}"
    )
    transaction: int | None = Field(description="number in the journal once it is posted")

    @classmethod
    def of(cls, batch: AdjustmentBatch) -> "BatchOut":
        """Return where it stands."""
        return cls(
            id=batch.pk,
            number=str(batch),
            currency=batch.currency,
            note=batch.note,
            file_name=batch.file_name,
            sha256=batch.sha256,
            line_count=batch.line_count,
            credit=Money(amount=batch.credit, currency=batch.currency),
            debit=Money(amount=batch.debit, currency=batch.currency),
            status=AdjustmentStatus(batch.status),
            requester=Person.of(batch.requester),
            created_at=batch.created_at,
            approval=request_of(batch),
            transaction=batch.transaction_id,
        )


class BatchLine(Out):
    """One change of a balance in a batch."""

    model_config = ConfigDict(
        json_schema_extra=example(
            number=1,
            file_line=2,
            wallet={"id": 4, "number": "W-000004", "currency": "EUR"},
            direction="credit",
            amount={"amount": 1500, "currency": "EUR"},
            reason_code="goodwill",
            note="",
        )
    )

    number: int
    file_line: int = Field(description="on which it stands in the file, whose header is line 1")
    wallet: WalletName
    direction: Direction
    amount: Money
    reason_code: str
    note: str

    @classmethod
    def of(cls, line: AdjustmentLine) -> "BatchLine":
        """Return what the line asks for."""
        return cls(
            number=line.number,
            file_line=line.file_line,
            wallet=WalletName.of(line.wallet),
            direction=Direction(line.direction),
            amount=Money(amount=line.amount, currency=line.wallet.currency),
            reason_code=line.reason_code.code,
            note=line.note,
        )


class BatchFilters(Paging):
    """Which batches to list; everything given must fit."""

    status: AdjustmentStatus | None = Field(default=None, description="where it stands")
    requester: Identifier | None = Field(default=None, description="id of who asked")
    currency: Currency | None = Field(default=None, description="of its wallets")


class BatchRequest(In):
    """What comes with the file."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=example(note="Goodwill after the outage")
    )

    note: Note = ""


@router.reads("/adjustment-batches", scope="adjustments:read", gives=Page[BatchOut])
def list_batches(request: ApiRequest, filters: Query[BatchFilters]) -> Page[BatchOut]:
    """List batches of adjustments, the newest first.

    Who may view batches sees all; everybody else what they asked for.
    """
    exact = {
        "status": filters.status,
        "requester": filters.requester,
        "currency": filters.currency,
    }
    rows = _related(AdjustmentBatch.objects.visible_to(request.user))
    rows = rows.filter(**{name: value for name, value in exact.items() if value is not None})
    return page_of(rows, filters, BatchOut.of)


@router.reads("/adjustment-batches/{batch_id}", scope="adjustments:read", gives=BatchOut)
def get_batch(request: ApiRequest, batch_id: Identifier) -> BatchOut:
    """Show one batch, and where it stands."""
    return _shown(request, batch_id)


@router.reads(
    "/adjustment-batches/{batch_id}/lines", scope="adjustments:read", gives=Page[BatchLine]
)
def list_batch_lines(
    request: ApiRequest, batch_id: Identifier, filters: Query[Paging]
) -> Page[BatchLine]:
    """List the lines of a batch, in the order of its file."""
    batch = seen(AdjustmentBatch.objects.all(), request.user, pk=batch_id)
    lines = batches.lines_with_wallets(batch)
    return page_of(lines, filters, BatchLine.of, key=("number",), is_ascending=True)


@router.hands_out(
    "/adjustment-batches/{batch_id}/file", scope="adjustments:read", types=["text/csv"]
)
def download_batch(request: ApiRequest, batch_id: Identifier) -> HttpResponse:
    """Download the lines of a batch as CSV, with the balance of each wallet before and after."""
    seen(AdjustmentBatch.objects.all(), request.user, pk=batch_id)
    batch, text = wallets.download_batch(batch_id, actor=request.user)
    return as_file(text.encode(), name=f"{batch}.csv", content_type="text/csv; charset=utf-8")


@router.does("/adjustment-batches", scope="adjustments:write", gives=BatchOut, status=201)
def request_batch(
    request: ApiRequest, file: File[UploadedFile], details: Form[BatchRequest]
) -> Answer:
    """Draft the changes that a CSV file asks for; the draft is a preview, and moves nothing.

    Columns: wallet, direction, amount, reason_code, note. When a line is wrong nothing is taken,
    and `errors` names each cell.
    """
    batch = wallets.request_batch(
        content=file.read(), file_name=file.name or "", note=details.note, actor=request.user
    )
    location = f"/api/v1/adjustment-batches/{batch.pk}"
    return Answer(_shown(request, batch.pk), status=201, headers={"Location": location})


@router.does("/adjustment-batches/{batch_id}/submit", scope="adjustments:write", gives=BatchOut)
def submit_batch(request: ApiRequest, batch_id: Identifier) -> BatchOut:
    """Ask for approval of a draft of your own; from here on it does not change."""
    _shown(request, batch_id)
    wallets.submit_batch(batch_id, actor=request.user)
    return _shown(request, batch_id)


@router.does("/adjustment-batches/{batch_id}/withdraw", scope="adjustments:write", gives=BatchOut)
def withdraw_batch(request: ApiRequest, batch_id: Identifier, body: MaybeWhy) -> BatchOut:
    """Take a batch of your own back before it was decided on."""
    _shown(request, batch_id)
    wallets.withdraw_batch(batch_id, actor=request.user, reason=body.reason)
    return _shown(request, batch_id)


def _related(rows: "QuerySet[AdjustmentBatch]") -> "QuerySet[AdjustmentBatch]":
    return with_request(rows.select_related("requester"))


def _shown(request: ApiRequest, batch_id: int) -> BatchOut:
    rows = _related(AdjustmentBatch.objects.all())
    return BatchOut.of(seen(rows, request.user, pk=batch_id))
