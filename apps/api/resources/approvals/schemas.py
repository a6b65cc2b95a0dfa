"""How requests for approval and decisions look to programs."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from django.utils import timezone
from pydantic import AwareDatetime, ConfigDict, Field

from apps.api.addresses import About
from apps.api.paging import Paging
from apps.api.problems import Problem
from apps.api.schemas import Identifier, In, Moment, Money, Out, Person, example
from apps.approvals import progress, selectors
from apps.approvals.states import Status, Verdict

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.approvals import models
    from apps.approvals.progress import LevelProgress

VerdictWord = Literal["approve", "reject", "return"]
Comment = Annotated[
    str, Field(max_length=2000, description="why; whoever asked reads it. A refusal needs one")
]
_ABOUT = {"type": "tickets.ticket", "id": "12", "path": "/api/v1/tickets/12"}
_ANNA = {"id": 9, "name": "Anna Approver"}
_REQUEST = {
    "id": 31,
    "kind": "ticket",
    "title": "TK-12 Camera for Boris",
    "status": "pending",
    "about": _ABOUT,
    "requester": {"id": 7, "name": "Boris Becker"},
    "amount": {"amount": 15000, "currency": "USD"},
    "waits_for": "Lending approver",
    "level": 1,
    "level_count": 1,
    "requested_at": "2026-11-25T09:00:00Z",
    "age_minutes": 1440,
    "due_at": "2026-11-26T09:00:00Z",
    "is_late": False,
    "concluded_at": None,
    "can_decide": True,
}
_DECISION = {
    "level": 1,
    "decider": _ANNA,
    "on_behalf_of": None,
    "verdict": "approve",
    "reason": "Fine with me.",
    "terms": None,
    "decided_at": "2026-11-26T08:30:00Z",
}


class ApprovalFilters(Paging):
    """What narrows the list."""

    waiting_for: Literal["me"] | None = Field(
        default=None,
        description="`me`: what you can decide on now, also for somebody who is away; the oldest "
        "first. Otherwise the newest come first",
    )
    status: (
        Literal["pending", "approved", "rejected", "returned", "withdrawn", "expired"] | None
    ) = Field(default=None, description="where the request stands")
    kind: str | None = Field(
        default=None, max_length=20, description="such as ticket or adjustment", examples=["ticket"]
    )
    about: str | None = Field(
        default=None,
        pattern=r"^[a-z_]{1,40}\.[a-z_]{1,40}:[1-9][0-9]{0,17}$",
        description="one thing, as its type and id",
        examples=["tickets.ticket:12"],
    )
    requester: Identifier | None = Field(default=None, description="id of who asked")
    asked_since: Moment | None = Field(default=None, description="at this moment or later")
    asked_before: Moment | None = Field(default=None, description="before this moment")


class Approval(Out):
    """A request for approval."""

    model_config = ConfigDict(json_schema_extra=example(**_REQUEST))

    id: int
    kind: str = Field(description="what kind of matter, such as ticket")
    title: str
    status: str = Field(
        description="pending, approved, rejected, returned (changes requested), withdrawn, expired"
    )
    about: About
    requester: Person
    amount: Money
    waits_for: str | None = Field(description="the role of the current level; null when concluded")
    level: int = Field(description="the current level, counted from one")
    level_count: int = Field(description="0 when it was approved automatically")
    requested_at: datetime
    age_minutes: int = Field(description="since it was asked, until now or until it was concluded")
    due_at: datetime | None = Field(description="by when somebody should decide")
    is_late: bool = Field(description="whether it waits beyond that")
    concluded_at: datetime | None
    can_decide: bool = Field(description="whether you can decide on it now")

    @classmethod
    def of(cls, row: "models.ApprovalRequest") -> "Approval":
        """Return what a list shows; the row carries `is_mine`."""
        return cls(**_facts(row))


class Decision(Out):
    """One person’s answer on one level."""

    model_config = ConfigDict(json_schema_extra=example(**_DECISION))

    level: int
    decider: Person
    on_behalf_of: Person | None = Field(description="who was away, and for whom they decided")
    verdict: str = Field(description="approve, reject or return")
    reason: str
    terms: dict[str, Any] | None = Field(description="what it left; null: all that was asked")
    decided_at: datetime

    @classmethod
    def of(cls, row: "models.Decision") -> "Decision":
        """Return the answer."""
        return cls(
            level=row.level,
            decider=Person.of(row.decider),
            on_behalf_of=Person.of_any(row.on_behalf_of),
            verdict=row.verdict,
            reason=row.reason,
            terms=row.terms,
            decided_at=row.decided_at,
        )


class Level(Out):
    """One step: a role, how many of it must agree, and what they said so far."""

    model_config = ConfigDict(
        json_schema_extra=example(
            number=1,
            role="Lending approver",
            decider_count=1,
            is_current=False,
            decisions=[_DECISION],
        )
    )

    number: int
    role: str
    decider_count: int = Field(description="how many different people of the role must agree")
    is_current: bool
    decisions: list[Decision]

    @classmethod
    def of(cls, level: "LevelProgress") -> "Level":
        """Return the level with its decisions."""
        return cls(
            number=level.number,
            role=level.role,
            decider_count=level.decider_count,
            is_current=level.is_current,
            decisions=[Decision.of(one) for one in level.decisions],
        )


class Forwarded(Out):
    """That somebody let a colleague decide in their place."""

    model_config = ConfigDict(
        json_schema_extra=example(
            level=1,
            by=_ANNA,
            to={"id": 10, "name": "Arno Approver"},
            reason="You know this customer.",
            at="2026-11-26T08:00:00Z",
        )
    )

    level: int
    by: Person
    to: Person
    reason: str
    at: datetime


class Changed(Out):
    """One thing that was asked for differently before the request was sent back."""

    model_config = ConfigDict(
        json_schema_extra=example(name="Until", was=["2026-12-05"], now=["2026-12-02"])
    )

    name: str
    was: list[str]
    now: list[str]


class ApprovalInFull(Approval):
    """A request for approval with its levels, decisions, and what is left of what was asked."""

    model_config = ConfigDict(
        json_schema_extra=example(
            **_REQUEST,
            levels=[
                {
                    "number": 1,
                    "role": "Lending approver",
                    "decider_count": 1,
                    "is_current": True,
                    "decisions": [],
                }
            ],
            forwards=[],
            terms=None,
            terms_in_words=[],
            changes=[],
            policy="Tickets in US dollars below 1,000",
            why_this_policy="amount 150.00 USD below 1,000.00",
        )
    )

    levels: list[Level]
    forwards: list[Forwarded]
    terms: dict[str, Any] | None = Field(
        description="what the approvals so far left; null: all that was asked"
    )
    terms_in_words: list[str]
    changes: list[Changed] = Field(description="since it was sent back")
    policy: str | None = Field(description="who decides by which rule; for who may view requests")
    why_this_policy: str | None

    @classmethod
    def seen_by(cls, row: "models.ApprovalRequest", person: "User") -> "ApprovalInFull":
        """Return all that this person may see of it; the row carries `is_mine`."""
        is_staff = person.has_perm("approvals.view_approvalrequest")
        return cls(
            **_facts(row),
            levels=[Level.of(level) for level in progress.progress_of(row)],
            forwards=[
                Forwarded(
                    level=one.level,
                    by=Person.of(one.by),
                    to=Person.of(one.to),
                    reason=one.reason,
                    at=one.forwarded_at,
                )
                for one in row.forwards.select_related("by", "to")
            ],
            terms=row.terms,
            terms_in_words=progress.left_of(row),
            changes=[
                Changed(name=one.name, was=list(one.was), now=list(one.now))
                for one in progress.changes_of(row)
            ],
            policy=row.policy.name if is_staff else None,
            why_this_policy=row.why if is_staff else None,
        )


class Terms(In):
    """What is approved when it is not all; only tickets can be approved in part."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=example(lines=[41, 42], ends_at="2026-12-02T09:00:00Z"),
    )

    lines: list[Identifier] | None = Field(
        default=None, min_length=1, max_length=500, description="ids of the lines that stay"
    )
    starts_at: AwareDatetime | None = Field(default=None, description="not before it was asked")
    ends_at: AwareDatetime | None = Field(default=None, description="not after it was asked")


