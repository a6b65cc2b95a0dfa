"""What subscriptions, their events and their deliveries look like."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field

from apps.api.paging import Paging
from apps.api.schemas import In, Out, Person, Reason, example
from apps.webhooks.catalogue import CATALOGUE
from apps.webhooks.models import URL_LENGTH, Attempt, Message, Subscription
from apps.webhooks.states import MessageStatus, Status

Url = Annotated[str, Field(max_length=URL_LENGTH, examples=["https://hooks.example.com/assets"])]
Events = Annotated[
    list[Annotated[str, Field(max_length=60)]],
    Field(min_length=1, max_length=len(CATALOGUE), examples=[["ticket.approved"]]),
]
_SUBSCRIPTION = {
    "id": 3,
    "url": "https://hooks.example.com/assets",
    "description": "Stock of the warehouse",
    "events": ["ticket.handed_over", "ticket.returned"],
    "person": {"id": 7, "name": "Boris Becker"},
    "status": "active",
    "status_reason": "",
    "failing_since": None,
    "old_secret_signs_until": None,
    "created_at": "2026-11-26T09:00:00Z",
}

_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"  # noqa: S105  (an example)


class WebhookEvent(Out):
    """Something that programs are told of."""

    model_config = ConfigDict(
        json_schema_extra=example(
            name="ticket.approved",
            title="it was approved, wholly or in part",
            object="ticket",
            scope="tickets:read",
        )
    )

    name: str
    title: str
    object: str
    scope: str = Field(description="which the program needs besides webhooks:write")


class WebhookEvents(Out):
    """The catalogue."""

    items: list[WebhookEvent]


class Webhook(Out):
    """A subscription of this program, in the name of one person."""

    model_config = ConfigDict(json_schema_extra=example(**_SUBSCRIPTION))

    id: int
    url: str
    description: str
    events: list[str]
    person: Person = Field(description="only what this person may see is told")
    status: Status
    status_reason: str
    failing_since: datetime | None = Field(description="nothing has arrived since then")
    old_secret_signs_until: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, row: Subscription) -> "Webhook":
        """Return what it looks like."""
        return cls(
            id=row.pk,
            url=row.url,
            description=row.description,
            events=row.events,
            person=Person.of(row.person),
            status=Status(row.status),
            status_reason=row.status_reason,
            failing_since=row.failing_since,
            old_secret_signs_until=row.previous_secret_until,
            created_at=row.created_at,
        )


class WebhookWithSecret(Webhook):
    """A subscription with its secret, which is shown this once."""

    model_config = ConfigDict(json_schema_extra=example(**_SUBSCRIPTION, secret=_SECRET))

    secret: str = Field(description="verifies our signatures; see standardwebhooks.com")

    @classmethod
    def showing(cls, row: Subscription) -> "WebhookWithSecret":
        """Return what it looks like, with the secret that was just made."""
        row.refresh_from_db(fields=["created_at"])
        return cls(**dict(Webhook.of(row)), secret=row.secret)


class WebhookIn(In):
    """What to subscribe to, and where it is sent."""

    url: Url = Field(description="https, a name of the public internet, port 443 or 8443")
    events: Events
    description: Annotated[str, Field(max_length=254)] = ""


class WebhookChange(In):
    """What shall be otherwise; what is left out stays."""

    url: Url | None = None
    events: Events | None = None
    description: Annotated[str, Field(max_length=254)] | None = None


class Why(In):
    """Why."""

    reason: Reason


class Since(In):
    """From when on."""

    since: AwareDatetime = Field(examples=["2026-11-26T09:00:00Z"])


class DeliveryAttempt(Out):
    """One try to deliver."""

    at: datetime
    status_code: int | None
    duration_ms: int
    error: str = Field(description="empty when the receiver took it")
    response: str = Field(description="the beginning of the answer")
    retry_after: int | None = Field(description="seconds for which the receiver asked us to wait")

    @classmethod
    def of(cls, row: Attempt) -> "DeliveryAttempt":
        """Return what became of it."""
        return cls(
            at=row.at,
            status_code=row.status_code,
            duration_ms=row.duration_ms,
            error=row.error,
            response=row.response,
            retry_after=row.retry_after,
        )


class Delivery(Out):
    """A message and every try to deliver it."""

    model_config = ConfigDict(
        json_schema_extra=example(
            webhook_id="msg_0f8fad5bd9cb469fa16570867728950e",
            event="ticket.approved",
            status="delivered",
            created_at="2026-11-26T09:00:00Z",
            next_attempt_at=None,
            attempts=[
                {
                    "at": "2026-11-26T09:00:01Z",
                    "status_code": 204,
                    "duration_ms": 85,
                    "error": "",
                    "response": "",
                    "retry_after": None,
                }
            ],
        )
    )

    webhook_id: str
    event: str
    status: MessageStatus
    created_at: datetime
    next_attempt_at: datetime | None
    attempts: list[DeliveryAttempt]

    @classmethod
    def of(cls, row: Message) -> "Delivery":
        """Return how it stands."""
        is_waiting = row.status == MessageStatus.WAITING
        return cls(
            webhook_id=row.webhook_id,
            event=row.event,
            status=MessageStatus(row.status),
            created_at=row.created_at,
            next_attempt_at=row.attempt_at if is_waiting else None,
            attempts=[DeliveryAttempt.of(attempt) for attempt in row.attempts.all()],
        )


class Replayed(Out):
    """How many messages are sent again."""

    model_config = ConfigDict(json_schema_extra=example(count=12))

    count: int


class Deliveries(Paging):
    """Which deliveries, and which page of them."""

    status: MessageStatus | None = Field(default=None, description="where they stand")
