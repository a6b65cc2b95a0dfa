"""Codes: given with a person’s yes, redeemed once, by whoever asked for them."""

from datetime import timedelta
from typing import Any, cast

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.programs import tokens
from apps.programs.errors import TokenRefused
from apps.programs.models import Consent
from apps.programs.states import Kind
from apps.programs.tokens import access_of
from project.testing.programs import CALLBACK, CHALLENGE, VERIFIER, Partner, program

pytestmark = pytest.mark.django_db


def moved(consent: Consent, **lapse: float) -> None:
    """Let a consent have been given that much earlier."""
    by = timedelta(**lapse)
    consent.given_at -= by
    consent.code_ends_at -= by
    consent.ends_at -= by
    if consent.redeemed_at:
        consent.redeemed_at -= by
    consent.save()


def test_a_code_gives_tokens_for_the_person_who_said_yes(boris: User) -> None:
    partner = Partner(program())
    back = partner.let_in(boris)
    assert back["state"] == "a-state"
    assert back["iss"] == tokens.issuer()
    answer = partner.redeem(back["code"])
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    given = answer.json()
    assert given["token_type"] == "Bearer"
    assert 590 <= given["expires_in"] <= 600
    access = access_of(given["access_token"])
    assert access.person == boris
    assert access.program == partner.program
    assert access.scopes == {"me", "tickets:read", "wallets:read"}
    assert access.authenticated_at is not None
    events = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"programs.consent_given", "programs.tokens_issued"} <= events


@pytest.mark.parametrize("kind", Kind.values)
def test_a_code_without_a_challenge_is_given_to_no_kind_of_program(boris: User, kind: str) -> None:
    back = Partner(program(client_type=kind)).let_in(
        boris, code_challenge=None, code_challenge_method=None
    )
    assert back["error"] == "invalid_request"
    assert "code" not in back
    assert back["iss"] == tokens.issuer()


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge_method": "plain", "code_challenge": VERIFIER},
        {"code_challenge_method": None, "code_challenge": VERIFIER},
        {"code_challenge": "too-short"},
        {"code_challenge": CHALLENGE + "="},
        {"code_challenge_method": "S512"},
    ],
)
def test_a_challenge_is_s256_and_nothing_else(boris: User, changes: dict[str, str]) -> None:
    back = Partner(program()).let_in(boris, **changes)
    assert back["error"] == "invalid_request"
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    "response_type", ["token", "id_token", "code token", "code id_token", "none", "device_code"]
)
def test_there_is_no_implicit_and_no_hybrid_answer(boris: User, response_type: str) -> None:
    back = Partner(program()).let_in(boris, response_type=response_type)
    assert back["error"] in {"unsupported_response_type", "unauthorized_client"}
    assert not {"code", "access_token", "id_token"} & back.keys()


def test_the_verifier_has_to_match(boris: User) -> None:
    partner = Partner(program())
    code = partner.let_in(boris)["code"]
    assert partner.redeem(code, code_verifier="another" * 8).json()["error"] == "invalid_grant"
    assert partner.redeem(code, code_verifier=CHALLENGE).status_code == 400
    assert (
        partner.send("oauth_token", grant_type="authorization_code", code=code).status_code == 400
    )
    # A failed attempt does not spoil it for whoever knows the verifier.
    assert partner.redeem(code).status_code == 200


