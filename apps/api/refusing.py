"""Turns whatever an operation raises into a problem, and keeps denied attempts in the audit log."""

import logging
from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import (
    BadRequest,
    ObjectDoesNotExist,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext_lazy as _
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
from apps.common.errors import DomainError, NotPermitted, RecentSignInNeeded
from apps.programs.errors import TokenRefused
from apps.programs.tokens import metadata_address

if TYPE_CHECKING:
    from ninja import NinjaAPI

    from apps.api.request import ApiRequest

logger = logging.getLogger(__name__)

_REALM = 'Bearer realm="Assets"'
_ASCII = "A more recent sign-in is required"


_WHOLE = _("Send a whole number.")
_NUMBER = _("Send a number.")
_TEXT = _("Send a text.")
_YES_OR_NO = _("Send true or false.")
_OBJECT = _("Send an object.")
_LIST = _("Send a list.")
_MOMENT = _("Send a moment as ISO 8601 with its offset: 2026-11-26T09:00:00Z.")
_DAY = _("Send a day as ISO 8601: 2026-11-26.")
_UUID = _("Send a UUID, such as 8f14e45f-ceea-467f-9a9e-0f3e5b2c7d11.")
_ONE_OF = _("Send one of {expected}.")
_WORDS = {
    "missing": _("This is missing. Add it."),
    "extra_forbidden": _("There is no such field here. Leave it out."),
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": _("Send a whole number with fewer digits."),
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "string_type": _TEXT,
    "string_unicode": _("Send whole characters: half of a surrogate pair is none."),
    "bool_type": _YES_OR_NO,
    "bool_parsing": _YES_OR_NO,
    "list_type": _LIST,
    "set_type": _LIST,
    "tuple_type": _LIST,
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "timezone_aware": _("Add the offset to the moment: 2026-11-26T09:00:00Z."),
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "uuid_type": _UUID,
    "uuid_parsing": _UUID,
    "string_too_short": _("Send at least {min_length} characters."),
    "string_too_long": _("Send at most {max_length} characters."),
    "string_pattern_mismatch": _("Send a text of the form {pattern}."),
    "too_short": _("Send at least {min_length}."),
    "too_long": _("Send at most {max_length}."),
    "greater_than_equal": _("Send {ge} or more."),
    "greater_than": _("Send more than {gt}."),
    "less_than_equal": _("Send {le} or less."),
    "less_than": _("Send less than {lt}."),
    "enum": _ONE_OF,
    "literal_error": _ONE_OF,
}


def register(api: "NinjaAPI") -> None:
    """Let `api` answer every failure with a problem."""
    api.add_exception_handler(DomainError, refused)
    api.add_exception_handler(ValidationError, not_valid)
    api.add_exception_handler(HttpError, not_readable)
    api.add_exception_handler(ObjectDoesNotExist, not_found)
    api.add_exception_handler(Http404, not_found)
    api.add_exception_handler(RequestDataTooBig, too_large)
    api.add_exception_handler(TooManyFilesSent, too_large)
    api.add_exception_handler(TooManyFieldsSent, too_large)
    api.add_exception_handler(SuspiciousOperation, not_readable)
    api.add_exception_handler(BadRequest, not_readable)
    api.add_exception_handler(MultiPartParserError, not_readable)
    api.add_exception_handler(UnreadablePostError, not_readable)
    api.add_exception_handler(Exception, failed)


def _where() -> str:
    """Return the challenge that also says where tokens are got (RFC 9728, section 5.1)."""
    return f'{_REALM}, resource_metadata="{metadata_address()}"'


def refused(request: HttpRequest, refusal: Any) -> HttpResponse:
    """Answer with the refusal; an attempt that was not permitted is in the audit log."""
    ours = cast("ApiRequest", request)
    if isinstance(refusal, NotPermitted) and isinstance(request.user, User):
        audit.keep_denial(refusal, _attempt(request), actor=ours.user)
    answer = problems.response_to(refusal, request)
    if isinstance(refusal, TokenMissing):
        answer["WWW-Authenticate"] = _where()
    elif isinstance(refusal, RecentSignInNeeded):
        # RFC 9470, section 3: how long ago the sign-in may be, in seconds.
        answer["WWW-Authenticate"] = (
            f'{_REALM}, error="insufficient_user_authentication", '
            f'error_description="{_ASCII}", max_age={refusal.max_age}'
        )
    elif isinstance(refusal, TokenRefused):
        answer["WWW-Authenticate"] = f'{_where()}, error="invalid_token"'
    elif isinstance(refusal, ScopeMissing):
        scope = refusal.facts["scope"]
        answer["WWW-Authenticate"] = f'{_REALM}, error="insufficient_scope", scope="{scope}"'
    elif isinstance(refusal, QuotaUsedUp):
        answer["Retry-After"] = str(refusal.facts["seconds"])
    return answer


def not_valid(request: HttpRequest, error: Any) -> HttpResponse:
    """Answer with what is wrong with each field."""
    return refused(request, FieldsRefused([_field_problem(fault) for fault in error.errors]))


def not_readable(request: HttpRequest, error: Any) -> HttpResponse:
    """Answer that the body cannot be read, and where, when whoever read it has said so."""
    # Ninja wraps whatever its parser raises.
    known = error.__cause__
    if not isinstance(known, DomainError):
        known = MalformedRequest(why=_("the body is not what its Content-Type says."))
    return refused(request, known)


def not_found(request: HttpRequest, _error: Any) -> HttpResponse:
    """Answer that there is no such thing."""
    return refused(request, NotFound())


def too_large(_request: HttpRequest, _error: Any) -> HttpResponse:
    """Answer that the body is too large."""
    return problems.response(413, detail=str(_("The body is too large. Send less at a time.")))


def failed(request: HttpRequest, error: Any) -> HttpResponse:
    """Answer that it is our mistake, without its details, and keep those in the process log."""
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return problems.response(
        500, detail=str(_("This is our mistake. Tell an administrator the request_id."))
    )


def _attempt(request: HttpRequest) -> str:
    name = request.resolver_match.url_name if request.resolver_match else ""
    return f"api.{request.method or ''} {name or ''}".strip().lower().replace(" ", "_")


def _field_problem(fault: dict[str, Any]) -> FieldProblem:
    """Return a fault of pydantic with its field as a path, and what to do about it."""
    source, *place = fault["loc"]
    return FieldProblem(field=_path(place) or str(source), message=_words(fault))


def _path(place: list[Any]) -> str:
    path = ""
    for part in place:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def _words(fault: dict[str, Any]) -> str:
    """Return what to do about a fault of pydantic; its own words where we have none."""
    sentence = _WORDS.get(fault["type"])
    if sentence is None:
        return f"{str(fault['msg']).removeprefix('Value error, ').rstrip('.')}."
    return str(sentence).format(**(fault.get("ctx") or {}))
