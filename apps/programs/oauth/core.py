"""Between Django’s requests and oauthlib’s: what the pages and endpoints call."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oauth2_provider.oauth2_backends import OAuthLibCore
from oauthlib.common import Request, add_params_to_uri
from oauthlib.oauth2.rfc6749.errors import (
    AccessDeniedError,
    FatalClientError,
    InvalidRequestFatalError,
    OAuth2Error,
)

from apps.programs import tokens
from apps.programs.oauth.server import ProgramServer
from apps.programs.oauth.validator import ProgramValidator

if TYPE_CHECKING:
    from django.http import HttpRequest

    from apps.accounts.models import User
    from apps.programs.models import Program


@dataclass(frozen=True)
class Asked:
    """What a program asks a person for."""

    program: "Program"
    scopes: list[str]
    redirect_uri: str
    state: str | None


class NotSafeToRedirect(Exception):
    """The request is wrong in a way that must not lead back to whoever sent it."""

    def __init__(self, error: str, description: str) -> None:
        """Keep what the toolkit says of it."""
        super().__init__(error, description)
        self.error, self.description = error, description


class SendBack(Exception):
    """The request is wrong, and the program is told so at its redirect URI."""

    def __init__(self, location: str) -> None:
        """Keep where the person goes."""
        super().__init__(location)
        self.location = location


class ProgramCore(OAuthLibCore):
    """The toolkit’s, with our server."""

    def __init__(self) -> None:
        """Build the server with our validator."""
        super().__init__(ProgramServer(ProgramValidator()))

    def program_of(self, request: "HttpRequest") -> "Program | None":
        """Return the confidential program that shows its secret in this request."""
        asked = Request(*self._extract_params(request))
        is_shown = self.server.request_validator.authenticate_client(asked)
        return asked.client if is_shown else None

    def asked(self, request: "HttpRequest") -> Asked:
        """Return what the address asks for; the body of the consent form adds nothing to it.

        Raises:
            NotSafeToRedirect: nobody can tell who asks, or where the answer would go.
            SendBack: the program asks for what it cannot have.
        """
        try:
            scopes, found = self.server.validate_authorization_request(
                **self._from_address(request)
            )
        except FatalClientError as error:
            raise NotSafeToRedirect(error.error, error.description or "") from error
        except OAuth2Error as error:
            raise SendBack(_with_issuer(error.in_uri(error.redirect_uri))) from error
        return Asked(
            program=found["request"].client,
            scopes=scopes,
            redirect_uri=found["redirect_uri"],
            state=found["state"],
        )

    def let_in(self, request: "HttpRequest", asked: Asked, *, person: "User") -> str:
        """Keep the person’s consent and return where they go now, with the code."""
        headers, _body, _status = self.server.create_authorization_response(
            **self._from_address(request), scopes=asked.scopes, credentials={"user": person}
        )
        return _with_issuer(headers["Location"])

    @staticmethod
    def turned_away(asked: Asked) -> str:
        """Return where the person goes after they said no."""
        return _with_issuer(AccessDeniedError(state=asked.state).in_uri(asked.redirect_uri))

    def _from_address(self, request: "HttpRequest") -> dict[str, Any]:
        uri, _method, _body, headers = self._extract_params(request)
        try:
            Request(uri)
        except ValueError as garbled:
            error = InvalidRequestFatalError(description="The address is garbled.")
            raise error from garbled
        return {"uri": uri, "http_method": "GET", "body": "", "headers": headers}


def _with_issuer(location: str) -> str:
    """Say who answers, so that a program of several servers is not misled (RFC 9207)."""
    answer: str = add_params_to_uri(location, [("iss", tokens.issuer())])
    return answer