class DecisionIn(In):
    """Your answer."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=example(verdict="approve", reason="Fine with me.")
    )

    verdict: VerdictWord = Field(description="`return` sends it back for changes")
    reason: Comment = ""
    terms: Terms | None = Field(default=None, description="to approve a part; null: all of it")


class DecisionsIn(In):
    """One answer to many requests."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=example(ids=[31, 32], verdict="reject", reason="Out of season."),
    )

    ids: list[Identifier] = Field(min_length=1, max_length=100, description="of the requests")
    verdict: VerdictWord
    reason: Comment = ""


class RowResult(Out):
    """What became of one of many requests."""

    model_config = ConfigDict(
        json_schema_extra=example(id=31, status=200, waits_for="Finance controller", problem=None)
    )

    id: int
    status: int = Field(description="the HTTP status that this row alone would have had")
    waits_for: str | None = Field(description="the role that has to agree next, if any")
    problem: Problem | None = Field(description="why it was refused; null when it was decided")


class RowResults(Out):
    """What became of each request, in the order in which they were named."""

    items: list[RowResult]


class HandOverIn(In):
    """To whom, and why."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=example(to=10, reason="You know this customer.")
    )

    to: Identifier = Field(description="the id of a colleague")
    reason: str = Field(min_length=1, max_length=2000, description="the colleague reads it")


class People(Out):
    """Some people, by name."""

    items: list[Person]


class ReasonFilters(In):
    """For which decision the sentences are."""

    verdict: VerdictWord = Field(description="approve, reject or return")
    kind: str = Field(default="", max_length=20, description="such as ticket; empty: any")


class CannedReasons(Out):
    """Sentences to choose from."""

    model_config = ConfigDict(json_schema_extra=example(items=["Out of season."]))

    items: list[str]

    @classmethod
    def of(cls, verdict: VerdictWord, kind: str) -> "CannedReasons":
        """Return those that the back office offers too."""
        rows = selectors.canned_reasons(Verdict(verdict), kind)
        return cls(items=list(rows.values_list("text", flat=True)))


def _facts(row: "models.ApprovalRequest") -> dict[str, Any]:
    now = timezone.now()
    is_pending = row.status == Status.PENDING
    standing = progress.standing_of(row)
    about = About.of(row.subject_type, row.subject_id)
    assert about is not None, "a request is about something"
    return {
        "id": row.pk,
        "kind": row.scope,
        "title": row.title,
        "status": row.status,
        "about": about,
        "requester": Person.of(row.requester),
        "amount": Money(amount=row.amount, currency=row.currency),
        "waits_for": row.role.name if is_pending else None,
        "level": standing["place"],
        "level_count": standing["count"],
        "requested_at": row.requested_at,
        "age_minutes": int(((row.concluded_at or now) - row.requested_at).total_seconds() // 60),
        "due_at": row.due_at,
        "is_late": is_pending and row.due_at is not None and row.due_at < now,
        "concluded_at": row.concluded_at,
        "can_decide": row.is_mine,  # type: ignore[attr-defined]  # annotated by `marked_for`
    }
