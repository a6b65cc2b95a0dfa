"""Webhooks: what a program is told of, where, and what became of it."""

from apps.api.resource import Resource
from apps.api.resources.webhooks import deliveries, subscriptions

router = Resource(tags=["webhooks"])
router.add_router("", subscriptions.router)
router.add_router("", deliveries.router)
