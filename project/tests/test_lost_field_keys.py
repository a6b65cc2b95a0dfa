"""When no key of ASSETS_FIELD_KEYS opens a secret any more: all are told, and get out of it."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth import SESSION_KEY
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from apps.accounts import services as accounts
from apps.accounts.selectors import lost_factors_of
from apps.accounts.signing_in.forms import LOST
from apps.notifications.models import Notice
from apps.programs import services as programs
from apps.programs.models import SigningKey
from apps.webhooks import delivery, sending, services, signing
from apps.webhooks.catalogue import TEST
from apps.webhooks.errors import SecretLost
from apps.webhooks.models import Attempt, Message, Subscription
from apps.webhooks.states import MessageStatus, Status
from project.testing.cast import PASSWORD, person
from project.testing.programs import Partner, program, program_by_itself

if TYPE_CHECKING:
    from apps.accounts.models import User
    from project.testing.api import MakeApi

pytestmark = pytest.mark.django_db

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

type Lose = Callable[[], None]


@pytest.fixture
def lose(settings: Settings) -> Lose:
    """Put another key into the place of the one that everything was encrypted with."""

    def lose() -> None:
        settings.FIELD_KEYS = ["another key than the one before"]

    return lose


@pytest.fixture
def office(adam: "User") -> Client:
    client = Client()
    client.force_login(adam)
    return client


@pytest.fixture
def subscription(clara: "User", settings: Settings) -> Subscription:
    """Clara’s program is told of tests, at an address where nobody is."""
    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    made = program(allowed_scopes=["wallets:read", "webhooks:write"])
    return services.subscribe(
        made, person=clara, url="http://127.0.0.1:9/", events=["wallet.frozen"], actor=clara
    )


def waiting(subscription: Subscription) -> Message:
    return Message.objects.create(
        subscription=subscription, webhook_id="msg_1", event=TEST, body="{}"
    )


def test_a_webhook_that_cannot_be_signed_is_marked_once_and_the_subscription_disabled(
    subscription: Subscription, lose: Lose, adam: "User", clara: "User", office: Client
) -> None:
    waiting(subscription)
    lose()
    for _try in range(3):
        delivery.deliver(subscription.pk)
    attempt = Attempt.objects.get()
    assert attempt.error == SecretLost().message
    assert delivery.due() == []
    kept = Subscription.objects.get()
    assert (kept.status, kept.status_reason) == (Status.DISABLED, SecretLost().message)
    told = Notice.objects.filter(kind="webhooks.disabled", channel="admin")
    assert {notice.recipient for notice in told} == {adam, clara}
    page = reverse("admin:webhooks_subscription_change", args=(subscription.pk,))
    for address in (reverse("admin:webhooks_subscription_changelist"), page):
        answer = office.get(address)
        assert answer.status_code == 200
        assert "The secret can no longer be read" in answer.content.decode()


def test_until_there_is_a_new_secret_nothing_is_tried_and_then_what_waited_goes_out(
    subscription: Subscription, lose: Lose, clara: "User", monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = waiting(subscription)
    lose()
    with pytest.raises(SecretLost, match="Make a new secret"):
        services.send_test(subscription.pk, actor=clara)
    delivery.deliver(subscription.pk)
    with pytest.raises(SecretLost):
        services.resume(subscription.pk, actor=clara)
    # What has nothing to do with the secret is possible all the same.
    services.change(subscription.pk, description="Ours", actor=clara)

    rotated = services.rotate_secret(subscription.pk, actor=clara)
    assert rotated.secret.startswith("whsec_")
    assert (rotated.previous_secret, rotated.previous_secret_until) == ("", None)
    services.resume(subscription.pk, actor=clara)
    sends: list[dict[str, str]] = []

    def send(_url: str, _body: str, headers: dict[str, str]) -> sending.Answer:
        sends.append(headers)
        return sending.Answer(200, 1)

    monkeypatch.setattr(sending, "send", send)
    Message.objects.update(attempt_at=timezone.now())
    delivery.deliver(subscription.pk)
    sent.refresh_from_db()
    assert sent.status == MessageStatus.DELIVERED
    assert sends[0]["webhook-signature"].count("v1,") == 1


def test_a_secret_from_before_that_is_lost_only_ends_sooner(
    subscription: Subscription, lose: Lose, clara: "User"
) -> None:
    services.rotate_secret(subscription.pk, actor=clara)
    lose()
    kept = Subscription.objects.get()
    kept.secret = "whsec_" + "A" * 43 + "="
    kept.save()
    assert signing.secrets_of(Subscription.objects.get(), now=timezone.now()) == [kept.secret]


def test_the_api_shows_it_and_gives_a_new_secret(
    api: "MakeApi", clara: "User", lose: Lose, settings: Settings
) -> None:
    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    client = api(clara, "webhooks:write", "wallets:read")
    made = client.post("/webhooks", {"url": "http://127.0.0.1:9/", "events": ["wallet.frozen"]})
    assert made.status_code == 201
    path = f"/webhooks/{made.json()['id']}"
    lose()
    assert client.get(path).status_code == 200
    assert client.get("/webhooks").status_code == 200
    refused = client.post(f"{path}/test")
    assert refused.status_code == 422
    assert refused.json()["type"].endswith("webhooks.secret-lost")
    new = client.post(f"{path}/rotate-secret")
    assert new.status_code == 200
    assert new.json()["secret"] != made.json()["secret"]
    assert client.post(f"{path}/test").status_code == 200


def test_an_answer_that_cannot_be_read_is_no_reason_to_do_the_deed_again(
    api: "MakeApi", clara: "User", lose: Lose, settings: Settings
) -> None:
    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    client = api(clara, "webhooks:write", "wallets:read")
    body = {"url": "http://127.0.0.1:9/", "events": ["wallet.frozen"]}
    assert client.post("/webhooks", body, key="once").status_code == 201
    lose()
    again = client.post("/webhooks", body, key="once")
    assert again.status_code == 409
    assert again.json()["type"].endswith("api.answer-lost")
    assert Subscription.objects.count() == 1


def test_tokens_are_not_issued_and_a_new_key_mends_it_without_killing_any(
    lose: Lose, office: Client, adam: "User", boris: "User", api: "MakeApi"
) -> None:
    by_itself, shop = Partner(program_by_itself("Lending clerk")), Partner(program())
    given = by_itself.tokens_by_itself().json()["access_token"]
    code = shop.let_in(boris)["code"]
    lose()
    for answer in (by_itself.tokens_by_itself(), shop.redeem(code)):
        assert answer.status_code == 503
        assert answer.json()["error"] == "temporarily_unavailable"
        assert answer["Cache-Control"] == "no-store"
    # Those that were issued are checked by the public part.
    headers = {"authorization": f"Bearer {given}"}
    assert Client().get("/api/v1/me", headers=headers).status_code == 200
    page = office.get(reverse("admin:programs_signingkey_changelist"))
    assert "cannot be read: change the key" in page.content.decode()

    new = programs.rotate_signing_keys(actor=adam, reason="The key is lost")
    assert new.signs_from <= timezone.now()
    assert by_itself.tokens_by_itself().status_code == 200
    # The code was not used up by the failure.
    assert shop.redeem(code).status_code == 200
    assert Client().get("/api/v1/me", headers=headers).status_code == 200
    page = office.get(reverse("admin:programs_signingkey_changelist"))
    assert page.status_code == 200


def test_a_key_that_waits_for_its_turn_and_is_lost_never_signs(lose: Lose, adam: "User") -> None:
    partner = Partner(program_by_itself())
    assert partner.tokens_by_itself().status_code == 200
    waits = programs.rotate_signing_keys(actor=adam)
    lose()
    new = programs.rotate_signing_keys(actor=adam, reason="The key is lost")
    with time_machine.travel(waits.signs_from + (timezone.now() - new.signs_from), tick=False):
        assert partner.tokens_by_itself().status_code == 200
    assert SigningKey.objects.get(pk=waits.pk).retired_at == new.signs_from


@pytest.fixture
def standing_clock() -> Iterator[time_machine.Traveller]:
    """Let no code run out while a test types it."""
    cache.clear()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


def signed_in_with(person: "User", code: str) -> tuple[Client, Any]:
    """Return the browser of somebody who typed password and code, and the last answer."""
    client = Client()
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    return client, client.post(reverse("mfa_authenticate"), {"code": code})


def code_now() -> str:
    return str(format_hotp_value(hotp_value(SEED, int(timezone.now().timestamp()) // 30)))


@pytest.mark.usefixtures("standing_clock")
def test_a_seed_that_is_lost_is_a_lost_factor_which_two_reset(
    clara: "User", adam: "User", office: Client, lose: Lose
) -> None:
    TOTP.activate(clara, SEED)
    codes = RecoveryCodes.activate(clara).get_unused_codes()
    lose()
    for code in (code_now(), codes[0]):
        client, refused = signed_in_with(clara, code)
        assert refused.status_code == 200
        assert str(LOST) in refused.context["form"].errors["code"]
        assert SESSION_KEY not in client.session
    # It is no reason to let somebody in with less, or enrol another factor.
    assert client.get(reverse("mfa_activate_totp")).status_code == 302
    assert lost_factors_of(clara) == ["totp", "recovery_codes"]
    page = office.get(reverse("admin:accounts_user_change", args=(clara.pk,)))
    assert "Some of it can no longer be read here" in page.content.decode()

    asked = accounts.ask_factor_reset(clara.pk, reason="The key is lost", actor=adam)
    ada = person("Ada", "Administrator")
    accounts.confirm_factor_reset(asked.pk, words="Called her back", actor=ada)
    assert lost_factors_of(clara) == []
    assert not Authenticator.objects.filter(user=clara).exists()


@pytest.mark.usefixtures("standing_clock")
def test_what_can_still_be_read_still_opens(clara: "User", lose: Lose) -> None:
    TOTP.activate(clara, SEED)
    lose()
    codes = RecoveryCodes.activate(clara).get_unused_codes()
    client, _answer = signed_in_with(clara, codes[0])
    assert SESSION_KEY in client.session
    home = client.get(reverse("account_home"))
    assert home.status_code == 200
    assert "its codes can no longer be checked" in home.content.decode()


def test_recovery_codes_that_are_lost_are_made_anew(clara: "User", lose: Lose) -> None:
    TOTP.activate(clara, SEED)
    RecoveryCodes.activate(clara)
    lose()
    client = Client()
    client.force_login(clara)
    home = client.get(reverse("account_home"))
    assert "can no longer be read: make new ones" in home.content.decode()
    assert client.get(reverse("mfa_view_recovery_codes"))["Location"] == reverse("account_home")
    client.post(reverse("mfa_generate_recovery_codes"))
    assert lost_factors_of(clara) == ["totp"]


def test_a_secret_of_a_program_that_was_to_be_shown_is_made_anew(
    office: Client, lose: Lose
) -> None:
    made = program()
    from apps.common.secret_text import lock_away  # noqa: PLC0415
    from apps.programs.admin.secret_page import SECRET_PAGE  # noqa: PLC0415  (registers pages)

    session = office.session
    session["secrets_of_programs"] = {str(made.pk): lock_away("a secret")}
    session.save()
    lose()
    answer = office.get(reverse(SECRET_PAGE, args=(made.pk,)))
    assert answer.status_code == 302