def test_a_code_that_comes_twice_takes_back_what_it_gave(boris: User) -> None:
    partner = Partner(program())
    code = partner.let_in(boris)["code"]
    given = partner.redeem(code).json()
    again = partner.redeem(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    with pytest.raises(TokenRefused):
        access_of(given["access_token"])
    assert partner.refresh(given["refresh_token"]).json()["error"] == "invalid_grant"
    event = AuditEvent.objects.get(action="programs.consent_replayed")
    assert (event.outcome, event.on_behalf_of) == ("denied", boris)


def test_a_code_lasts_a_minute(boris: User) -> None:
    partner = Partner(program())
    code = partner.let_in(boris)["code"]
    moved(Consent.objects.get(), seconds=60)
    assert partner.redeem(code).json()["error"] == "invalid_grant"
    code = partner.let_in(boris)["code"]
    moved(Consent.objects.first(), seconds=50)  # type: ignore[arg-type]  # there is one
    assert partner.redeem(code).status_code == 200


def test_a_code_is_for_the_program_that_asked_for_it(boris: User) -> None:
    partner, thief = Partner(program()), Partner(program())
    code = partner.let_in(boris)["code"]
    assert thief.redeem(code).json()["error"] == "invalid_grant"
    assert partner.redeem(code).status_code == 200
    # Nor can the thief spoil what the code gave.
    assert thief.redeem(code).json()["error"] == "invalid_grant"
    assert Consent.objects.get().ended_at is None


def test_a_code_goes_with_the_redirect_uri_that_it_went_to(boris: User) -> None:
    partner = Partner(program(redirect_uris=f"{CALLBACK} {CALLBACK}2"))
    code = partner.let_in(boris)["code"]
    assert partner.redeem(code, redirect_uri=f"{CALLBACK}2").status_code == 400
    assert partner.redeem(code).status_code == 200


@pytest.mark.parametrize(
    "uri",
    [
        f"{CALLBACK}/",
        f"{CALLBACK}?more=1",
        f"{CALLBACK}#fragment",
        f"{CALLBACK}/../other",
        "https://client.example.com:444/back",
        "https://CLIENT.example.com/back",
        "https://client.example.com.evil.example/back",
        "https://client.example.com@evil.example/back",
        "http://client.example.com/back",
        "javascript:alert(1)",
        "",
    ],
)
def test_nothing_is_sent_where_nobody_registered_it(boris: User, uri: str) -> None:
    partner = Partner(program())
    partner.browser.force_login(boris)
    for answer in (
        partner.browser.get(partner.address(redirect_uri=uri)),
        partner.browser.post(partner.address(redirect_uri=uri), {"answer": "yes"}),
    ):
        assert answer.status_code == 400
        assert "cannot be let in" in answer.content.decode()
    assert not Consent.objects.exists()


def test_a_loopback_address_is_free_in_its_port_alone(boris: User) -> None:
    partner = Partner(program(client_type=Kind.PUBLIC, redirect_uris="http://127.0.0.1/back"))
    back = partner.let_in(boris, redirect_uri="http://127.0.0.1:50123/back")
    answer = partner.redeem(back["code"], redirect_uri="http://127.0.0.1:50123/back")
    assert answer.status_code == 200
    partner.browser.force_login(boris)
    for uri in (
        "http://localhost:50123/back",
        "http://127.0.0.1:50123/other",
        "http://127.0.0.1:50123/back?x=1",
        "https://127.0.0.1:50123/back",
        "http://127.0.0.1:99999999/back",
        "http://127.0.0.2:50123/back",
    ):
        assert partner.browser.get(partner.address(redirect_uri=uri)).status_code == 400, uri


def test_a_program_gets_no_scope_that_it_was_not_registered_for(boris: User) -> None:
    back = Partner(program()).let_in(boris, scope="me audit:read")
    assert back["error"] == "invalid_scope"


def test_the_body_of_the_form_adds_nothing_to_what_the_address_asks(boris: User) -> None:
    partner = Partner(program(allowed_scopes=["me", "wallets:read"]))
    partner.browser.force_login(boris)
    partner.browser.post(
        partner.address(scope="me"),
        {"answer": "yes", "scope": "me wallets:read", "redirect_uri": "https://evil.example/"},
    )
    consent = Consent.objects.get()
    assert (consent.scopes, consent.redirect_uri) == (["me"], CALLBACK)


def test_who_says_no_gives_no_code_and_the_no_is_recorded(boris: User) -> None:
    back = Partner(program()).let_in(boris, answer="no")
    assert (back["error"], back["state"]) == ("access_denied", "a-state")
    assert back["iss"] == tokens.issuer()
    assert AuditEvent.objects.get(action="programs.consent_refused").outcome == "denied"
    assert not Consent.objects.exists()


def test_the_page_asks_each_time_whatever_the_program_would_like(boris: User) -> None:
    partner = Partner(program())
    partner.tokens_for(boris)
    for changes in ({"approval_prompt": "auto"}, {"prompt": "none"}, {}):
        page = partner.browser.get(partner.address(**changes))
        assert page.status_code == 200
        assert "see wallets, statements and holds" in page.content.decode()


def test_the_page_says_who_asks_for_what_and_where_it_goes(boris: User) -> None:
    partner = Partner(program(name="Fleet planner"))
    partner.browser.force_login(boris)
    page = partner.browser.get(partner.address(scope="me tickets:read"))
    text = page.content.decode()
    for words in ("Fleet planner", "client.example.com", "boris@example.com", "12 hours"):
        assert words in text
    assert "see tickets, their lines, comments and files" in text
    assert "see wallets" not in text
    assert cast("Any", page)._csp_update == {
        "form-action": ["'self'", "https://client.example.com"]
    }


def test_the_page_asks_for_a_sign_in_first() -> None:
    answer = Client().get(Partner(program()).address())
    assert answer.status_code == 302
    assert "next=/oauth/authorize/" in answer["Location"]
    assert Client().post(Partner(program()).address(), {"answer": "yes"}).status_code == 302
    assert not Consent.objects.exists()


def test_the_answer_is_guarded_against_forged_forms(boris: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(boris)
    assert browser.post(Partner(program()).address(), {"answer": "yes"}).status_code == 403


def test_a_garbled_address_is_a_refusal_and_no_fault(boris: User) -> None:
    browser = Client()
    browser.force_login(boris)
    for query in ("%zz", "client_id=%00", "client_id=a&client_id=b", ""):
        answer = browser.get(f"{reverse('oauth_authorize')}?{query}")
        assert answer.status_code == 400, query


def test_what_a_client_sends_cannot_stand_in_for_what_we_found(boris: User) -> None:
    partner = Partner(program())
    forged = {"consent": "1", "presented": "1", "user": "1", "refresh_token_instance": "1"}
    answer = partner.redeem(partner.let_in(boris)["code"], **forged)
    assert answer.status_code == 200
    assert access_of(answer.json()["access_token"]).person == boris


def test_the_moment_of_the_sign_in_travels_with_the_code(boris: User) -> None:
    partner = Partner(program())
    given = partner.tokens_for(boris)
    shown_at = Consent.objects.get().authenticated_at
    assert shown_at is not None
    first = access_of(given["access_token"]).authenticated_at
    assert first == shown_at.replace(microsecond=0)
    later = partner.refresh(given["refresh_token"]).json()
    assert access_of(later["access_token"]).authenticated_at == first
    assert isinstance(tokens.claims_of(later["access_token"])["auth_time"], int)
