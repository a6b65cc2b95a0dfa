"""Getting hold of a subscription: whose it is, and as it is now."""

from typing import TYPE_CHECKING

from apps.webhooks.errors import NotYourSubscription, OnlyForItsPerson, SubscriptionStale
from apps.webhooks.models import Subscription
from apps.webhooks.rights import acts_as

if TYPE_CHECKING:
    from apps.accounts.models import User

PERMISSION = "webhooks.manage_subscription"


def locked(
    subscription_id: int,
    *,
    actor: "User",
    seen_version: int | None = None,
    is_led: bool = False,
) -> Subscription:
    """Return the subscription, locked: the actor’s own, or anybody’s for administrators.

    When it `is_led`, it is about to lead elsewhere or to show its secret. Whoever does that learns
    what its person may see, so administrators do it for programs that act by themselves only.

    Raises:
        NotYourSubscription: it is in the name of somebody else.
        OnlyForItsPerson: it is led, and a person lets the program act.
        SubscriptionStale: it is no longer at the version that the person saw.
    """
    rows = Subscription.objects.kept().locked().select_related("program", "person")
    subscription = rows.get(pk=subscription_id)
    is_own = actor.is_active and subscription.person_id == actor.pk
    if not is_own and not (actor.is_active and actor.has_perm(PERMISSION)):
        raise NotYourSubscription(permission=PERMISSION)
    if is_led and not is_own and not acts_as(subscription.program, subscription.person):
        raise OnlyForItsPerson(person=subscription.person)
    if seen_version is not None and seen_version != subscription.version:
        raise SubscriptionStale
    return subscription
