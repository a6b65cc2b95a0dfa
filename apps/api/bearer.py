"""The door of the API: an access token in the header, and a scope that reaches far enough."""

from typing import TYPE_CHECKING, cast

from ninja.security import HttpBearer

from apps.api.checking import refuse_other_content
from apps.api.errors import ScopeMissing, TokenMissing
from apps.api.quotas import count
from apps.programs import tokens

if TYPE_CHECKING:
    from django.http import HttpRequest

    from apps.api.request import ApiRequest


class Bearer(HttpBearer):
    """Lets in whoever shows a valid token with this scope, and counts the request."""

    def __init__(self, scope: str) -> None:
        """Keep which scope the operation needs."""
        super().__init__()
        self.scope = scope
        self.content_type = ""
        """What a body has to be; empty when the operation reads none."""

    def __call__(self, request: "HttpRequest") -> object:
        """Return what the token stands for.

        Raises:
            TokenMissing, TokenRefused: no token, or one that opens nothing.
            QuotaUsedUp: the program asked too often.
            ScopeMissing: the token does not reach so far.
            UnsupportedContent: the body is of another kind than the operation reads.
        """
        kind, _space, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token.strip():
            raise TokenMissing
        return self.authenticate(request, token.strip())

    def authenticate(self, request: "HttpRequest", token: str) -> object:
        """Put who acts, and through which program, on the request."""
        ours = cast("ApiRequest", request)
        ours.access = tokens.access_of(token)
        ours.user = ours.access.person
        ours.quota = count(ours.access.program)
        ours.quota.refuse_more()
        if self.scope not in ours.access.scopes:
            raise ScopeMissing(scope=self.scope)
        # Here, because a body of another kind would be read for what it is not.
        refuse_other_content(request, self.content_type)
        return ours.access
