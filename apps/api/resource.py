"""Resources: routers whose operations keep the conventions of this API by themselves.

- `reads` is a GET. Its answer carries an ETag, and `If-None-Match` is answered with 304.
- `does` is a POST. It needs an Idempotency-Key, and its deed is done once.
- `changes` and `removes` are PATCH and DELETE. They need `If-Match`; the operation calls
  `unchanged(request, …)` with what the thing looks like under its lock.

Each names its scope, and refuses query parameters that it does not know.
"""

import hashlib
import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.http import HttpResponse
from django.utils.http import http_date
from ninja import Router
from pydantic import BaseModel

from apps.api.bearer import Bearer
from apps.api.checking import (
    FORM,
    JSON,
    refuse_unknown_parameters,
    refuse_what_nothing_holds,
)
from apps.api.errors import Changed, PreconditionMissing
from apps.api.idempotency import once
from apps.api.problems import Problem
from apps.audit.context import Origin, coming_from, origin

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpRequest

    from apps.api.request import ApiRequest

type View = Callable[..., Any]
ALWAYS = (400, 401, 403, 404, 405, 422, 429, 500)
"""What any operation may answer when it refuses."""
WHEN_WRITING = (409, 413, 415)


@dataclass(frozen=True)
class Retirement:
    """From when an operation should not be used any more, and from when it is gone.

    Sent as `Deprecation` (RFC 9745) and `Sunset` (RFC 8594).
    """

    since: "date"
    until: "date"
    instead: str
    """The path to use in its place."""

    def headers(self) -> dict[str, str]:
        """Return how the answer says it."""
        since, until = (
            datetime.combine(day, time.min, tzinfo=UTC).timestamp()
            for day in (self.since, self.until)
        )
        return {
            "Deprecation": f"@{int(since)}",
            "Sunset": http_date(until),
            "Link": f'<{self.instead}>; rel="successor-version"',
        }


@dataclass(frozen=True)
class Answer:
    """What an operation answers when its content is not all there is to say."""

    content: BaseModel
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Resource(Router):
    """A router that keeps the conventions; see the module."""

    def reads(self, path: str, *, scope: str, gives: Any, **options: Any) -> Callable[[View], View]:
        """Register a GET."""
        return self._operation("GET", path, scope=scope, gives={200: gives}, **options)

    def shows(self, path: str, *, gives: Any, **options: Any) -> Callable[[View], View]:
        """Register a GET for everybody, without a token."""
        return self._operation("GET", path, scope=None, gives={200: gives}, **options)

    def hands_out(
        self, path: str, *, scope: str, types: Collection[str], **options: Any
    ) -> Callable[[View], View]:
        """Register a GET of a file, in one of these content types."""
        content = {name: {"schema": {"type": "string", "format": "binary"}} for name in types}
        extra = {"responses": {200: {"description": "OK", "content": content}}}
        return self._operation(
            "GET", path, scope=scope, gives={200: None}, openapi_extra=extra, **options
        )

    def does(
        self, path: str, *, scope: str, gives: Any, status: int = 200, **options: Any
    ) -> Callable[[View], View]:
        """Register a POST; `status` is 201 when something new comes of it."""
        return self._operation(
            "POST", path, scope=scope, gives={status: gives}, fails=WHEN_WRITING, **options
        )

    def changes(
        self, path: str, *, scope: str, gives: Any, **options: Any
    ) -> Callable[[View], View]:
        """Register a PATCH."""
        fails = (*WHEN_WRITING, 412, 428)
        return self._operation(
            "PATCH", path, scope=scope, gives={200: gives}, fails=fails, **options
        )

    def removes(self, path: str, *, scope: str, **options: Any) -> Callable[[View], View]:
        """Register a DELETE, which answers with nothing."""
        fails = (409, 412, 428)
        return self._operation(
            "DELETE", path, scope=scope, gives={204: None}, fails=fails, **options
        )

    def _operation(
        self,
        method: str,
        path: str,
        *,
        scope: str | None,
        gives: Mapping[int, Any],
        fails: Collection[int] = (),
        retires: Retirement | None = None,
        **options: Any,
    ) -> Callable[[View], View]:
        status = next(iter(gives))

        def register(view: View) -> View:
            @wraps(view)
            def operation(request: "ApiRequest", *args: Any, **values: Any) -> HttpResponse:
                def run() -> HttpResponse:
                    return presented(view(request, *args, **values), status)

                refuse_unknown_parameters(request, known, repeatable)
                refuse_what_nothing_holds(values)
                with coming_from(_origin_of(request)):
                    answer = _CARRY_OUT[method](request, run)
                for name, value in (retires.headers() if retires else {}).items():
                    answer[name] = value
                return answer

            extra = {"x-scope": scope, **options.pop("openapi_extra", {})}
            door = Bearer(scope) if scope else None
            add = self.api_operation(
                # Whoever may GET may ask for its headers alone (RFC 9110, section 9.1).
                ["GET", "HEAD"] if method == "GET" else [method],
                path,
                auth=door,
                operation_id=view.__name__,
                response={**gives, **dict.fromkeys((*ALWAYS, *fails), Problem)},
                summary=_summary_of(view),
                description=_description_of(view),
                deprecated=retires is not None or None,
                openapi_extra=extra,
                **options,
            )
            added: View = add(operation)
            models = self.path_operations[path].operations[-1].models
            known, repeatable = _parameters_of(models)
            if door is not None:
                door.content_type = _content_of(models)
            return added

        return register


