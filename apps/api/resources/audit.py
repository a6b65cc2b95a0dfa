"""The audit log and its seals, for auditors.

Reading the log here leaves one event for each request, `audit.read`, with what was asked for. A
page of the back office shows a screenful to somebody who looks at it, and only its export is
recorded; a program takes the log out of the house page by page, which is an export in slices. It
needs no recent sign-in, as an export does, because a monitoring program follows the log by itself
for months; who reads what, and how far, stands in the log instead.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from ninja import Query
from pydantic import AwareDatetime, ConfigDict, Field

from apps.api.addresses import About
from apps.api.errors import NotFound
from apps.api.paging import Page, Paging, page_of
from apps.api.request import ApiRequest
from apps.api.resource import Resource
from apps.api.schemas import Identifier, Out, Person, example
from apps.audit import heads
from apps.audit import services as audit
from apps.audit.checking import check_block
from apps.audit.models import AuditBlock, AuditEvent

if TYPE_CHECKING:
    from django.db.models import QuerySet

router = Resource(tags=["audit"])

_HASH = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"


class EventFilters(Paging):
    """What narrows the list; each is answered by an index, or looked at in stretches."""

    actor: Identifier | None = Field(default=None, description="id of the person who did it")
    action: str | None = Field(
        default=None, max_length=80, description="as app.past_tense", examples=["tickets.approved"]
    )
    about: str | None = Field(
        default=None,
        pattern=r"^[a-z_]{1,40}\.[a-z_]{1,40}:[^\s]{1,64}$",
        description="one thing, as its type and id",
        examples=["tickets.ticket:12"],
    )
    outcome: Literal["done", "denied"] | None = Field(
        default=None, description="whether the deed happened"
    )
    source: Literal["admin", "api", "job", "shell"] | None = Field(
        default=None, description="through which door it came in"
    )
    request_id: UUID | None = Field(default=None, description="all that one request did")
    since: AwareDatetime | None = Field(default=None, description="from this moment on")
    until: AwareDatetime | None = Field(default=None, description="before this moment")


class Event(Out):
    """One deed or denied attempt, with names as they were at that moment."""

    model_config = ConfigDict(
        json_schema_extra=example(
            id=90211,
            at="2026-11-26T08:30:00Z",
            actor={"id": 9, "name": "Anna Approver"},
            on_behalf_of=None,
            action="tickets.approved",
            about={"type": "tickets.ticket", "id": "12", "path": "/api/v1/tickets/12"},
            about_label="TK-12",
            before={"status": "pending"},
            after={"status": "approved"},
            reason="Fine with me.",
            outcome="done",
            source="api",
            ip_address="203.0.113.7",
            request_id="8f14e45f-ceea-467f-9a9e-0f3e5b2c7d11",
        )
    )

    id: int
    at: datetime
    actor: Person = Field(description="with the name that they had then")
    on_behalf_of: Person | None
    action: str
    about: About | None
    about_label: str = Field(description="the name that the thing had then")
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    outcome: str = Field(description="done or denied")
    source: str = Field(description="admin, api, job or shell")
    ip_address: str | None
    request_id: UUID = Field(description="the same for all that one request did")

    @classmethod
    def of(cls, row: AuditEvent) -> "Event":
        """Return the event."""
        return cls(
            id=row.pk,
            at=row.at,
            actor=Person(id=row.actor_id, name=row.actor_name),
            on_behalf_of=Person.of_any(row.on_behalf_of),
            action=row.action,
            about=About.of(row.target_type, row.target_id),
            about_label=row.target_label,
            before=row.before,
            after=row.after,
            reason=row.reason,
            outcome=row.outcome,
            source=row.source,
            ip_address=row.ip_address,
            request_id=row.request_id,
        )


class Seal(Out):
    """A block of the chain of seals: the digests of some events, chained to the block before."""

    model_config = ConfigDict(
        json_schema_extra=example(
            number=812,
            event_count=140,
            hash=_HASH,
            previous_hash=_HASH[::-1],
            sealed_at="2026-11-26T08:31:00Z",
        )
    )

    number: int
    event_count: int
    hash: str = Field(description="SHA-256, hexadecimal")
    previous_hash: str = Field(description="of the block before; zeros on the first")
    sealed_at: datetime

    @classmethod
    def of(cls, row: AuditBlock) -> "Seal":
        """Return the block without its digests."""
        return cls(
            number=row.number,
            event_count=row.event_count,
            hash=row.hash,
            previous_hash=row.previous_hash,
            sealed_at=row.sealed_at,
        )


class Verdict(Out):
    """Whether a block and its events are as they were sealed."""

    model_config = ConfigDict(json_schema_extra=example(number=812, is_ok=True, fault=None))

    number: int
    is_ok: bool
    fault: str | None = Field(description="the first thing that does not fit, in a sentence")


class Head(Out):
    """The end of a chain; kept elsewhere, it proves what was written up to then."""

    model_config = ConfigDict(json_schema_extra=example(chain="audit", number=812, hash=_HASH))

    chain: str = Field(description="audit, or ledger for who may view its seals")
    number: int
    hash: str


class Heads(Out):
    """The ends of the chains."""

    items: list[Head]


@router.reads("/audit/events", scope="audit:read", gives=Page[Event])
def list_audit_events(request: ApiRequest, filters: Query[EventFilters]) -> Page[Event]:
    """List the audit log, the newest first; that you read it, and what you asked for, is recorded.

    With several filters a page may hold fewer rows than `limit`, even none, and still have a
    `next`: it looks at so many rows at a time. Follow `next` until it is null.
    """
    request.user.require("audit.view_auditevent")
    audit.record(
        "audit.read",
        actor=request.user,
        after=filters.model_dump(mode="json", exclude_defaults=True),
    )
    rows = AuditEvent.objects.select_related("target_type", "on_behalf_of")
    by_index, *tests = _asked(filters)
    return page_of(
        rows.filter(by_index),
        filters,
        Event.of,
        # A period is found by its moments; everything else has an index that ends with the id.
        key=("at", "pk") if filters.since or filters.until else ("pk",),
        tests=tuple(tests),
    )


@router.reads("/audit/events/{event_id}", scope="audit:read", gives=Event)
def get_audit_event(request: ApiRequest, event_id: Identifier) -> Event:
    """Show one event; that you read it is recorded."""
    request.user.require("audit.view_auditevent")
    rows = AuditEvent.objects.select_related("target_type", "on_behalf_of")
    event = rows.filter(pk=event_id).first()
    if event is None:
        raise NotFound
    audit.record("audit.read", actor=request.user, target=event)
    return Event.of(event)


@router.reads("/audit/seals", scope="audit:read", gives=Page[Seal])
def list_audit_seals(request: ApiRequest, paging: Query[Paging]) -> Page[Seal]:
    """List the seals over the audit log, the newest block first."""
    return page_of(_seals(request), paging, Seal.of, key=("number",))


@router.reads("/audit/seals/{number}", scope="audit:read", gives=Seal)
def get_audit_seal(request: ApiRequest, number: Identifier) -> Seal:
    """Show one block of the chain."""
    return Seal.of(_seal(request, number))


@router.reads("/audit/seals/{number}/verdict", scope="audit:read", gives=Verdict)
def verify_audit_seal(request: ApiRequest, number: Identifier) -> Verdict:
    """Compute a block anew: its hash, its place in the chain, and the digest of each event."""
    fault = check_block(_seal(request, number))
    return Verdict(number=number, is_ok=not fault, fault=fault or None)


@router.reads("/audit/heads", scope="audit:read", gives=Heads)
def list_audit_heads(request: ApiRequest) -> Heads:
    """List the ends of the chains, to be kept outside the database."""
    request.user.require("audit.view_auditblock")
    sees_ledger = request.user.has_perm("wallets.view_ledgerseal")
    return Heads(
        items=[
            Head(chain=name, number=head.number, hash=head.hash)
            for name, head in heads.heads().items()
            if name != "ledger" or sees_ledger
        ]
    )


def _asked(filters: EventFilters) -> list[Q]:
    """Return what is asked for: first what an index answers, then what is looked at row by row."""
    period = Q()
    if filters.since:
        period &= Q(at__gte=filters.since)
    if filters.until:
        period &= Q(at__lt=filters.until)
    asked = [period] if period else []
    if filters.request_id:
        asked.append(Q(request_id=filters.request_id))
    if filters.about:
        asked.append(_about(filters.about))
    if filters.actor:
        asked.append(Q(actor=filters.actor))
    if filters.action:
        asked.append(Q(action=filters.action))
    if filters.outcome == "denied":
        asked.append(Q(outcome="denied"))
    asked = asked or [Q()]
    if filters.outcome == "done":
        asked.append(Q(outcome="done"))
    if filters.source:
        asked.append(Q(source=filters.source))
    return asked


def _about(asked: str) -> Q:
    label, _colon, key = asked.partition(":")
    app, _dot, model = label.partition(".")
    kind = ContentType.objects.filter(app_label=app, model=model).first()
    return Q(target_type=kind, target_id=key) if kind else Q(pk__in=())


def _seals(request: ApiRequest) -> "QuerySet[AuditBlock]":
    request.user.require("audit.view_auditblock")
    return AuditBlock.objects.defer("event_ids", "digests")


def _seal(request: ApiRequest, number: int) -> AuditBlock:
    block = _seals(request).filter(number=number).first()
    if block is None:
        raise NotFound
    return block
