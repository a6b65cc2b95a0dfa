"""The pages of webhook subscriptions, with the log of what was delivered."""

from apps.webhooks.admin.subscriptions import SubscriptionAdmin

__all__ = ["SubscriptionAdmin"]