def _parameters_of(models: Collection[Any]) -> tuple[set[str], set[str]]:
    """Return the names of the query that an operation knows, and those that may come twice."""
    queries = [model for model in models if model.__ninja_param_source__ == "query"]
    lists = (getattr(model, "__ninja_collection_fields__", ()) for model in queries)
    return (
        {name for model in queries for name in _names_in(model)},
        {name for names in lists for name in names},
    )


def _origin_of(request: "ApiRequest") -> Origin:
    access = getattr(request, "access", None)
    return replace(origin(), authenticated_at=access.authenticated_at if access else None)


def _read(request: "ApiRequest", run: Callable[[], HttpResponse]) -> HttpResponse:
    return not_modified(request, run())


@transaction.atomic
def _change(_request: "ApiRequest", run: Callable[[], HttpResponse]) -> HttpResponse:
    return run()


_CARRY_OUT = {"GET": _read, "POST": once, "PATCH": _change, "DELETE": _change}


def presented(result: Any, status: int) -> HttpResponse:
    """Return the answer of an operation, as JSON with an ETag unless it is a file."""
    if isinstance(result, Answer):
        answer = presented(result.content, result.status)
        for name, value in result.headers.items():
            answer[name] = value
        return answer
    if result is None:
        return HttpResponse(status=status)
    if isinstance(result, BaseModel):
        body = result.model_dump_json().encode()
        answer = HttpResponse(body, content_type=JSON, status=status)
        answer["ETag"] = _tag(body)
        return answer
    file: HttpResponse = result
    return file


def tag_of(content: BaseModel) -> str:
    """Return the ETag of what a thing looks like to whoever asks: a digest of its JSON."""
    return _tag(content.model_dump_json().encode())


def unchanged(request: "HttpRequest", current: BaseModel) -> None:
    """Return when `If-Match` names what the thing looks like now, under its lock.

    Raises:
        PreconditionMissing: there is no such header.
        Changed: it looks different now.
    """
    wanted = request.headers.get("If-Match", "").strip()
    if not wanted:
        raise PreconditionMissing
    if wanted != "*" and tag_of(current) not in {part.strip() for part in wanted.split(",")}:
        raise Changed


def not_modified(request: "HttpRequest", answer: HttpResponse) -> HttpResponse:
    """Return 304 when whoever asks has this answer already."""
    tags = {part.strip().removeprefix("W/") for part in _asked(request).split(",")}
    tag = answer.get("ETag")
    if answer.status_code != 200 or tag is None or not tags & {tag, "*"}:  # noqa: PLR2004
        return answer
    short = HttpResponse(status=304)
    short["ETag"] = tag
    return short


def _asked(request: "HttpRequest") -> str:
    return request.headers.get("If-None-Match", "")


def _tag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _names_in(model: Any) -> set[str]:
    flat = getattr(model, "__ninja_flatten_map__", None)
    return set(flat) if flat else set(model.model_fields)


def _content_of(models: Collection[Any]) -> str:
    """Return of which kind the body is that an operation reads; nothing when it reads none."""
    sources = {model.__ninja_param_source__ for model in models}
    if sources & {"file", "form"}:
        return FORM
    return JSON if "body" in sources else ""


def _summary_of(view: View) -> str:
    return (inspect.getdoc(view) or view.__name__).partition("\n")[0].rstrip(".")


def _description_of(view: View) -> str:
    return (inspect.getdoc(view) or "").partition("\n")[2].strip()
