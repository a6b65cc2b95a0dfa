"""Evidence: files that show why an adjustment, or a batch of them, is right."""

from datetime import datetime

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from ninja import File, Query
from ninja.files import UploadedFile
from pydantic import ConfigDict, Field

from apps.api.finding import seen
from apps.api.paging import Page, Paging, page_of
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource
from apps.api.schemas import Identifier, Out, Person, example
from apps.wallets import services as wallets
from apps.wallets.models import Adjustment, AdjustmentBatch, Evidence

router = Resource(tags=["adjustments"])

TYPES = ("application/pdf", "image/jpeg", "image/png", "text/csv", "text/plain")


class EvidenceOut(Out):
    """A file that was attached; it never changes."""

    model_config = ConfigDict(
        json_schema_extra=example(
            id=5,
            name="receipt.pdf",
            content_type="application/pdf",
            size=48213,
            sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            added_by={"id": 9, "name": "Walt Clerk"},
            added_at="2026-11-26T09:00:00Z",
        )
    )

    id: int
    name: str
    content_type: str
    size: int = Field(description="bytes")
    sha256: str
    added_by: Person
    added_at: datetime

    @classmethod
    def of(cls, evidence: Evidence) -> "EvidenceOut":
        """Return which file it is."""
        return cls(
            id=evidence.pk,
            name=evidence.name,
            content_type=evidence.content_type,
            size=evidence.size,
            sha256=evidence.sha256,
            added_by=Person.of(evidence.added_by),
            added_at=evidence.added_at,
        )


@router.reads(
    "/adjustments/{adjustment_id}/evidence", scope="adjustments:read", gives=Page[EvidenceOut]
)
def list_evidence(
    request: ApiRequest, adjustment_id: Identifier, filters: Query[Paging]
) -> Page[EvidenceOut]:
    """List the files of an adjustment, the newest first."""
    adjustment = seen(Adjustment.objects.all(), request.user, pk=adjustment_id)
    files = Evidence.objects.visible_to(request.user).filter(adjustment=adjustment)
    return page_of(files.select_related("added_by"), filters, EvidenceOut.of)


@router.reads(
    "/adjustment-batches/{batch_id}/evidence", scope="adjustments:read", gives=Page[EvidenceOut]
)
def list_evidence_of_batch(
    request: ApiRequest, batch_id: Identifier, filters: Query[Paging]
) -> Page[EvidenceOut]:
    """List the files of a batch of adjustments, the newest first."""
    batch = seen(AdjustmentBatch.objects.all(), request.user, pk=batch_id)
    files = Evidence.objects.visible_to(request.user).filter(batch=batch)
    return page_of(files.select_related("added_by"), filters, EvidenceOut.of)


@router.does(
    "/adjustments/{adjustment_id}/evidence",
    scope="adjustments:write",
    gives=EvidenceOut,
    status=201,
)
def add_evidence(
    request: ApiRequest, adjustment_id: Identifier, file: File[UploadedFile]
) -> Answer:
    """Attach a file to a draft of your own: PDF, PNG, JPEG, or text in UTF-8, at most 10 MB."""
    seen(Adjustment.objects.all(), request.user, pk=adjustment_id)
    wallets.add_evidence(adjustment_id, files=[file], actor=request.user)
    files = Evidence.objects.filter(adjustment=adjustment_id).select_related("added_by")
    evidence = files.order_by("-pk")[0]
    location = f"/api/v1/evidence/{evidence.pk}"
    return Answer(EvidenceOut.of(evidence), status=201, headers={"Location": location})


@router.hands_out("/evidence/{evidence_id}", scope="adjustments:read", types=TYPES)
def download_evidence(request: ApiRequest, evidence_id: Identifier) -> HttpResponse:
    """Download a file as it was attached; who took it is kept in the audit log."""
    seen(Evidence.objects.all(), request.user, pk=evidence_id)
    evidence, content = wallets.download_evidence(evidence_id, actor=request.user)
    return as_file(content, name=evidence.name, content_type=evidence.content_type)


def as_file(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    """Hand out a file, to be kept and never to be run by a browser."""
    answer = HttpResponse(content, content_type=content_type)
    disposition = content_disposition_header(as_attachment=True, filename=name)
    answer["Content-Disposition"] = disposition or "attachment"
    return answer
