"""Turns whatever an operation raises into a problem, and keeps denied attempts in the audit log."""

import logging
from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from ninja.errors import HttpError, ValidationError

from apps.accounts.models import User
from apps.api import problems
from apps.api.errors import (
    FieldsRefused,
    MalformedRequest,
    NotFound,
    QuotaUsedUp,
    ScopeMissing,
    TokenMissing,
)
from apps.api.problems import FieldProblem
from apps.audit import services as audit
from apps.common.errors import DomainError, NotPermitted
from apps.programs.errors import TokenRefused

if TYPE_CHECKING:
    from ninja import NinjaAPI

    from apps.api.request import ApiRequest

logger = logging.getLogger(__name__)

_REALM = 'Bearer realm="Assets"'


def register(api: "NinjaAPI") -> None:
    """Let `api` answer every failure with a problem."""
    api.add_exception_handler(DomainError, refused)
    api.add_exception_handler(ValidationError, not_valid)
    api.add_exception_handler(HttpError, not_readable)
    api.add_exception_handler(ObjectDoesNotExist, not_found)
    api.add_exception_handler(Http404, not_found)
    api.add_exception_handler(MultiPartParserError, no_form)
    api.add_exception_handler(UnreadablePostError, no_form)
    api.add_exception_handler(RequestDataTooBig, too_large)
    api.add_exception_handler(TooManyFilesSent, too_large)
    api.add_exception_handler(Exception, failed)


def refused(request: HttpRequest, refusal: Any) -> HttpResponse:
    """Answer with the refusal; an attempt that was not permitted is in the audit log."""
    ours = cast("ApiRequest", request)
    if isinstance(refusal, NotPermitted) and isinstance(request.user, User):
        audit.keep_denial(refusal, _attempt(request), actor=ours.user)
    answer = problems.response_to(refusal)
    if isinstance(refusal, TokenMissing):
        answer["WWW-Authenticate"] = _REALM
    elif isinstance(refusal, TokenRefused):
        answer["WWW-Authenticate"] = f'{_REALM}, error="invalid_token"'
    elif isinstance(refusal, ScopeMissing):
        scope = refusal.facts["scope"]
        answer["WWW-Authenticate"] = f'{_REALM}, error="insufficient_scope", scope="{scope}"'
    elif isinstance(refusal, QuotaUsedUp):
        answer["Retry-After"] = str(refusal.facts["seconds"])
    return answer


def not_valid(request: HttpRequest, error: Any) -> HttpResponse:
    """Answer with what is wrong with each field."""
    return refused(request, FieldsRefused([_field_problem(fault) for fault in error.errors]))


def not_readable(request: HttpRequest, _error: Any) -> HttpResponse:
    """Answer that the body is no JSON."""
    return refused(request, MalformedRequest(why=_("the body is no JSON.")))


def no_form(request: HttpRequest, _error: Any) -> HttpResponse:
    """Answer that the body is no form, or ended too early."""
    return refused(request, MalformedRequest(why=_("the body is no multipart form.")))


def not_found(request: HttpRequest, _error: Any) -> HttpResponse:
    """Answer that there is no such thing."""
    return refused(request, NotFound())


def too_large(_request: HttpRequest, _error: Any) -> HttpResponse:
    """Answer that the body is too large."""
    return problems.response(413, detail=_("The body is too large. Send less at a time."))


def failed(request: HttpRequest, error: Any) -> HttpResponse:
    """Answer that it is our mistake, without its details, and keep those in the process log."""
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return problems.response(
        500, detail=_("This is our mistake. Tell an administrator the request_id.")
    )


def _attempt(request: HttpRequest) -> str:
    name = request.resolver_match.url_name if request.resolver_match else ""
    return f"api.{request.method or ''} {name or ''}".strip().lower().replace(" ", "_")


def _field_problem(fault: dict[str, Any]) -> FieldProblem:
    """Return a fault of pydantic with its field as a path, and what to do about it."""
    # The first part says where it came from: body, query, path, form or file.
    source, *place = fault["loc"] or ("body",)
    # Of a body, Ninja puts the name of the view’s parameter next, which no program knows.
    if source == "body":
        place = place[1:]
    return FieldProblem(field=_path(place) or "body", message=_words(fault))


def _path(place: list[Any]) -> str:
    path = ""
    for part in place:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def _words(fault: dict[str, Any]) -> str:
    context = fault.get("ctx") or {}
    known = {
        "missing": _("This is missing. Add it."),
        "extra_forbidden": _("There is no such field here. Leave it out."),
        "int_type": _("Send a whole number."),
        "int_parsing": _("Send a whole number."),
        "int_from_float": _("Send a whole number."),
        "string_type": _("Send a text."),
        "bool_parsing": _("Send true or false."),
        "list_type": _("Send a list."),
        "datetime_parsing": _("Send a moment as ISO 8601 with its offset: 2026-11-26T09:00:00Z."),
        "datetime_from_date_parsing": _(
            "Send a moment as ISO 8601 with its offset: 2026-11-26T09:00:00Z."
        ),
        "timezone_aware": _("Add the offset to the moment: 2026-11-26T09:00:00Z."),
        "date_from_datetime_parsing": _("Send a day as ISO 8601: 2026-11-26."),
        "date_parsing": _("Send a day as ISO 8601: 2026-11-26."),
        "string_too_short": _("Send at least {min_length} characters."),
        "string_too_long": _("Send at most {max_length} characters."),
        "too_short": _("Send at least {min_length}."),
        "too_long": _("Send at most {max_length}."),
        "greater_than_equal": _("Send {ge} or more."),
        "greater_than": _("Send more than {gt}."),
        "less_than_equal": _("Send {le} or less."),
        "enum": _("Send one of {expected}."),
        "literal_error": _("Send one of {expected}."),
        "string_pattern_mismatch": _("Send a text of the form {pattern}."),
    }
    sentence = known.get(fault["type"])
    if sentence is None:
        return f"{str(fault['msg']).removeprefix('Value error, ').rstrip('.')}."
    return sentence.format(**context)
