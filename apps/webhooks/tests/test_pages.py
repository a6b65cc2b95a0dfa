"""The pages: who sees and does what, and the secret that is shown once."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.webhooks import delivery, services
from apps.webhooks.catalogue import TEST
from apps.webhooks.models import Message, Subscription
from apps.webhooks.states import Status
from apps.webhooks.tests.conftest import Receiver, Subscribe, machine, message

pytestmark = pytest.mark.django_db

LIST = "admin:webhooks_subscription_changelist"
PAGE = "admin:webhooks_subscription_change"


@pytest.fixture
def office(adam: User) -> Client:
    client = Client()
    client.force_login(adam)
    return client


def post(client: Client, name: str, *arguments: object, **fields: Any) -> Any:
    url = reverse(f"admin:webhooks_subscription_{name}", args=arguments)
    return client.post(url, {"_form_submitted": "1", **fields})


def test_the_secret_is_shown_in_the_dialog_and_nowhere_else(
    office: Client, receiver: Receiver
) -> None:
    program = machine("Lending clerk")
    answer = post(
        office,
        "subscribe",
        program=program.pk,
        url=receiver.url,
        events=["ticket.approved", "wallet.frozen"],
    )
    subscription = Subscription.objects.get()
    assert subscription.person == program.user
    assert answer["HX-Retarget"] == "#dialog"
    assert f'id="secret">{subscription.secret}<' in answer.content.decode()
    for page in (reverse(LIST), reverse(PAGE, args=(subscription.pk,))):
        text = office.get(page).content.decode()
        assert "127.0.0.1" in text
        assert "whsec_" not in text

    again = post(office, "rotate_secret", subscription.pk).content.decode()
    subscription.refresh_from_db()
    assert subscription.secret in again


def test_a_refusal_keeps_the_dialog_open_with_what_was_typed(
    office: Client,
) -> None:
    program = machine("Lending clerk")
    answer = post(
        office, "subscribe", program=program.pk, url="https://10.0.0.1/x", events=["wallet.frozen"]
    ).content.decode()
    assert "needs a full name of the internet" in answer
    assert "https://10.0.0.1/x" in answer
    assert not Subscription.objects.exists()


def test_each_deed_has_its_dialog(office: Client, subscribe: Subscribe) -> None:
    robot = machine("Wallet clerk")
    subscription = subscribe("wallet.frozen", program=robot, person=robot.user, actor=robot.user)
    message(subscription, TEST, status="failed", finished_at=timezone.now())

    def status() -> str:
        return Subscription.objects.get().status

    post(office, "send_test", subscription.pk)
    assert Message.objects.filter(event=TEST).count() == 2
    post(office, "replay_failed", subscription.pk, hours=1)
    assert not Message.objects.filter(status="failed").exists()
    changed = post(
        office,
        "change_it",
        subscription.pk,
        url=subscription.url,
        events=["wallet.closed"],
        description="Stock",
        seen_version=subscription.version,
    )
    assert changed["HX-Redirect"]
    assert Subscription.objects.get().events == ["wallet.closed"]
    post(office, "pause", subscription.pk, reason="Later")
    assert status() == Status.PAUSED
    post(office, "resume", subscription.pk)
    assert status() == Status.ACTIVE
    post(office, "remove", subscription.pk, reason="Over")
    assert status() == Status.REMOVED
    assert office.get(reverse(LIST) + "?tab=removed").content.decode().count("WS-") == 1


def test_what_a_person_lets_tell_is_led_elsewhere_by_nobody_else(
    office: Client, subscribe: Subscribe
) -> None:
    subscription = subscribe("wallet.frozen")
    page = office.get(reverse(PAGE, args=(subscription.pk,))).content.decode()
    assert "Pause" in page
    assert "New secret" not in page
    refused = post(office, "rotate_secret", subscription.pk).content.decode()
    assert "only they say where it leads" in refused


def test_a_change_starts_from_what_is_there(office: Client, subscribe: Subscribe) -> None:
    subscription = subscribe("wallet.frozen", description="Stock of the warehouse")
    url = reverse("admin:webhooks_subscription_change_it", args=(subscription.pk,))
    page = office.get(url).content.decode()
    assert "Stock of the warehouse" in page
    (box,) = re.findall(r'<input[^>]*value="wallet.frozen"[^>]*>', page)
    assert "checked" in box


def test_the_log_shows_attempts_and_replays_one_message(
    office: Client, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscription = subscribe()
    sent = message(subscription, TEST)
    message(subscription, "wallet.frozen", object_id="0")
    receiver.answers = [500]
    receiver.text = b"<script>alert(1)</script>"
    delivery.deliver(subscription.pk)
    page = office.get(reverse(PAGE, args=(subscription.pk,))).content.decode()
    assert "Answered 500." in page
    assert "&lt;script&gt;" in page
    assert "next attempt" in page
    assert "1 message was withheld" in page

    door = reverse("admin:webhooks_subscription_replay", args=(subscription.pk, sent.pk))
    assert office.get(door).status_code == 405
    assert office.post(door, follow=True).content.decode().count("is not possible while") == 1
    Message.objects.filter(pk=sent.pk).update(status="failed", finished_at=timezone.now())
    assert "is sent again" in office.post(door, follow=True).content.decode()
    other = reverse("admin:webhooks_subscription_replay", args=(subscription.pk, 0))
    assert office.post(other).status_code == 404


def test_auditors_look_and_change_nothing(subscribe: Subscribe, audrey: User, clara: User) -> None:
    subscription = subscribe()
    sent = message(subscription, TEST, status="failed", finished_at=timezone.now())
    client = Client()
    client.force_login(audrey)
    page = client.get(reverse(PAGE, args=(subscription.pk,)))
    assert page.status_code == 200
    assert "Replay" not in page.content.decode()
    for name in ("pause", "resume", "remove", "rotate_secret", "send_test", "replay_failed"):
        assert post(client, name, subscription.pk, reason="x", hours=1).status_code == 403
    client.post(reverse("admin:webhooks_subscription_replay", args=(subscription.pk, sent.pk)))
    sent.refresh_from_db()
    assert sent.status == "failed"
    client.force_login(clara)
    assert client.get(reverse(LIST)).status_code == 403


def test_a_disabled_subscription_says_why(office: Client, subscribe: Subscribe) -> None:
    subscription = subscribe()
    message(subscription, TEST)
    Subscription.objects.update(
        status="disabled",
        status_reason="The receiver answered 410: it is gone for good.",
        failure_count=1,
        failing_since=timezone.now(),
    )
    page = office.get(reverse(PAGE, args=(subscription.pk,))).content.decode()
    assert "it is gone for good" in page
    assert "Send a test" not in page
    assert "failing since" in office.get(reverse(LIST) + "?tab=failing").content.decode()
    services.resume(subscription.pk, actor=subscription.person)
