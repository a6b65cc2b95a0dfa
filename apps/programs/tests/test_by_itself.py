"""Programs with client credentials: confidential, as an account of their own, and no decisions."""

import base64

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from oauth2_provider.models import RefreshToken

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.programs import tokens
from apps.programs.models import Program
from apps.programs.states import Grant, Kind
from apps.programs.tokens import access_of
from project.testing.programs import Partner, program, program_by_itself, secret_of

pytestmark = pytest.mark.django_db


def account_of(made: Program) -> User:
    account: User | None = made.user
    assert account is not None
    return account


def test_it_acts_as_its_account_and_is_its_own_subject() -> None:
    partner = Partner(program_by_itself("Lending clerk"))
    given = partner.tokens_by_itself().json()
    access = access_of(given["access_token"])
    assert access.person == partner.program.user
    assert access.person.is_program
    access.person.require("tickets.view_ticket")
    assert access.authenticated_at is None
    claims = tokens.claims_of(given["access_token"])
    assert claims["sub"] == claims["client_id"] == partner.program.client_id
    assert "auth_time" not in claims
    assert "refresh_token" not in given
    assert not RefreshToken.objects.exists()


def test_it_gets_the_scopes_that_it_asks_for_and_no_others() -> None:
    partner = Partner(program_by_itself())
    assert partner.tokens_by_itself(scope="me").json()["scope"] == "me"
    assert partner.tokens_by_itself(scope="audit:read").json()["error"] == "invalid_scope"


def test_a_program_of_people_cannot_act_by_itself() -> None:
    answer = Partner(program()).tokens_by_itself()
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


def test_a_public_program_cannot_act_by_itself() -> None:
    answer = Partner(program(client_type=Kind.PUBLIC)).tokens_by_itself()
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_program_by_itself_cannot_send_people_to_the_consent_page(boris: User) -> None:
    partner = Partner(program_by_itself())
    partner.browser.force_login(boris)
    assert partner.browser.get(partner.address()).status_code == 400


@pytest.mark.parametrize(
    "grant_type",
    [
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "unknown",
        "",
    ],
)
def test_no_other_grant_exists(boris: User, grant_type: str) -> None:
    for made in (program(), program_by_itself()):
        answer = Partner(made).send(
            "oauth_token",
            grant_type=grant_type,
            username=boris.email,
            password="correct horse battery staple",
            device_code="x",
        )
        assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_a_secret_is_shown_in_the_header_or_the_body_never_in_both_or_the_address() -> None:
    made = program_by_itself()
    partner, wire, where = Partner(made), Client(), reverse("oauth_token")
    form = {
        "grant_type": "client_credentials",
        "client_id": made.client_id,
        "client_secret": secret_of(made),
    }
    assert wire.post(where, form).status_code == 200
    both = partner.tokens_by_itself(client_secret=secret_of(made))
    assert (both.status_code, both.json()["error"]) == (401, "invalid_client")
    in_address = wire.post(f"{where}?client_secret={secret_of(made)}", form)
    assert (in_address.status_code, in_address.json()["error"]) == (400, "invalid_request")
    assert wire.get(where).status_code == 405


def test_a_wrong_secret_is_refused_and_recorded() -> None:
    made = program_by_itself()
    answer = Partner(made).tokens_by_itself()
    assert answer.status_code == 200
    for secret in ("wrong", secret_of(program_by_itself())):
        refused = Partner(made).send("oauth_token", secret=secret, grant_type="client_credentials")
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
        assert refused["WWW-Authenticate"].startswith("Basic ")
    events = AuditEvent.objects.filter(action="programs.sign_in_failed", outcome="denied")
    assert events.count() == 2


@pytest.mark.parametrize("shown", ["", "no-colon", "a:b:c", "\x00:x", "é:ü", f"{'x' * 5000}:y"])
def test_what_is_no_secret_is_refused_without_a_fault(shown: str) -> None:
    header = base64.b64encode(shown.encode()).decode()
    for authorization in (f"Basic {header}", "Basic ###", "Basic", "Bearer x", f"basic {header}"):
        answer = Client().post(
            reverse("oauth_token"),
            {"grant_type": "client_credentials"},
            headers={"Authorization": authorization},
        )
        assert answer.status_code == 401, authorization


def test_a_token_is_for_the_api_and_nothing_else(boris: User) -> None:
    partner = Partner(program_by_itself())
    assert partner.tokens_by_itself(resource=tokens.audience()).status_code == 200
    for resource in ("https://elsewhere.example/api", [tokens.audience(), "https://other/"]):
        answer = partner.tokens_by_itself(resource=resource)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")
    of_people = Partner(program())
    back = of_people.let_in(boris, resource="https://elsewhere.example/")
    assert back["error"] == "invalid_target"


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"user": None}, "program_by_itself_acts_as_somebody"),
        ({"client_type": Kind.PUBLIC}, "program_by_itself_acts_as_somebody"),
        ({"allowed_scopes": ["approvals:decide"]}, "program_by_itself_does_not_decide"),
        ({"authorization_grant_type": "password"}, "program_has_grant"),
        ({"authorization_grant_type": "implicit"}, "program_has_grant"),
        ({"client_secret": "kept in clear"}, "program_opens_no_other_door"),
        ({"skip_authorization": True}, "program_opens_no_other_door"),
        ({"allowed_origins": "https://a.example"}, "program_opens_no_other_door"),
        ({"rate_limit": 0}, "program_rate_limit_is_sensible"),
        ({"name": ""}, "program_has_name"),
    ],
)
def test_the_database_holds_programs_to_their_rules(fields: dict[str, object], rule: str) -> None:
    made = program_by_itself()
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        Program.objects.filter(pk=made.pk).update(**fields)


def test_no_program_acts_as_a_person_whoever_writes_the_row(
    boris: User, adam: User, system: User
) -> None:
    boss = User.objects.create_superuser("boss@example.com", display_name="Boss")
    for person in (boris, adam, system, boss):
        with (
            pytest.raises(IntegrityError, match="program_acts_as_a_program_account"),
            transaction.atomic(),
        ):
            program(
                user=person, authorization_grant_type=Grant.CLIENT_CREDENTIALS, redirect_uris=""
            )


@pytest.mark.parametrize(
    "fields",
    [
        {"is_staff": True},
        {"is_superuser": True},
        {"password": "argon2$something"},
        {"email": "somebody@example.com"},
    ],
)
def test_nobody_signs_in_with_the_account_of_a_program(fields: dict[str, object]) -> None:
    account = account_of(program_by_itself())
    with (
        pytest.raises(IntegrityError, match="user_of_program_cannot_sign_in"),
        transaction.atomic(),
    ):
        User.objects.filter(pk=account.pk).update(**fields)


def test_nobody_becomes_a_program_account(boris: User) -> None:
    account = account_of(program_by_itself())
    for person, is_program in ((boris, True), (account, False)):
        with (
            pytest.raises(IntegrityError, match="user_of_program_stays_one"),
            transaction.atomic(),
        ):
            User.objects.filter(pk=person.pk).update(is_program=is_program)
