"""Tokens given back, and asked about: by the program whose tokens they are, and nobody else."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.programs import tokens
from apps.programs.errors import TokenRefused
from apps.programs.models import Consent
from apps.programs.states import Ending, Kind
from apps.programs.tokens import access_of
from project.testing.programs import Partner, program, program_by_itself

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("given_back", ["access_token", "refresh_token"])
@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense"])
def test_either_token_given_back_ends_both(boris: User, given_back: str, hint: str) -> None:
    partner = Partner(program())
    given = partner.tokens_for(boris)
    answer = partner.send("oauth_revoke", token=given[given_back], token_type_hint=hint)
    assert (answer.status_code, answer.content) == (200, b"")
    with pytest.raises(TokenRefused):
        access_of(given["access_token"])
    assert partner.refresh(given["refresh_token"]).json()["error"] == "invalid_grant"
    assert Consent.objects.get().ending == Ending.RETURNED
    assert AuditEvent.objects.filter(action="programs.token_returned", actor=boris).exists()


def test_a_program_by_itself_gives_back_its_token() -> None:
    partner = Partner(program_by_itself())
    token = partner.tokens_by_itself().json()["access_token"]
    assert partner.send("oauth_revoke", token=token).status_code == 200
    with pytest.raises(TokenRefused):
        access_of(token)


def test_nobody_ends_the_tokens_of_another_program(boris: User) -> None:
    given = Partner(program()).tokens_for(boris)
    for thief in (program(), program_by_itself(), program(client_type=Kind.PUBLIC)):
        for token in (given["access_token"], given["refresh_token"], "made up"):
            assert Partner(thief).send("oauth_revoke", token=token).status_code == 200
    assert access_of(given["access_token"]).person == boris
    assert Consent.objects.get().ended_at is None


def test_whoever_shows_no_secret_ends_nothing(boris: User) -> None:
    partner = Partner(program())
    given = partner.tokens_for(boris)
    for secret in (None, "wrong"):
        answer = partner.send(
            "oauth_revoke",
            secret=secret,
            token=given["access_token"],
            client_id=partner.program.client_id,
        )
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert partner.send("oauth_revoke").json()["error"] == "invalid_request"
    assert access_of(given["access_token"]).person == boris


def test_a_program_learns_everything_about_its_own_tokens(boris: User) -> None:
    partner = Partner(program())
    given = partner.tokens_for(boris)
    said = partner.send("oauth_introspect", token=given["access_token"]).json()
    assert said["active"] is True
    assert said["scope"] == "me tickets:read wallets:read"
    assert said["client_id"] == partner.program.client_id
    assert said["sub"] == str(boris.pk)
    assert (said["iss"], said["aud"]) == (tokens.issuer(), tokens.audience())
    assert {"exp", "iat", "jti", "auth_time"} <= said.keys()
    assert partner.send("oauth_introspect", token=given["refresh_token"]).json()["active"] is True


def test_about_other_tokens_a_program_learns_nothing(boris: User) -> None:
    given = Partner(program()).tokens_for(boris)
    curious = Partner(program_by_itself())
    for token in (given["access_token"], given["refresh_token"], "made up", "\x00"):
        answer = curious.send("oauth_introspect", token=token)
        assert answer.status_code == 200
        assert answer.json() == {"active": False}


def test_what_was_given_back_is_not_active(boris: User) -> None:
    partner = Partner(program())
    given = partner.tokens_for(boris)
    partner.send("oauth_revoke", token=given["access_token"])
    for token in (given["access_token"], given["refresh_token"]):
        assert partner.send("oauth_introspect", token=token).json() == {"active": False}


def test_questions_need_a_secret_and_never_come_in_the_address(boris: User) -> None:
    partner = Partner(program())
    token = partner.tokens_for(boris)["access_token"]
    where = reverse("oauth_introspect")
    assert Client().post(where, {"token": token}).status_code == 401
    by_token = {"Authorization": f"Bearer {token}"}
    assert Client().post(where, {"token": token}, headers=by_token).status_code == 401
    public = Partner(program(client_type=Kind.PUBLIC))
    assert public.send("oauth_introspect", token=token).status_code == 401
    assert Client().get(where).status_code == 405
    assert Client().get(where, {"token": token}).status_code == 400
    assert Client().post(f"{where}?token={token}").status_code == 400
    assert partner.send("oauth_introspect").status_code == 400
