"""The pages that say what went wrong, which need neither the database nor a session.

Programs get the same as a problem (RFC 9457). Whatever happened has a request id, which is in the
process log and in the audit log too: with it an engineer finds what happened.
"""

import logging
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from csp.constants import NONE, SELF
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from apps.api import problems
from apps.audit.context import current
from apps.audit.models import Source

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

logger = logging.getLogger(__name__)

ID_HEADER = "X-Request-Id"
_KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate", ID_HEADER)
_FOR_PROGRAMS = re.compile(r"/(api/|\.well-known/|oauth/(token|introspect|revoke)(/|$))")
_WEB = {Source.ADMIN, Source.API}
_TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)

POLICY: dict[str, Any] = {
    "default-src": [NONE],
    "style-src": [SELF],
    "script-src": [SELF],
    "font-src": [SELF],
    "img-src": [SELF],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [NONE],
}
"""Content-Security-Policy of these pages, wherever they are: our own files, and nothing else."""


@dataclass(frozen=True)
class Failure:
    """What happened, in a few words, and what to do."""

    title: "_StrOrPromise"
    advice: "_StrOrPromise"


FAILURES: dict[int, Failure] = {
    400: Failure(
        _("This could not be read"),
        _("Your browser sent something that makes no sense here. Reload the page and try again."),
    ),
    403: Failure(
        _("You may not do this"),
        _(
            "Your roles do not allow it, or it belongs to somebody else. "
            "If it is your work, ask an administrator for the role."
        ),
    ),
    404: Failure(
        _("There is no such page"),
        _(
            "The address has a mistake, or what was here is gone. "
            "Look for it from the first page of the office."
        ),
    ),
    405: Failure(
        _("This address only works from its button"),
        _("Nothing was changed. Go back and use the button on the page."),
    ),
    413: Failure(
        _("This is too large"),
        _(
            "Nothing was kept. A file may have 10 MB, and everything sent at once 12 MB. "
            "Make it smaller, or send one after the other."
        ),
    ),
    429: Failure(
        _("Too many attempts"),
        _("Wait five minutes, then try again."),
    ),
    500: Failure(
        _("This is our mistake"),
        _(
            "It is written down. What you did last may not have been kept: look before you repeat "
            "it. Tell an administrator the request id."
        ),
    ),
}
_FORGED = Failure(
    _("This form was not taken"),
    _(
        "Nothing was changed. The page was open for too long, you signed in elsewhere since, or "
        "cookies are blocked. Go back, reload the page, and send it again."
    ),
)
# A dialog keeps what was typed, and fetches a new mark before it is sent again.
_FORGED_IN_DIALOG = Failure(
    _("This form was not taken"),
    _(
        "Nothing was changed: it was open for too long, or you signed in elsewhere since. Press "
        "the button again. If that does not help, copy what you typed and reload the page."
    ),
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what could not be read, or was too much."""
    return _answer(request, 413 if isinstance(exception, _TOO_LARGE) else 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Answer who may not do this."""
    return _answer(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Answer that there is no such page."""
    return _answer(request, 404)


def too_often(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Answer who tried too often."""
    return _answer(request, 429)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer that it is our mistake, even when nothing else works."""
    request_id = _request_id()
    if not request_id:
        request_id = str(uuid.uuid4())
        # It failed before the request was named: this line joins it to the traceback beside it.
        logger.error("%s %s failed as request %s", request.method, request.path, request_id)
    answer = _answer(request, 500, request_id=request_id)
    answer[ID_HEADER] = request_id
    return answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """Answer who sent a form that is not known to come from our own page."""
    is_dialog = "HX-Request" in request.headers
    return _answer(request, 403, _FORGED_IN_DIALOG if is_dialog else _FORGED)


class FailurePagesMiddleware:
    """Gives an answer about a failure that says nothing the page that says what to do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer; what has words of its own passes untouched."""
        bare = self.get_response(request)
        if bare.status_code not in FAILURES or getattr(bare, "content", True):
            return bare
        answer = _answer(request, bare.status_code, request_id=bare.headers.get(ID_HEADER, ""))
        for name in _KEPT_HEADERS:
            if name in bare:
                answer[name] = bare[name]
        answer.cookies = bare.cookies
        return answer


def _request_id() -> str:
    """Return the id of this very request; nothing when it was not named yet."""
    here = current()
    return str(here.request_id) if here and here.source in _WEB else ""


def _answer(
    request: HttpRequest, status: int, failure: Failure | None = None, *, request_id: str = ""
) -> HttpResponse:
    failure = failure or FAILURES[status]
    if _FOR_PROGRAMS.match(request.path_info) or not request.accepts("text/html"):
        return problems.response(status, detail=str(failure.advice))
    # Without the request: what the processors of context would add is read from the database.
    page = render_to_string(
        "project/failure.html",
        {
            "status": status,
            "failure": failure,
            "request_id": request_id or _request_id(),
        },
    )
    answer = HttpResponse(page, status=status)
    # Where the library’s decorators keep it, which are for views only.
    answer._csp_config = POLICY  # type: ignore[attr-defined]  # noqa: SLF001
    return answer
