"""The two grants that exist here, with refresh: nothing that is not in this file can be asked for.

oauthlib’s ready-made servers also know the implicit, password and device grants, which RFC 9700
forbids or which nobody needs; a grant that is not there cannot be switched on by mistake.
"""

import re
from typing import Any

from oauthlib.common import generate_token
from oauthlib.oauth2.rfc6749.endpoints import (
    AuthorizationEndpoint,
    RevocationEndpoint,
    TokenEndpoint,
)
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError
from oauthlib.oauth2.rfc6749.grant_types import (
    AuthorizationCodeGrant,
    ClientCredentialsGrant,
    RefreshTokenGrant,
)
from oauthlib.oauth2.rfc6749.grant_types.authorization_code import code_challenge_method_s256
from oauthlib.oauth2.rfc6749.tokens import BearerToken

from apps.programs import tokens
from apps.programs.models import CODE_CHALLENGE, Consent

_RANDOM = 43
"""So many letters and digits carry 256 bits."""


class CodeGrant(AuthorizationCodeGrant):
    """The authorization code with proof of who asked for it: S256 alone (RFC 9700, 2.1.1)."""

    _code_challenge_methods = {"S256": code_challenge_method_s256}

    def validate_authorization_request(self, request: Any) -> Any:
        """Refuse what cannot be the S256 of a verifier, besides what is refused already."""
        answer = super().validate_authorization_request(request)
        if not re.fullmatch(CODE_CHALLENGE, request.code_challenge):
            raise InvalidRequestError(
                description="code_challenge is not the S256 of a verifier.", request=request
            )
        return answer

    def create_authorization_code(self, request: Any) -> dict[str, str]:
        """Return a code that cannot be guessed, with the state that the program sent."""
        code = {"code": generate_token(_RANDOM)}
        return {**code, "state": request.state} if request.state else code

    def prepare_authorization_response(self, request: Any, *answer: Any) -> Any:
        """Answer in the query alone: a fragment would be there for scripts to read."""
        request.response_mode = self.default_response_mode
        return super().prepare_authorization_response(request, *answer)


class ProgramServer(AuthorizationEndpoint, TokenEndpoint, RevocationEndpoint):
    """Where codes are asked for and redeemed, and tokens given back."""

    def __init__(self, validator: Any, **_toolkit: Any) -> None:
        """Put the grants together."""
        self.request_validator = validator
        code = CodeGrant(validator)
        bearer = BearerToken(
            validator,
            token_generator=signed_token,
            expires_in=seconds_left,
            refresh_token_generator=_random_token,
        )
        AuthorizationEndpoint.__init__(
            self,
            default_response_type="code",
            default_token_type=bearer,
            response_types={"code": code},
        )
        TokenEndpoint.__init__(
            self,
            # It answers grants that do not exist, by saying so.
            default_grant_type="refresh_token",
            default_token_type=bearer,
            grant_types={
                "authorization_code": code,
                "client_credentials": ClientCredentialsGrant(validator),
                "refresh_token": RefreshTokenGrant(validator),
            },
        )
        RevocationEndpoint.__init__(self, validator)


def consent_of(request: Any) -> Consent | None:
    """Return the consent that the validator found for this request.

    oauthlib reads an attribute that nobody set from what the client sent, so it is not asked.
    """
    consent: Consent | None = vars(request).get("consent")
    return consent


def seconds_left(request: Any) -> int:
    """Return for how long the token may last: never longer than the consent behind it."""
    longest = int(tokens.lifetime().total_seconds())
    consent = consent_of(request)
    return longest if consent is None else min(longest, consent.seconds_left())


def signed_token(request: Any) -> str:
    """Return the access token that this request has earned."""
    consent = consent_of(request)
    return tokens.signed(
        request.client,
        person=consent.person if consent else None,
        scopes=request.scopes,
        authenticated_at=consent.authenticated_at if consent else None,
        seconds=request.expires_in,
    )


def _random_token(_request: Any) -> str:
    token: str = generate_token(_RANDOM)
    return token
