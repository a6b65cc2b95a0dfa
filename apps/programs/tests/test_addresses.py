"""Which addresses there are, what they say of us, and which there are not."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.core import checks
from django.test import Client
from jwt import PyJWK, decode
from oauth2_provider.settings import oauth2_settings

from apps.accounts.models import User
from apps.programs import tokens
from apps.programs.scopes import SCOPES
from apps.programs.tokens import issue
from project.testing.programs import program

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address",
    [
        "oauth/applications/",
        "oauth/applications/register/",
        "oauth/register/",
        "oauth/device/",
        "oauth/device-authorization/",
        "oauth/device_authorization/",
        "oauth/userinfo/",
        "oauth/logout/",
        "oauth/.well-known/openid-configuration",
        ".well-known/openid-configuration",
        "o/applications/",
        "accounts/applications/",
    ],
)
def test_nobody_registers_a_program_or_asks_for_what_we_do_not_have(
    adam: User, address: str
) -> None:
    browser = Client()
    browser.force_login(adam)
    for answer in (browser.get(f"/{address}"), browser.post(f"/{address}", {})):
        assert answer.status_code == 404


def test_the_server_describes_itself_at_the_root() -> None:
    said = Client().get("/.well-known/oauth-authorization-server").json()
    assert said["issuer"] == tokens.issuer()
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert said["response_types_supported"] == ["code"]
    assert said["grant_types_supported"] == [
        "authorization_code",
        "client_credentials",
        "refresh_token",
    ]
    assert said["scopes_supported"] == list(SCOPES)
    assert said["authorization_response_iss_parameter_supported"] is True
    assert "registration_endpoint" not in said
    for name in ("authorization", "token", "revocation", "introspection"):
        where = said[f"{name}_endpoint"]
        assert where.startswith(f"{tokens.issuer()}/oauth/")
        path = where.removeprefix(tokens.issuer())
        assert Client().get(path).status_code in {302, 405}, where


def test_the_api_says_who_issues_its_tokens() -> None:
    for where in ("", "/api"):
        said = Client().get(f"/.well-known/oauth-protected-resource{where}").json()
        assert said["resource"] == tokens.audience()
        assert said["authorization_servers"] == [tokens.issuer()]
        assert said["bearer_methods_supported"] == ["header"]
    assert (
        f"{tokens.issuer()}/.well-known/oauth-protected-resource/api" == tokens.metadata_address()
    )


def test_strangers_check_a_token_with_the_published_keys() -> None:
    token = issue(program(), scopes={"me"})
    answer = Client().get("/.well-known/jwks.json")
    assert answer["Cache-Control"] == "public, max-age=900"
    (key,) = answer.json()["keys"]
    assert key.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    public = PyJWK(key).key
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert decode(token, public, algorithms=["ES256"], audience=tokens.audience())


def test_other_sites_cannot_call_the_endpoints_from_a_browser(boris: User) -> None:
    from_elsewhere = {"Origin": "https://elsewhere.example"}
    for where in ("/oauth/token/", "/oauth/revoke/", "/.well-known/jwks.json"):
        for answer in (
            Client().options(where, headers=from_elsewhere),
            Client().post(where, {}, headers=from_elsewhere),
        ):
            assert not [name for name in answer.headers if name.startswith("Access-Control")]


def test_every_gate_of_rfc_9700_is_shut() -> None:
    gates = [name for name in oauth2_settings.defaults if name.startswith("COMPLIANT_BCP_RFC9700")]
    assert len(gates) == 10
    assert all(getattr(oauth2_settings, gate) for gate in gates)
    found = checks.run_checks(tags=[checks.Tags.security], include_deployment_checks=True)
    assert not [one for one in found if (one.id or "").startswith("oauth2_provider")]
