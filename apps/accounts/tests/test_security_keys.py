"""Security keys: whose answers are believed. The key of these tests is one of software."""

import json
import re
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
import time_machine
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth import SESSION_KEY
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from apps.accounts.models import User
from apps.audit.models import AuditEvent, Outcome
from project.testing.cast import PASSWORD

pytestmark = pytest.mark.django_db

_UNTYPED: Any = ES256
HERE = "https://testserver"
Flag = AuthenticatorData.FLAG
TOUCHED, SAW_ITS_PERSON = Flag.UP, Flag.UV
DOORS = {"second": "mfa_authenticate", "passkey": "mfa_login_webauthn"}


@pytest.fixture(autouse=True)
def no_attempts_of_other_tests() -> None:
    """Forget them."""
    cache.clear()


class Key:
    """A key that belongs to somebody, and counts what it signs, or does not."""

    def __init__(self, person: User, *, count: int = 0) -> None:
        """Enrol it."""
        self.person, self.count = person, count
        self.secret = ec.generate_private_key(ec.SECP256R1())
        self.name = sha256(person.email.encode()).digest()
        public = _UNTYPED.from_cryptography_key(self.secret.public_key())
        known = AttestedCredentialData.create(Aaguid(bytes(16)), self.name, public)
        said = AuthenticatorData.create(
            sha256(b"testserver").digest(), TOUCHED | SAW_ITS_PERSON | Flag.AT, count, bytes(known)
        )
        client = CollectedClientData.create("webauthn.create", b"0" * 32, HERE)
        response = {
            "clientDataJSON": websafe_encode(bytes(client)),
            "attestationObject": websafe_encode(bytes(AttestationObject.create("none", said, {}))),
        }
        WebAuthn.add(person, "Key", self._sealed(response))

    def answer(
        self,
        challenge: str,
        *,
        flags: AuthenticatorData.FLAG = TOUCHED,
        origin: str = HERE,
        count: int | None = None,
    ) -> str:
        """Return what the browser sends."""
        self.count = self.count if count is None else count
        client = CollectedClientData.create("webauthn.get", websafe_decode(challenge), origin)
        said = AuthenticatorData.create(sha256(b"testserver").digest(), flags, self.count)
        signature = self.secret.sign(bytes(said) + client.hash, ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": websafe_encode(bytes(client)),
            "authenticatorData": websafe_encode(bytes(said)),
            "signature": websafe_encode(signature),
            "userHandle": websafe_encode(user_pk_to_url_str(self.person).encode()),
        }
        return json.dumps(self._sealed(response))

    def _sealed(self, response: dict[str, str]) -> dict[str, Any]:
        name = websafe_encode(self.name)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}


def asked(client: Client, door: str, person: User | None = None) -> str:
    """Return the question of this door."""
    if person is not None:
        client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    page = client.get(reverse(DOORS[door]), headers={"X-Requested-With": "XMLHttpRequest"})
    options = page.json() if door == "passkey" else page.context["js_data"]
    return str(options["request_options"]["publicKey"]["challenge"])


def come(client: Client, door: str, credential: str) -> bool:
    client.post(reverse(DOORS[door]), {"credential": credential})
    return SESSION_KEY in client.session


def test_a_key_opens_the_office_beside_the_password(client: Client, clara: User) -> None:
    key = Key(clara)
    assert come(client, "second", key.answer(asked(client, "second", clara)))


def test_a_key_that_saw_its_person_needs_no_password(client: Client, clara: User) -> None:
    key = Key(clara)
    flags = TOUCHED | SAW_ITS_PERSON
    assert come(client, "passkey", key.answer(asked(client, "passkey"), flags=flags))


def test_the_stolen_key_of_somebody_else_answers_no_question_of_ones_own(
    client: Client, clara: User, anna: User
) -> None:
    """Anna was half signed in, and her question does not ask whether the key saw its person."""
    Key(anna)
    stolen = Key(clara)
    answer = stolen.answer(asked(client, "second", anna))
    # Her half of a sign-in ends after fifteen minutes, and her question stays.
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert not come(client, "passkey", answer)

    event = AuditEvent.objects.filter(outcome=Outcome.DENIED).latest("pk")
    assert (event.action, event.actor) == ("accounts.second_factor_failed", clara)


