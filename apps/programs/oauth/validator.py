"""What the toolkit asks of us at every step: who the program is, and what it may have.

Everything that a code or a refresh token stands for is in its consent, which is locked first: of
several who redeem one code at the same moment, one gets tokens and the others find it redeemed.
"""

import base64
import binascii
from datetime import timedelta
from typing import Any
from urllib.parse import unquote_plus

from django.db.models import F
from django.utils import timezone
from oauth2_provider.models import AccessToken, RefreshToken, set_token_value
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.oauth2.rfc6749 import errors

from apps.programs import consenting, tokens
from apps.programs.models import Consent, Program
from apps.programs.oauth.server import consent_of
from apps.programs.states import Ending, Grant, Kind

_GRANTS = {
    "authorization_code": {Grant.AUTHORIZATION_CODE},
    "refresh_token": {Grant.AUTHORIZATION_CODE},
    "client_credentials": {Grant.CLIENT_CREDENTIALS},
}


class ProgramValidator(OAuth2Validator):
    """Our answers."""

    def authenticate_client(self, request: Any, *_args: Any, **_options: Any) -> bool:
        """Tell whether the request shows a secret of a confidential program, in one way only.

        By RFC 6749, section 2.3, a program shows it in the header or in the body, never in both.
        """
        shown, in_body = self._shown_by_header(request), request.client_secret
        if shown and in_body is not None:
            return False
        client_id, secret = shown or (request.client_id or "", in_body or "")
        if request.client_id and request.client_id != client_id:
            return False
        program = self._load_application(client_id, request)
        if program is None or program.client_type != Kind.CONFIDENTIAL:
            return False
        is_shown = consenting.is_secret_of(program, secret)
        if not is_shown:
            consenting.record_wrong_secret(program)
        return is_shown

    def _shown_by_header(self, request: Any) -> tuple[str, str] | None:
        text = self._extract_basic_auth(request)
        if text is None:
            return None
        try:
            client_id, _colon, secret = (
                base64.b64decode(text, validate=True).decode().partition(":")
            )
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return unquote_plus(client_id), unquote_plus(secret)

    def _load_application(self, client_id: str, request: Any) -> Program | None:
        """Find the program; one that was deactivated is not there."""
        if not client_id or "\x00" in client_id:
            request.client = None
            return None
        program: Program | None = super()._load_application(client_id, request)
        return program

    def validate_response_type(
        self, _client_id: str, response_type: str, client: Program, _request: Any, *_args: Any
    ) -> bool:
        """Allow a code, to programs of people."""
        is_of_people = client.authorization_grant_type == Grant.AUTHORIZATION_CODE
        return response_type == "code" and is_of_people

    def validate_grant_type(
        self, _client_id: str, grant_type: str, client: Program, _request: Any, *_args: Any
    ) -> bool:
        """Allow each program its own grant."""
        return client.authorization_grant_type in _GRANTS.get(grant_type, set())

    def validate_scopes(
        self, _client_id: str, scopes: list[str], client: Program, request: Any, *_args: Any
    ) -> bool:
        """Allow what the program was registered for, for the API and nothing else."""
        _refuse_other_audiences(request)
        return bool(scopes) and set(scopes) <= set(client.allowed_scopes)

    def save_authorization_code(
        self, _client_id: str, code: dict[str, str], request: Any, *_args: Any
    ) -> None:
        """Keep the consent of the person who has just given it; of the code, the digest."""
        consenting.give(
            request.client,
            person=request.user,
            scopes=request.scopes,
            redirect_uri=request.redirect_uri,
            code=code["code"],
            code_challenge=request.code_challenge,
        )

    def validate_code(
        self, _client_id: str, code: str, client: Program, request: Any, *_args: Any
    ) -> bool:
        """Find the consent behind the code, and lock it; a code that comes twice ends it."""
        consent = consenting.behind_code(client, code)
        if consent is None:
            return False
        request.consent = consent
        request.user = consent.person
        request.scopes = consent.allowed_scopes
        _refuse_other_audiences(request)
        return bool(request.scopes)

    def get_code_challenge(self, _code: str, request: Any) -> str:
        """Return what the verifier has to match."""
        return _consent(request).code_challenge

    def get_code_challenge_method(self, _code: str, _request: Any) -> str:
        """Return the only method there is."""
        return "S256"

    def confirm_redirect_uri(
        self, _client_id: str, _code: str, redirect_uri: str, _client: Program, *args: Any
    ) -> bool:
        """Tell whether the code went where the program says it did."""
        (request,) = args
        return _consent(request).redirect_uri == redirect_uri

    def invalidate_authorization_code(
        self, _client_id: str, _code: str, request: Any, *_args: Any
    ) -> None:
        """Keep that the code was redeemed."""
        consenting.redeem(_consent(request))

    def validate_refresh_token(
        self, refresh_token: str, client: Program, request: Any, *_args: Any
    ) -> bool:
        """Find the consent behind a refresh token, and lock it; one that comes twice ends it.

        A token of another program is as unknown as any other, and nothing happens to it.
        """
        row = (
            RefreshToken.objects.filter(
                token_checksum=tokens.digest(refresh_token), application=client
            )
            .order_by(F("revoked").desc(nulls_first=True))
            .first()
        )
        consent = row and consenting.behind_family(client, row.token_family)
        if not consent:
            return False
        # As it is now that nobody else redeems it.
        row.refresh_from_db()
        if row.revoked is not None or row.access_token_id is None:
            consenting.end_as_stolen(consent, Ending.REUSED)
            return False
        request.consent = consent
        request.user = consent.person
        request.presented = row
        _refuse_other_audiences(request)
        return True

    def get_original_scopes(self, _refresh_token: str, request: Any, *_args: Any) -> list[str]:
        """Return what the person agreed to, however little of it was asked for last time."""
        return _consent(request).allowed_scopes

    def rotate_refresh_token(self, _request: Any) -> bool:
        """Give a new refresh token each time."""
        return True

    def _save_bearer_token(self, token: Any, request: Any, *_args: Any, **_options: Any) -> None:
        """Keep the digests of what is given, in the family of the consent.

        The toolkit’s own would take attributes of the request that a client can send.
        """
        consent = consent_of(request)
        presented = vars(request).get("presented")
        if presented is not None:
            presented.revoke()
        access = AccessToken(
            user=consent.person if consent else None,
            application=request.client,
            scope=token["scope"],
            expires=timezone.now() + timedelta(seconds=token["expires_in"]),
            source_refresh_token=presented,
        )
        set_token_value(access, token["access_token"])
        access.save()
        if consent is not None:
            refresh = RefreshToken(
                user=consent.person,
                application=request.client,
                access_token=access,
                token_family=consent.family,
            )
            set_token_value(refresh, token["refresh_token"])
            refresh.save()

    def revoke_token(self, token: str, _token_type_hint: str, request: Any, *_args: Any) -> None:
        """End what the token belongs to, when it is one of this program’s."""
        consenting.give_back(request.client, token)


def _consent(request: Any) -> Consent:
    consent = consent_of(request)
    assert consent is not None, "the code was not validated"
    return consent


def _refuse_other_audiences(request: Any) -> None:
    """Refuse a resource indicator (RFC 8707) that names anything but the API."""
    wanted = [value for key, value in request.decoded_body or [] if key == "resource"]
    if not set(wanted or filter(None, [request.resource])) <= {tokens.audience()}:
        raise errors.CustomOAuth2Error(
            error="invalid_target",
            description=f"Tokens are for {tokens.audience()} alone.",
            request=request,
        )
