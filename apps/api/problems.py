"""Refusals as RFC 9457 wants them: `application/problem+json` with a type that never changes.

The type of a problem is the address of its page, `/api/v1/problems/<name>`, and its name is that of
the refusal’s class. `apps/api/tests/problem_types.txt` keeps the names, so none changes unnoticed.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel, ConfigDict, Field

from apps.api import errors, fields
from apps.assets.errors import AssetChangedMeanwhile
from apps.audit.context import origin
from apps.common.errors import DomainError, MoveNotAllowed, NotPermitted, RecentSignInNeeded
from apps.programs.errors import TokenRefused
from apps.tickets.errors import StalePage
from apps.wallets import errors as money

CONTENT_TYPE = "application/problem+json"

STATUS: Mapping[type[DomainError], int] = {
    DomainError: 422,
    MoveNotAllowed: 409,
    NotPermitted: 403,
    RecentSignInNeeded: 401,
    AssetChangedMeanwhile: 409,
    StalePage: 409,
    TokenRefused: 401,
    errors.TokenMissing: 401,
    errors.NotFound: 404,
    errors.Hidden: 404,
    errors.MalformedRequest: 400,
    errors.UnsupportedContent: 415,
    errors.KeyMissing: 400,
    errors.KeyReused: 422,
    errors.KeyInUse: 409,
    errors.AnswerLost: 409,
    errors.PreconditionMissing: 428,
    errors.Changed: 412,
    errors.QuotaUsedUp: 429,
    money.AlreadyReversed: 409,
    money.Collision: 409,
    money.EarlierPeriodOpen: 409,
    money.HoldBelongs: 409,
    money.HoldEnded: 409,
    money.LaterPeriodClosed: 409,
    money.PeriodClosed: 409,
    money.PeriodNotOver: 409,
    money.ReversalIsFinal: 409,
    money.StalePage: 412,
    money.WalletExists: 409,
    money.WalletNotActive: 409,
    money.WalletNotEmpty: 409,
}
"""The status of a refusal is that of the nearest class above it that stands here."""


class FieldProblem(BaseModel):
    """What is wrong with one field, and what to do about it."""

    field: str = Field(
        description="where it is, such as lines[0].asset; also a parameter or a header by name",
        examples=["amount"],
    )
    message: str = Field(description="what to do about it", examples=["This is missing. Add it."])
    pointer: str | None = Field(
        default=None,
        description="the place in the JSON of the body (RFC 6901); null when it is not in a body",
        examples=["#/amount"],
    )


class Problem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "https://assets.example.com/api/v1/problems/api.scope-missing",
                    "title": "The token does not reach so far.",
                    "status": 403,
                    "detail": "The access token lacks the scope “tickets:read”. Ask for a token "
                    "with it.",
                    "request_id": "8f14e45f-ceea-467f-9a9e-0f3e5b2c7d11",
                    "errors": [],
                    "facts": {"scope": "tickets:read"},
                }
            ]
        }
    )

    type: str = Field(description="address of the page about this kind of problem")
    title: str = Field(description="the kind of problem, the same for all of its kind")
    status: int = Field(description="the HTTP status")
    detail: str = Field(description="what happened and what to do, in one sentence")
    request_id: str = Field(description="the identifier under which the audit log keeps it")
    errors: list[FieldProblem] = Field(description="what is wrong with each field")
    facts: dict[str, Any] = Field(description="what the sentence names, for programs to read")


def name_of(kind: type[DomainError]) -> str:
    """Return the name of a kind of problem: its app, and its class in kebab case."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", kind.__name__)
    return f"{kind.__module__.split('.')[1]}.{name.lower()}"


def title_of(kind: type[DomainError]) -> str:
    """Return what all problems of a kind have in common: the first line of its docstring."""
    return (kind.__doc__ or kind.__name__).strip().partition("\n")[0]


def status_of(kind: type[DomainError]) -> int:
    """Return the HTTP status of a kind of problem."""
    return next(STATUS[base] for base in kind.__mro__ if base in STATUS)


def kinds() -> list[type[DomainError]]:
    """Return every kind of problem of this program, by name."""
    ours = {kind for kind in _below(DomainError) if re.match(r"apps\.(?!.*tests)", kind.__module__)}
    return sorted(ours, key=name_of)


def _below(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def type_of(name: str) -> str:
    """Return the address that names a kind of problem."""
    return f"{settings.BASE_URL}/api/v1/problems/{name}"


def response_to(refusal: DomainError, request: HttpRequest | None = None) -> HttpResponse:
    """Return the answer that says why, and where in the body of `request`."""
    return _answer(problem_of(refusal, request))


def problem_of(refusal: DomainError, request: HttpRequest | None = None) -> Problem:
    """Return the refusal as a problem."""
    # To whom it is hidden, it is not found, and nothing shall tell the difference.
    kind = errors.NotFound if isinstance(refusal, errors.Hidden) else type(refusal)
    return Problem(
        type=type_of(name_of(kind)),
        title=title_of(kind),
        status=status_of(kind),
        detail=refusal.message,
        request_id=str(origin().request_id),
        errors=list(_field_problems(refusal, request)),
        facts={name: _plain(value) for name, value in refusal.facts.items()},
    )


def _field_problems(refusal: DomainError, request: HttpRequest | None) -> Iterator[FieldProblem]:
    """Yield what is wrong with each field, and where in the body of `request` it is."""
    for fault in _faults_of(refusal, request):
        if request is not None:
            fault.pointer = fields.pointer_to(fault.field, request)
        yield fault


def _faults_of(refusal: DomainError, request: HttpRequest | None) -> Iterator[FieldProblem]:
    """Yield what is wrong with each field, as far as the refusal, or the API, knows its fields."""
    faults = list(getattr(refusal, "errors", ()))
    faults += [FieldProblem(field=name, message=text) for name, text in refusal.faults_of_fields]
    yield from faults
    if not faults and request is not None:
        name = fields.field_of(name_of(type(refusal)), request)
        if name:
            yield FieldProblem(field=name, message=refusal.message)


def response(status: int, *, detail: str = "") -> HttpResponse:
    """Return a problem that means no more than its status says."""
    phrase = HTTPStatus(status).phrase
    return _answer(
        Problem(
            type="about:blank",
            title=phrase,
            status=status,
            detail=detail or phrase,
            request_id=str(origin().request_id),
            errors=[],
            facts={},
        )
    )


def _answer(problem: Problem) -> HttpResponse:
    body = problem.model_dump_json()
    return HttpResponse(body, content_type=CONTENT_TYPE, status=problem.status)


def _plain(value: object) -> Any:
    """Return a fact as JSON can say it; what is no plain value is said by its name."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(part) for part in value]
    return str(value)
