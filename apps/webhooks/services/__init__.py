"""What people do with webhook subscriptions."""

from apps.webhooks.services.replaying import replay, replay_failed, send_test
from apps.webhooks.services.subscribing import (
    change,
    pause,
    remove,
    resume,
    rotate_secret,
    subscribe,
)

__all__ = [
    "change",
    "pause",
    "remove",
    "replay",
    "replay_failed",
    "resume",
    "rotate_secret",
    "send_test",
    "subscribe",
]
