"""Getting hold of a subscription: whose it is, and as it is now."""

from typing import TYPE_CHECKING

from apps.webhooks.errors import NotYourSubscription, SubscriptionStale
from apps.webhooks.models import Subscription

if TYPE_CHECKING:
    from apps.accounts.models import User

PERMISSION = "webhooks.manage_subscription"


def locked(subscription_id: int, *, actor: "User", seen_version: int | None = None) -> Subscription:
    """Return the subscription, locked: the actor’s own, or anybody’s for administrators.

    Raises:
        NotYourSubscription: it is in the name of somebody else.
        SubscriptionStale: it is no longer at the version that the person saw.
    """
    rows = Subscription.objects.kept().locked().select_related("program", "person")
    subscription = rows.get(pk=subscription_id)
    is_own = actor.is_active and subscription.person_id == actor.pk
    if not is_own and not (actor.is_active and actor.has_perm(PERMISSION)):
        raise NotYourSubscription(permission=PERMISSION)
    if seen_version is not None and seen_version != subscription.version:
        raise SubscriptionStale
    return subscription
