"""Secrets and signatures, by https://www.standardwebhooks.com (symmetric, `v1`)."""

import base64
import secrets
from typing import TYPE_CHECKING

from standardwebhooks import Webhook

from apps.common.secret_text import is_lost

if TYPE_CHECKING:
    from datetime import datetime

    from apps.webhooks.models import Message, Subscription

_SECRET_BYTES = 32
"""The standard allows 24 to 64."""


def make_secret() -> str:
    """Return a new secret as receivers keep it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def secrets_of(subscription: "Subscription", *, now: "datetime") -> list[str]:
    """Return the secrets that sign at this moment, the newest first.

    Raises:
        SecretUnreadable: no key opens the newest; one before it that is lost just ends sooner.
    """
    until = subscription.previous_secret_until
    is_overlap = until is not None and now < until and not is_lost(subscription, "previous_secret")
    return [subscription.secret, *([subscription.previous_secret] if is_overlap else [])]


def headers_of(message: "Message", *, now: "datetime") -> dict[str, str]:
    """Return the headers that vouch for the message, once for each secret; `now` is UTC."""
    signatures = [
        Webhook(secret).sign(message.webhook_id, now, message.body)
        for secret in secrets_of(message.subscription, now=now)
    ]
    return {
        "webhook-id": message.webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
