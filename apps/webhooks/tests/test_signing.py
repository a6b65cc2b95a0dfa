"""Receivers can tell that a message is ours: with the library, by hand, and by the README."""

import base64
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from standardwebhooks import Webhook, WebhookVerificationError

from apps.accounts.models import User
from apps.webhooks import delivery, services, signing
from apps.webhooks.models import Message
from apps.webhooks.tests.conftest import Got, Receiver, Subscribe

pytestmark = pytest.mark.django_db


def delivered(subscribe: Subscribe, receiver: Receiver, clara: User) -> Got:
    subscription = subscribe()
    services.send_test(subscription.pk, actor=clara)
    delivery.deliver(subscription.pk)
    return receiver.got[-1]


def test_the_standard_library_verifies_what_arrives(
    subscribe: Subscribe, receiver: Receiver, clara: User
) -> None:
    got = delivered(subscribe, receiver, clara)
    subscription = Message.objects.get().subscription
    message = Webhook(subscription.secret).verify(got.body, got.headers)
    assert message["type"] == "webhook.test"
    with pytest.raises(WebhookVerificationError):
        Webhook(subscription.secret).verify(got.body + b" ", got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(signing.make_secret()).verify(got.body, got.headers)


def test_the_signature_is_that_of_the_standard(
    subscribe: Subscribe, receiver: Receiver, clara: User
) -> None:
    """Without the library: HMAC-SHA-256 over id, timestamp and body, with dots between them."""
    got = delivered(subscribe, receiver, clara)
    key = base64.b64decode(Message.objects.get().subscription.secret.removeprefix("whsec_"))
    signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert got.headers["webhook-signature"] == f"v1,{digest}"
    assert re.fullmatch(r"msg_[0-9a-f]{32}", got.headers["webhook-id"])


def test_a_secret_is_as_long_as_the_standard_asks() -> None:
    first, second = signing.make_secret(), signing.make_secret()
    assert first != second
    assert first.startswith("whsec_")
    assert 24 <= len(base64.b64decode(first.removeprefix("whsec_"), validate=True)) <= 64


def test_after_a_rotation_both_secrets_verify_for_a_day(
    subscribe: Subscribe, receiver: Receiver, clara: User
) -> None:
    start = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    with time_machine.travel(start, tick=False) as clock:
        subscription = subscribe()
        old = subscription.secret
        new = services.rotate_secret(subscription.pk, actor=clara).secret
        services.send_test(subscription.pk, actor=clara)
        delivery.deliver(subscription.pk)
        got = receiver.got[0]
        assert got.headers["webhook-signature"].count("v1,") == 2
        for secret in (old, new):
            Webhook(secret).verify(got.body, got.headers)

        clock.shift(timedelta(hours=24))
        services.send_test(subscription.pk, actor=clara)
        delivery.deliver(subscription.pk)
        got = receiver.got[1]
        Webhook(new).verify(got.body, got.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(old).verify(got.body, got.headers)


def test_what_the_readme_tells_receivers_works(
    subscribe: Subscribe, receiver: Receiver, clara: User
) -> None:
    text = Path(settings.BASE_DIR, "README.md").read_text(encoding="utf-8")
    section = text.partition("## Receive our webhooks")[2].partition("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    got = delivered(subscribe, receiver, clara)
    handled: list[Any] = []
    names: dict[str, Any] = {
        "SECRET": Message.objects.get().subscription.secret,
        "handle": lambda event, data: handled.append((event, data)),
    }
    exec(code, names)  # noqa: S102  (of our own README)
    assert names["receive"](got.body, got.headers) == 204
    assert names["receive"](got.body, got.headers) == 204
    assert names["receive"](got.body + b" ", got.headers) == 400
    assert handled == [("webhook.test", json.loads(got.body)["data"])]
    # And what it says of patience is what we have.
    waits = ["5 seconds", "5 and 30 minutes", "2, 5, 10, 14, 20 and 24 hours"]
    for words in waits:
        assert words in section.replace("\n", " ")
    hours = [wait / timedelta(hours=1) for wait in delivery.WAITS[3:]]
    assert hours == [2, 5, 10, 14, 20, 24]
    assert [wait.total_seconds() for wait in delivery.WAITS[:3]] == [5, 300, 1800]
