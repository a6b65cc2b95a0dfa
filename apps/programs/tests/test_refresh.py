"""Refresh tokens: each gives the next once, and the family ends together."""

import pytest
from oauth2_provider.models import AccessToken, RefreshToken

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.programs.errors import TokenRefused
from apps.programs.models import Consent
from apps.programs.states import Ending, Kind
from apps.programs.tests.test_codes import moved
from apps.programs.tokens import access_of
from project.testing.programs import Partner, program

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner(db: None) -> Partner:
    return Partner(program())


def test_each_refresh_gives_a_new_pair_and_kills_the_old_access_token(
    partner: Partner, boris: User
) -> None:
    first = partner.tokens_for(boris)
    second = partner.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert access_of(second["access_token"]).person == boris
    with pytest.raises(TokenRefused):
        access_of(first["access_token"])


def test_a_refresh_token_that_comes_twice_ends_the_family(partner: Partner, boris: User) -> None:
    first = partner.tokens_for(boris)
    second = partner.refresh(first["refresh_token"]).json()
    third = partner.refresh(second["refresh_token"]).json()
    again = partner.refresh(first["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    with pytest.raises(TokenRefused):
        access_of(third["access_token"])
    assert partner.refresh(third["refresh_token"]).json()["error"] == "invalid_grant"
    assert Consent.objects.get().ending == Ending.REUSED
    event = AuditEvent.objects.get(action="programs.consent_reused")
    assert (event.outcome, event.on_behalf_of) == ("denied", boris)


def test_no_rotation_moves_the_end_of_the_family(partner: Partner, boris: User) -> None:
    given = partner.tokens_for(boris)
    end = Consent.objects.get().ends_at
    for hours in (5, 6):
        moved(Consent.objects.get(), hours=hours)
        given = partner.refresh(given["refresh_token"]).json()
    assert Consent.objects.get().ends_at < end
    moved(Consent.objects.get(), minutes=55)
    last = partner.refresh(given["refresh_token"]).json()
    # The access token ends with its family, five minutes from now.
    assert 280 <= last["expires_in"] <= 300
    moved(Consent.objects.get(), minutes=5)
    assert partner.refresh(last["refresh_token"]).json()["error"] == "invalid_grant"
    assert Consent.objects.get().ending == Ending.EXPIRED
    with pytest.raises(TokenRefused):
        access_of(last["access_token"])


def test_another_program_can_neither_use_nor_spoil_a_refresh_token(
    partner: Partner, boris: User
) -> None:
    given = partner.tokens_for(boris)
    for thief in (Partner(program()), Partner(program(client_type=Kind.PUBLIC))):
        assert thief.refresh(given["refresh_token"]).json()["error"] == "invalid_grant"
    assert partner.refresh(given["refresh_token"]).status_code == 200


def test_a_confidential_program_shows_its_secret_to_refresh(partner: Partner, boris: User) -> None:
    given = partner.tokens_for(boris)
    for secret in (None, "wrong"):
        answer = partner.send(
            "oauth_token",
            secret=secret,
            grant_type="refresh_token",
            refresh_token=given["refresh_token"],
            client_id=partner.program.client_id,
        )
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert partner.refresh(given["refresh_token"]).status_code == 200


def test_a_refresh_may_ask_for_less_and_later_for_all_again_but_never_for_more(
    partner: Partner, boris: User
) -> None:
    given = partner.tokens_for(boris, scope="me wallets:read")
    less = partner.refresh(given["refresh_token"], scope="me").json()
    assert access_of(less["access_token"]).scopes == {"me"}
    more = partner.refresh(less["refresh_token"], scope="me tickets:read")
    assert more.json()["error"] == "invalid_scope"
    all_again = partner.refresh(less["refresh_token"]).json()
    assert access_of(all_again["access_token"]).scopes == {"me", "wallets:read"}


def test_a_scope_that_is_taken_from_the_program_is_gone_from_what_it_has(
    partner: Partner, boris: User
) -> None:
    given = partner.tokens_for(boris)
    partner.program.allowed_scopes = ["me"]
    partner.program.save()
    assert access_of(given["access_token"]).scopes == {"me"}
    later = partner.refresh(given["refresh_token"]).json()
    assert later["scope"] == "me"


def test_deactivated_people_and_programs_get_nothing_more(partner: Partner, boris: User) -> None:
    given = partner.tokens_for(boris)
    User.objects.filter(pk=boris.pk).update(is_active=False)
    with pytest.raises(TokenRefused):
        access_of(given["access_token"])
    assert partner.refresh(given["refresh_token"]).json()["error"] == "invalid_grant"
    assert Consent.objects.get().ending == Ending.BARRED
    User.objects.filter(pk=boris.pk).update(is_active=True)
    # Who comes back has to say yes again.
    assert partner.refresh(given["refresh_token"]).json()["error"] == "invalid_grant"
    with pytest.raises(TokenRefused):
        access_of(given["access_token"])


def test_a_deactivated_program_gets_nothing_more(partner: Partner, boris: User) -> None:
    given = partner.tokens_for(boris)
    partner.program.is_active = False
    partner.program.save()
    with pytest.raises(TokenRefused):
        access_of(given["access_token"])
    answer = partner.refresh(given["refresh_token"])
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    partner.browser.force_login(boris)
    assert partner.browser.get(partner.address()).status_code == 400


def test_the_tokens_of_a_code_are_one_pair_however_often_they_are_refreshed(
    partner: Partner, boris: User
) -> None:
    given = partner.tokens_for(boris)
    for _again in range(3):
        given = partner.refresh(given["refresh_token"]).json()
    assert AccessToken.objects.count() == 1
    assert RefreshToken.objects.filter(revoked=None).count() == 1
