"""Subscriptions of the program that asks."""

from django.urls import reverse
from ninja import Path, Query

from apps.api.paging import Page, Paging, page_of
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource, unchanged
from apps.api.resources.webhooks.owning import own
from apps.api.resources.webhooks.schemas import (
    Webhook,
    WebhookChange,
    WebhookEvent,
    WebhookEvents,
    WebhookIn,
    WebhookWithSecret,
    Why,
)
from apps.api.schemas import Identifier
from apps.webhooks import services
from apps.webhooks.catalogue import CATALOGUE
from apps.webhooks.models import Subscription
from apps.webhooks.rights import SCOPE

router = Resource(tags=["webhooks"])


@router.reads("/webhooks/events", scope=SCOPE, gives=WebhookEvents)
def list_webhook_events(request: ApiRequest) -> WebhookEvents:
    """List the events that there are."""
    return WebhookEvents(
        items=[
            WebhookEvent(
                name=event.name,
                title=str(event.title),
                object=event.thing.name,
                scope=event.thing.scope,
            )
            for event in CATALOGUE
        ]
    )


@router.reads("/webhooks", scope=SCOPE, gives=Page[Webhook])
def list_webhooks(request: ApiRequest, paging: Query[Paging]) -> Page[Webhook]:
    """List what this program is subscribed to, as far as the person may see it."""
    rows = Subscription.objects.kept().visible_to(request.user).select_related("person")
    return page_of(rows.filter(program=request.access.program), paging, Webhook.of)


@router.does("/webhooks", scope=SCOPE, gives=WebhookWithSecret, status=201)
def create_webhook(request: ApiRequest, wish: WebhookIn) -> Answer:
    """Subscribe this program to events, in the name of the person.

    The secret is in this answer and in no other: keep it, and verify every message with it.
    """
    row = services.subscribe(
        request.access.program,
        person=request.user,
        url=wish.url,
        events=wish.events,
        description=wish.description,
        actor=request.user,
    )
    where = reverse("api-v1:get_webhook", args=(row.pk,))
    return Answer(WebhookWithSecret.showing(row), status=201, headers={"Location": where})


@router.reads("/webhooks/{subscription_id}", scope=SCOPE, gives=Webhook)
def get_webhook(request: ApiRequest, subscription_id: Path[Identifier]) -> Webhook:
    """Show one subscription."""
    return Webhook.of(own(request, subscription_id))


@router.changes("/webhooks/{subscription_id}", scope=SCOPE, gives=Webhook)
def change_webhook(
    request: ApiRequest, subscription_id: Path[Identifier], wish: WebhookChange
) -> Webhook:
    """Change where a subscription leads, or what it is for."""
    row = own(request, subscription_id, is_locked=True)
    unchanged(request, Webhook.of(row))
    return Webhook.of(
        services.change(
            row.pk,
            url=wish.url,
            events=wish.events,
            description=wish.description,
            actor=request.user,
        )
    )


@router.removes("/webhooks/{subscription_id}", scope=SCOPE)
def remove_webhook(request: ApiRequest, subscription_id: Path[Identifier]) -> None:
    """End a subscription for good."""
    row = own(request, subscription_id, is_locked=True)
    unchanged(request, Webhook.of(row))
    services.remove(row.pk, actor=request.user)


@router.does("/webhooks/{subscription_id}/pause", scope=SCOPE, gives=Webhook)
def pause_webhook(request: ApiRequest, subscription_id: Path[Identifier], wish: Why) -> Webhook:
    """Deliver nothing until it is resumed; messages wait, for thirty days at most."""
    row = own(request, subscription_id)
    return Webhook.of(services.pause(row.pk, reason=wish.reason, actor=request.user))


@router.does("/webhooks/{subscription_id}/resume", scope=SCOPE, gives=Webhook)
def resume_webhook(request: ApiRequest, subscription_id: Path[Identifier]) -> Webhook:
    """Deliver again what is paused, or was disabled after long failure."""
    row = own(request, subscription_id)
    return Webhook.of(services.resume(row.pk, actor=request.user))


@router.does("/webhooks/{subscription_id}/rotate-secret", scope=SCOPE, gives=WebhookWithSecret)
def rotate_webhook_secret(
    request: ApiRequest, subscription_id: Path[Identifier]
) -> WebhookWithSecret:
    """Make a new secret, shown this once; for 24 hours the old one signs too."""
    row = own(request, subscription_id)
    return WebhookWithSecret.showing(services.rotate_secret(row.pk, actor=request.user))
