"""What a provider of OpenID Connect says about somebody, and how much of it is believed.

allauth takes an ID token that came straight from the token endpoint without looking at its
signature, knows no nonce, and takes the user-info of another subject. Here each is refused:
OpenID Connect Core 1.0, sections 3.1.3.7 (validation) and 5.3.2 (user-info).
"""

from typing import Any, ClassVar

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
"""Signatures by a key of which we know the public half; never `none`, never a shared secret."""

CLOCKS_DIFFER = 30
"""Seconds that the provider’s clock may be off."""

SECOND_FACTORS = frozenset(
    {"mfa", "otp", "hwk", "swk", "sc", "fpt", "face", "iris", "retina", "vbm"}
)
"""Values of `amr` that name more than a password (RFC 8176, section 2); not `sms`, not `tel`."""

STRONG_CLASSES = frozenset(
    {
        # OpenID Connect EAP ACR Values 1.0: phishing-resistant, and with a hardware-protected key.
        *("phr", "phrh"),
        "https://refeds.org/profile/mfa",
        "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
    }
)
"""Values of `acr` that mean more than one factor."""


def has_second_factor(claims: dict[str, Any]) -> bool:
    """Tell whether the ID token says that the person showed a second factor."""
    methods = claims.get("amr")
    named = {str(method) for method in methods} if isinstance(methods, list) else set()
    return bool(named & SECOND_FACTORS) or claims.get("acr") in STRONG_CLASSES


class IdentityAdapter(OpenIDConnectOAuth2Adapter):
    """Takes what the provider answers, and believes only what it has signed for us."""

    def complete_login(
        self,
        request: HttpRequest,
        app: Any,
        token: Any,
        **answer: Any,
    ) -> SocialLogin:
        """Return who it is; `claims` are those of the ID token, `described` says more, if asked.

        Raises:
            OAuth2Error: there is no ID token, it is not valid, or somebody else is described.
        """
        signed = answer["response"].get("id_token")
        if not signed:
            raise OAuth2Error("the answer has no ID token")
        claims = self._decode_id_token(app, signed)
        described = claims
        if "email" not in claims and "userinfo_endpoint" in self.openid_config:
            described = self._fetch_user_info(token.token)
            if described.get("sub") != claims["sub"]:
                raise OAuth2Error("the user-info describes somebody else")
        login: SocialLogin = self.get_provider().sociallogin_from_response(
            request, {"id_token": described}
        )
        login.claims, login.described = claims, described
        return login

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        try:
            return self._decoded(app.client_id, id_token)
        except jwt.PyJWTError as fault:
            raise OAuth2Error(f"the ID token is not valid: {fault}") from fault

    def _decoded(self, client_id: str, id_token: str) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            id_token,
            self._key_of(id_token),
            algorithms=list(ALGORITHMS),
            audience=client_id,
            issuer=self._issuer(),
            leeway=CLOCKS_DIFFER,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
        meant = claims.get("azp", None if isinstance(claims["aud"], list) else client_id)
        is_only_for_us = claims["aud"] in (client_id, [client_id])
        if meant != client_id and not (meant is None and is_only_for_us):
            raise jwt.InvalidAudienceError("it is for another client")
        return claims

    def _issuer(self) -> str:
        """Return the issuer, which says of itself what the settings say of it."""
        expected = self.get_provider().app.settings["server_url"].rstrip("/")
        said = str(self.openid_config.get("issuer", ""))
        if said.rstrip("/") != expected:
            raise jwt.InvalidIssuerError("the provider calls itself by another name")
        return said

    def _key_of(self, id_token: str) -> Any:
        header = jwt.get_unverified_header(id_token)
        if header.get("alg") not in ALGORITHMS:
            raise jwt.InvalidAlgorithmError(f"signed with “{header.get('alg')}”")
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
            published = jwt.PyJWKSet.from_dict(answer.json())
        fitting = [
            key
            for key in published.keys
            if key.public_key_use in (None, "sig") and key.key_id == header.get("kid")
        ]
        if len(fitting) != 1:
            raise jwt.InvalidKeyError("the provider publishes no such key")
        return fitting[0]


class SingleSignOn(OpenIDConnectProvider):
    """The one provider of the settings; asks with PKCE, a state and a nonce."""

    package: ClassVar[str] = "allauth.socialaccount.providers.openid_connect"
    oauth2_adapter_class = IdentityAdapter

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """Take from the address only where to go afterwards: it may be anybody’s."""
        asked = super().get_redirect_from_request_kwargs(request)
        wanted = {"process": AuthProcess.LOGIN}
        return wanted | ({"next_url": asked["next_url"]} if "next_url" in asked else {})

    def redirect(
        self,
        request: HttpRequest,
        process: str,
        next_url: str | None = None,
        data: Any = None,  # noqa: ARG002  (the name that allauth passes)
        **options: Any,
    ) -> HttpResponse:
        """Lead to the provider; who shows again who they are has to sign in there anew."""
        nonce = get_random_string(32)
        wanted = {**self.get_auth_params(), "nonce": nonce}
        if process == AuthProcess.REDIRECT:
            wanted |= {"prompt": "login", "max_age": "0"}
        options["auth_params"] = wanted
        answer: HttpResponse = super().redirect(
            request, process, next_url, {"nonce": nonce}, **options
        )
        return answer

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Keep nothing of what the provider says: who it is, is enough."""
        return {}
