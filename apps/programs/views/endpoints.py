"""Where programs ask for tokens, give them back, and ask about their own."""

import logging
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters

from apps.audit.context import coming_from, origin
from apps.audit.models import Source
from apps.common.secret_text import SecretUnreadable
from apps.programs.oauth.core import ProgramCore
from apps.programs.selectors import introspected

logger = logging.getLogger(__name__)

_CHALLENGE = {"WWW-Authenticate": 'Basic realm="programs"'}
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@method_decorator([csrf_exempt, login_not_required, sensitive_post_parameters()], name="dispatch")
class ProgramEndpoint(View):
    """A form that programs send; cookies and the query mean nothing here.

    Each request is one transaction: what a refusal ends, such as a family of stolen tokens, is an
    answer and no exception, so it stays. A signing key that is lost is one: no code is used up.
    """

    http_method_names = ["post"]

    def dispatch(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponseBase:
        """Answer as a program’s door."""
        if request.META.get("QUERY_STRING"):
            return _refusal(400, "invalid_request", "URL query parameters are not allowed")
        there = replace(origin(), source=Source.API, authenticated_at=None)
        try:
            with coming_from(there), transaction.atomic():
                return super().dispatch(request, *args, **options)
        except SecretUnreadable:
            logger.exception("the key that signs tokens can no longer be read")
            return _refusal(
                503, "temporarily_unavailable", "An administrator has to make a new signing key."
            )


class TokenView(ProgramEndpoint):
    """Gives tokens for a code, a refresh token or a secret."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer by RFC 6749, section 5."""
        _uri, headers, body, status = ProgramCore().create_token_response(request)
        return _answer(headers, body, status)


class RevocationView(ProgramEndpoint):
    """Takes tokens back (RFC 7009): a program’s own; of others it learns nothing."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer by RFC 7009, section 2.2."""
        _uri, headers, body, status = ProgramCore().create_revocation_response(request)
        return _answer(headers, body, status)


class IntrospectionView(ProgramEndpoint):
    """Says what a token stands for (RFC 7662), to the program whose token it is."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer whoever shows a secret."""
        program = ProgramCore().program_of(request)
        if program is None:
            return _refusal(401, "invalid_client", "Show the secret of a program.")
        token = request.POST.get("token", "")
        if not token:
            return _refusal(400, "invalid_request", "Missing token parameter.")
        return JsonResponse(introspected(token, by=program), headers=_NO_STORE)


def _answer(headers: dict[str, str], body: str, status: int) -> HttpResponse:
    """Return what oauthlib says; how a program shows who it is, RFC 6749 (5.2) has us say."""
    challenge = _CHALLENGE if status == HTTPStatus.UNAUTHORIZED else {}
    return HttpResponse(body, status=status, headers={**headers, **_NO_STORE, **challenge})


def _refusal(status: int, error: str, description: str) -> JsonResponse:
    headers = {**_NO_STORE, **(_CHALLENGE if status == HTTPStatus.UNAUTHORIZED else {})}
    return JsonResponse(
        {"error": error, "error_description": description}, status=status, headers=headers
    )
