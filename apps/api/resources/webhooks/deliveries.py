"""What was delivered to a subscription, sent again, or sent as a test."""

from ninja import Path, Query

from apps.api.paging import Page, page_of
from apps.api.request import ApiRequest
from apps.api.resource import Resource
from apps.api.resources.webhooks.owning import own
from apps.api.resources.webhooks.schemas import Deliveries, Delivery, Replayed, Since
from apps.api.schemas import Identifier
from apps.webhooks import selectors, services
from apps.webhooks.models import Message
from apps.webhooks.rights import SCOPE

router = Resource(tags=["webhooks"])


@router.does("/webhooks/{subscription_id}/test", scope=SCOPE, gives=Delivery)
def send_webhook_test(request: ApiRequest, subscription_id: Path[Identifier]) -> Delivery:
    """Send a message of the type webhook.test, which is about nothing."""
    row = own(request, subscription_id)
    return _sent(services.send_test(row.pk, actor=request.user))


@router.reads("/webhooks/{subscription_id}/deliveries", scope=SCOPE, gives=Page[Delivery])
def list_webhook_deliveries(
    request: ApiRequest, subscription_id: Path[Identifier], which: Query[Deliveries]
) -> Page[Delivery]:
    """List what was sent in the last thirty days, with every attempt."""
    rows = selectors.log_of(own(request, subscription_id))
    if which.status is not None:
        rows = rows.filter(status=which.status)
    return page_of(rows, which, Delivery.of)


@router.does(
    "/webhooks/{subscription_id}/deliveries/{webhook_id}/replay", scope=SCOPE, gives=Delivery
)
def replay_webhook_delivery(
    request: ApiRequest, subscription_id: Path[Identifier], webhook_id: str
) -> Delivery:
    """Send a message again that has arrived or failed, under the same webhook id."""
    row = own(request, subscription_id)
    message = selectors.log_of(row).get(webhook_id=webhook_id)
    return _sent(services.replay(message.pk, actor=request.user))


@router.does("/webhooks/{subscription_id}/replay", scope=SCOPE, gives=Replayed)
def replay_failed_deliveries(
    request: ApiRequest, subscription_id: Path[Identifier], wish: Since
) -> Replayed:
    """Send again, in order, everything since a moment that has failed."""
    row = own(request, subscription_id)
    count = services.replay_failed(row.pk, since=wish.since, actor=request.user)
    return Replayed(count=count)


def _sent(message: Message) -> Delivery:
    message.refresh_from_db()
    return Delivery.of(message)