def test_a_copy_of_a_key_is_found_by_its_count(clara: User) -> None:
    key = Key(clara, count=7)
    for count, is_believed in ((8, True), (8, False), (5, False), (12, True), (0, False)):
        client = Client()
        question = asked(client, "second", clara)
        assert come(client, "second", key.answer(question, count=count)) == is_believed, count
    assert Authenticator.objects.get(user=clara).data["sign_count"] == 12


def test_an_answer_counts_once_and_for_its_question_alone(clara: User) -> None:
    key = Key(clara)
    first = Client()
    answer = key.answer(asked(first, "second", clara))
    assert come(first, "second", answer)

    another = Client()
    asked(another, "second", clara)
    assert not come(another, "second", answer)


@pytest.mark.parametrize("origin", ["https://testserver.example", "http://testserver"])
def test_an_answer_that_was_given_elsewhere_opens_nothing(
    client: Client, clara: User, origin: str
) -> None:
    key = Key(clara)
    assert not come(client, "second", key.answer(asked(client, "second", clara), origin=origin))


def refused_by(page: Any) -> list[str]:
    """Return what is said to the person on this page, for everybody to see and hear."""
    said = re.findall(r'role="alert">(.*?)</p>|<li class="\*:mb-0!">(.*?)</li>', page, re.DOTALL)
    return [" ".join(re.sub("<[^>]+>", " ", "".join(one)).split()) for one in said]


def test_whoever_fails_with_a_passkey_is_told_what_to_do_next(client: Client, clara: User) -> None:
    key = Key(clara)
    answer = key.answer(asked(client, "passkey"), flags=TOUCHED)
    page = client.post(reverse(DOORS["passkey"]), {"credential": answer}, follow=True)

    assert page.redirect_chain == [(reverse("account_login"), 302)]
    (said,) = (one for one in refused_by(page.content.decode()) if "passkey" in one)
    assert "sign in with your e-mail and password" in said
    # It is said once.
    assert "passkey opens no" not in client.get(reverse("account_login")).content.decode()


def test_whoever_fails_with_a_key_is_told_on_the_page_that_asks_for_it(
    client: Client, clara: User
) -> None:
    key = Key(clara)
    question = asked(client, "second", clara)
    answer = key.answer(question, origin="https://elsewhere.example")
    page = client.post(reverse(DOORS["second"]), {"credential": answer})

    assert any("take another way" in one for one in refused_by(page.content.decode()))
    question = page.context["js_data"]["request_options"]["publicKey"]["challenge"]
    assert come(client, "second", key.answer(str(question)))


def test_a_key_that_is_refused_when_asked_again_leaves_the_way_back(
    client: Client, clara: User
) -> None:
    key = Key(clara)
    client.force_login(clara)
    again = reverse("mfa_reauthenticate_webauthn")
    back = {"next": "/admin/tickets/ticket/"}
    question = str(
        client.get(again, back).context["js_data"]["request_options"]["publicKey"]["challenge"]
    )
    answer = key.answer(question, origin="https://elsewhere.example")
    page = client.post(again, {"credential": answer, **back})

    assert any("take another way" in one for one in refused_by(page.content.decode()))
    question = str(page.context["js_data"]["request_options"]["publicKey"]["challenge"])
    done = client.post(again, {"credential": key.answer(question), **back})
    assert done["Location"] == back["next"]


def test_the_last_key_of_somebody_who_needs_a_factor_stays(client: Client, clara: User) -> None:
    Key(clara)
    (key,) = Authenticator.objects.filter(user=clara)
    client.force_login(clara)
    page = reverse("mfa_remove_webauthn", args=(key.pk,))

    for answer in (client.get(page), client.post(page)):
        assert "Add another one first." in answer.content.decode()

    assert Authenticator.objects.filter(pk=key.pk).exists()
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.outcome) == ("accounts.second_factor_removed", Outcome.DENIED)
    TOTP.activate(clara, "JBSWY3DPEHPK3PXP")
    assert client.post(page)["Location"] == reverse("mfa_list_webauthn")
    assert AuditEvent.objects.latest("pk").outcome == Outcome.DONE
    assert not Authenticator.objects.filter(pk=key.pk).exists()
