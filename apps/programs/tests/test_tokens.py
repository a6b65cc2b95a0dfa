"""Access tokens: what they say, and everything that does not pass for one."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import AccessToken
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.programs import keys, tokens
from apps.programs.errors import TokenRefused
from apps.programs.models import Program, SigningKey
from apps.programs.tokens import access_of, issue
from project.testing.programs import Partner, program, program_by_itself, secret_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(boris: User) -> str:
    return issue(program(), person=boris, scopes={"me"}, authenticated_at=timezone.now())


def resigned(
    token: str,
    *,
    header: dict[str, Any] | None = None,
    key: Any = None,
    keep_row: bool = True,
    **claims: Any,
) -> str:
    """Return the token with other claims, signed by us, with a row of its own all the same."""
    ours = keys.signing_key()
    said = {**tokens.claims_of(token), **claims}
    made = jwt.encode(
        {name: value for name, value in said.items() if value is not None},
        key or ours.private_pem,
        algorithm="ES256",
        headers={"kid": ours.key_id, "typ": "at+jwt", **(header or {})},
    )
    if keep_row:
        known(token, made)
    return made


def known(token: str, made: str) -> None:
    """Let the row of the token be the row of the one that was made of it."""
    AccessToken.objects.filter(token_checksum=tokens.digest(token)).update(
        token_checksum=tokens.digest(made)
    )


def unsigned(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def refused(token: str) -> bool:
    with pytest.raises(TokenRefused):
        access_of(token)
    return True


def test_a_token_has_the_shape_of_rfc_9068(token: str, boris: User) -> None:
    header, claims = jwt.get_unverified_header(token), tokens.claims_of(token)
    assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")
    assert header["kid"] == SigningKey.objects.get().key_id
    assert claims["iss"] == tokens.issuer()
    assert claims["aud"] == tokens.audience()
    assert claims["sub"] == str(boris.pk)
    assert claims["scope"] == "me"
    assert claims["exp"] - claims["iat"] == 600
    assert {"jti", "client_id", "auth_time"} <= claims.keys()
    assert access_of(token).person == boris


def test_a_changed_token_is_made_again_as_it_was_before(token: str) -> None:
    # The refusals below have this as their counterpart.
    assert access_of(resigned(token, jti="another")).scopes == {"me"}


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://elsewhere.example/api"},
        {"aud": [tokens.__name__, "x"]},
        {"aud": None},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"exp": None},
        {"sub": None},
        {"client_id": None},
        {"jti": None},
        {"iat": None},
    ],
)
def test_a_token_with_other_claims_opens_nothing(token: str, claims: dict[str, Any]) -> None:
    assert refused(resigned(token, **claims))


@pytest.mark.parametrize(("claim", "seconds"), [("exp", -1), ("iat", 60), ("nbf", 60)])
def test_a_token_before_or_after_its_time_opens_nothing(
    token: str, claim: str, seconds: int
) -> None:
    moment = timezone.now() + timedelta(seconds=seconds)
    claims: dict[str, Any] = {claim: int(moment.timestamp())}
    assert refused(resigned(token, **claims))


@pytest.mark.parametrize(
    "header", [{"typ": "JWT"}, {"typ": "logout+jwt"}, {"typ": None}, {"kid": "unknown"}]
)
def test_a_token_of_another_kind_or_key_opens_nothing(token: str, header: dict[str, Any]) -> None:
    assert refused(resigned(token, header=header))


def test_a_token_that_another_key_signed_opens_nothing(token: str) -> None:
    assert refused(resigned(token, key=ec.generate_private_key(ec.SECP256R1())))


def test_a_token_without_a_signature_opens_nothing(token: str) -> None:
    for alg in ("none", "None", "NONE"):
        header = {**jwt.get_unverified_header(token), "alg": alg}
        for signature in ("", "x"):
            made = f"{unsigned(header)}.{token.split('.')[1]}.{signature}"
            known(token, made)
            assert refused(made)
            known(made, token)


def test_a_token_signed_with_the_public_key_as_a_password_opens_nothing(token: str) -> None:
    key = SigningKey.objects.get()
    header = {**jwt.get_unverified_header(token), "alg": "HS256"}
    body = f"{unsigned(header)}.{token.split('.')[1]}"
    mac = hmac.new(key.public_pem.encode(), body.encode(), hashlib.sha256).digest()
    made = f"{body}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
    known(token, made)
    assert refused(made)


def test_a_tampered_token_opens_nothing(token: str) -> None:
    header, body, signature = token.split(".")
    claims = {**tokens.claims_of(token), "sub": "1", "scope": "audit:read"}
    for made in (
        f"{header}.{unsigned(claims)}.{signature}",
        f"{header}.{body}.{signature[:-4]}AAAA",
        f"{header}.{body}",
        f"{token}.{signature}",
        token[:-1],
        "",
        "x",
        "é.é.é",
        "a" * 10_000,
        "\x00",
    ):
        assert refused(made), made


def test_a_token_without_a_row_opens_nothing(token: str) -> None:
    assert refused(resigned(token, keep_row=False, jti="never issued"))


def test_the_row_ends_a_token_whatever_the_token_says(token: str) -> None:
    AccessToken.objects.update(expires=timezone.now())
    assert refused(token)
    AccessToken.objects.all().delete()
    assert refused(token)


def test_a_deactivated_program_person_or_account_has_no_token(token: str, boris: User) -> None:
    Program.objects.update(is_active=False)
    assert refused(token)
    Program.objects.update(is_active=True)
    boris.is_active = False
    boris.save()
    assert refused(token)
    by_itself = program_by_itself()
    own = issue(by_itself, scopes={"me"})
    assert access_of(own).person == by_itself.user
    User.objects.filter(is_program=True).update(is_active=False)
    assert refused(own)


def test_a_program_by_itself_never_signed_in_whatever_its_token_says() -> None:
    own = issue(program_by_itself(), scopes={"me"}, authenticated_at=timezone.now())
    assert access_of(own).authenticated_at is None
    forged = resigned(own, auth_time=int(timezone.now().timestamp()))
    assert access_of(forged).authenticated_at is None


def test_a_check_asks_the_database_once(
    token: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    access_of(token)
    with django_assert_num_queries(1):
        access_of(token)


def test_a_token_in_the_address_opens_nothing(token: str) -> None:
    # No page reads it there: whoever sends it in the address is a stranger like any other.
    answer = Client().get(f"/oauth/authorized_tokens/?access_token={token}")
    assert answer.status_code == 302


def test_no_column_holds_anything_that_opens_a_door(boris: User) -> None:
    partner = Partner(program())
    code = partner.let_in(boris)["code"]
    given = partner.redeem(code).json()
    own = Partner(program_by_itself()).tokens_by_itself().json()["access_token"]
    wanted = [code, given["access_token"], given["refresh_token"], own, secret_of(partner.program)]
    private = keys.signing_key().private_pem
    wanted.append("".join(private.split("\n")[1:3]))
    with connection.cursor() as cursor:
        names = [
            name
            for name in connection.introspection.table_names(cursor)
            if name.startswith(("oauth2_", "program", "consent", "signing", "audit_log", "users"))
        ]
        assert len(names) >= 10
        for name in names:
            cursor.execute(f'SELECT t::text FROM "{name}" t')  # noqa: S608  (a table of ours)
            held = "\n".join(row for (row,) in cursor.fetchall())
            for secret in wanted:
                assert secret not in held, name
    assert set(AccessToken.objects.values_list("token", flat=True)) == {""}


def test_a_token_brings_exactly_the_rights_that_its_person_has(clara: User, boris: User) -> None:
    for person in (clara, boris):
        person.user_permissions.add(Permission.objects.get(codename="run_job"))
        found = access_of(issue(program(), person=person, scopes=("me",))).person
        asked = User.objects.get(pk=person.pk)

        assert found.get_all_permissions() == asked.get_all_permissions()
        assert found.has_perm("audit.run_job")
        assert not found.has_perm("accounts.change_roles")
