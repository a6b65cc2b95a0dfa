"""Messages are written with the deed, or not at all."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.context import Origin, coming_from
from apps.audit.models import Outcome
from apps.tickets.models import Ticket
from apps.wallets import services as wallets
from apps.webhooks import services
from apps.webhooks.catalogue import BY_DEED, BY_NAME, CATALOGUE
from apps.webhooks.models import Message
from apps.webhooks.tests.conftest import Subscribe
from project.testing.make import Make

pytestmark = pytest.mark.django_db


def test_a_deed_writes_a_thin_message_for_each_subscription(
    make: Make,
    boris: User,
    carol: User,
    subscribe: Subscribe,
    rung: list[int],
    django_capture_on_commit_callbacks: Any,
) -> None:
    first, second = subscribe("wallet.frozen"), subscribe("wallet.frozen", "wallet.opened")
    subscribe("wallet.closed")
    wallet = make.wallet(boris, balance=12345)
    Message.objects.all().delete()

    here = Origin()
    with coming_from(here), django_capture_on_commit_callbacks(execute=True):
        wallets.freeze(wallet.pk, reason="Boris asked for it", actor=carol)

    messages = list(Message.objects.order_by("pk"))
    assert [row.subscription for row in messages] == [first, second]
    assert len({row.webhook_id for row in messages}) == 2
    body = json.loads(messages[0].body)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body.pop("timestamp"))
    assert body == {
        "type": "wallet.frozen",
        "data": {
            "object": "wallet",
            "id": str(wallet.pk),
            "url": f"/api/v1/wallets/{wallet.pk}",
            "changed": ["status"],
            "request_id": str(here.request_id),
        },
    }
    assert messages[0].body == messages[1].body
    assert rung == [first.pk, second.pk]


def test_what_is_told_has_no_values_and_no_names(
    make: Make, lena: User, clara: User, subscribe: Subscribe
) -> None:
    subscribe("asset.changed")
    asset = make.asset(lender=lena)
    audit.record(
        "assets.changed",
        actor=clara,
        target=asset,
        before={"value": 20000, "location": "A", "name": "Camera", "Lena’s Camera": "x"},
        after={"value": 30000, "location": "A", "name": "Lens", "Lena’s Camera": "y"},
        reason="Lena said so",
    )
    (message,) = Message.objects.all()
    assert json.loads(message.body)["data"]["changed"] == ["name", "value"]
    assert not re.search("Lena|Lens|Clara|Camera|0000", message.body)


def test_a_deed_that_is_rolled_back_tells_nothing(
    make: Make, boris: User, carol: User, subscribe: Subscribe
) -> None:
    subscribe("wallet.frozen")
    wallet = make.wallet(boris)
    with transaction.atomic():
        wallets.freeze(wallet.pk, reason="For now", actor=carol)
        assert Message.objects.count() == 1
        transaction.set_rollback(True)
    assert not Message.objects.exists()


def test_denied_attempts_and_other_deeds_tell_nothing(
    make: Make, boris: User, clara: User, subscribe: Subscribe
) -> None:
    subscribe(*BY_NAME.keys() & {"wallet.frozen", "ticket.approved", "asset.changed"})
    wallet = make.wallet(boris)
    audit.record("wallets.frozen", actor=clara, target=wallet, outcome=Outcome.DENIED)
    audit.record("wallets.evidence_added", actor=clara, target=wallet)
    # Another thing than the catalogue says: nobody could tell who may see it.
    audit.record("wallets.frozen", actor=clara, target=boris)
    audit.record("wallets.frozen", actor=clara)
    assert not Message.objects.exists()


def test_many_deeds_at_once_are_told_in_their_order_with_one_statement(
    make: Make,
    lena: User,
    clara: User,
    subscribe: Subscribe,
    django_assert_num_queries: Any,
) -> None:
    subscribe("asset.registered")
    assets = [make.asset(lender=lena) for _number in range(3)]
    audit.record_all("assets.registered", actor=clara, targets=[(assets[0], {})])
    Message.objects.all().delete()
    with django_assert_num_queries(2):
        audit.record_all("assets.registered", actor=clara, targets=[(one, {}) for one in assets])
    ids = list(Message.objects.order_by("pk").values_list("object_id", flat=True))
    assert ids == [str(asset.pk) for asset in assets]


def test_what_happens_while_a_subscription_is_paused_waits_and_otherwise_nothing_does(
    make: Make, boris: User, clara: User, subscribe: Subscribe
) -> None:
    paused, removed = subscribe(), subscribe()
    services.pause(paused.pk, reason="We move house", actor=clara)
    services.remove(removed.pk, actor=clara)
    audit.record("wallets.frozen", actor=clara, target=make.wallet(boris))
    assert [row.subscription for row in Message.objects.all()] == [paused]


def test_every_event_of_the_catalogue_is_a_deed_of_the_code() -> None:
    apps = Path(settings.BASE_DIR, "apps")
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for path in apps.rglob("*.py")
        if not {"tests", "webhooks"} & set(path.relative_to(apps).parts)
    )
    computed = {
        *(f"tickets.{status}" for status in ("cancelled", "expired")),
        *(f"tickets.extension_{end}" for end in ("approved", "rejected", "withdrawn", "expired")),
    }
    assert 'f"tickets.{ticket.status}"' in code
    assert 'f"tickets.extension_{extension.status}"' in code
    missing = {
        event.deed
        for event in CATALOGUE
        if f'"{event.deed}"' not in code and event.deed not in computed
    }
    assert missing == set()


def test_names_of_events_and_deeds_are_there_once() -> None:
    assert len(BY_NAME) == len(BY_DEED) == len(CATALOGUE)
    for event in CATALOGUE:
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", event.name)
        assert event.thing.model
        assert "{id}" in event.thing.path
    assert BY_DEED["tickets.taken_back"].thing.model is Ticket
