"""The OpenAPI document: what Ninja writes, and what it cannot know about our conventions."""

from copy import deepcopy
from typing import Any

from django.conf import settings

from apps.api.checking import JSON
from apps.api.examples import add_examples, problem_example
from apps.api.problems import CONTENT_TYPE
from apps.api.told import MESSAGE, webhooks
from apps.programs.scopes import SCOPES

_WRITES = ("post", "patch", "put", "delete")
_HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": {
        "description": "the identifier under which the audit log keeps the request",
        "schema": {"type": "string", "format": "uuid"},
    },
    "RateLimit-Policy": {
        "description": "how many requests the program may send in how many seconds",
        "schema": {"type": "string", "examples": ['"program";q=600;w=60']},
    },
    "RateLimit": {
        "description": "how many are left, and for how many seconds",
        "schema": {"type": "string", "examples": ['"program";r=599;t=60']},
    },
    "ETag": {
        "description": "names this state; send it in If-Match to change the thing",
        "schema": {"type": "string"},
    },
    "Location": {"description": "where the new thing is", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "true when the deed was done by an earlier request with the same key",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Retry-After": {"description": "seconds to wait", "schema": {"type": "integer"}},
    "WWW-Authenticate": {
        "description": "what is wrong with the token (RFC 6750), or how old the sign-in may be "
        "(RFC 9470)",
        "schema": {"type": "string"},
    },
    "Deprecation": {"description": "since when (RFC 9745)", "schema": {"type": "string"}},
    "Sunset": {"description": "until when (RFC 8594)", "schema": {"type": "string"}},
    "Link": {"description": "what to use instead (RFC 8288)", "schema": {"type": "string"}},
}
_TAGS = {
    "me": "Who you are, and what waits for you.",
    "approvals": "Requests for approval: what waits for whom, and deciding.",
    "reports": "The catalogue, running reports, their files, and schedules.",
    "notices": "What you were told.",
    "people": "People, for those who work with them.",
    "assets": "The register: what can be borrowed, and what it costs.",
    "categories": "Kinds of assets, and their tariffs.",
    "availability": "What is free when.",
    "tickets": "Requests to borrow, from the draft to the return.",
    "desk": "Handing out, taking back and inspecting.",
    "comments": "What people say on tickets.",
    "files": "Photos, signatures and receipts of tickets, and what people attach.",
    "extensions": "Keeping longer what is out.",
    "claims": "Damage and loss, what is owed, and strikes.",
    "waiting list": "Waiting for what is taken.",
    "wallets": "Balances and statements.",
    "holds": "Money that is set aside.",
    "adjustments": "Changes of wallets that somebody asks for and others decide on.",
    "journal": "The ledger: transactions, periods and the trial balance.",
    "exchanges": "Money from one currency into another.",
    "webhooks": "Events that are sent to programs.",
    "audit": "What was done by whom, and the seals that prove it.",
    "problems": "What the type of a problem means; for everybody.",
}
"""What each part is for; those that no operation has are left out."""
_PARAMETERS: dict[str, dict[str, Any]] = {
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "made once for each deed; the same request again does it no second time",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        "example": "5f0c6a1e-2f7b-4d0e-9c52-5a9d7b0f6c11",
    },
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "required": True,
        "description": "the ETag that you read; the change is refused when it is another by now",
        "schema": {"type": "string", "minLength": 1},
        "example": '"0123456789abcdef0123456789abcdef"',
    },
}


def finished(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with security, headers and the media type of problems."""
    document["servers"] = [{"url": settings.BASE_URL}]
    document["components"]["securitySchemes"] = {"OAuth": _oauth()}
    document["components"]["headers"] = deepcopy(_HEADERS)
    used = set()
    for path in document["paths"].values():
        # Any GET may be asked for its headers alone; that needs no description of its own.
        path.pop("head", None)
        for method, operation in path.items():
            _unwrap(operation)
            _finish(method, operation)
            used |= set(operation.get("tags", ()))
    document["tags"] = [
        {"name": name, "description": words} for name, words in _TAGS.items() if name in used
    ]
    add_examples(document)
    document["components"]["schemas"]["WebhookMessage"] = MESSAGE
    document["webhooks"] = webhooks()
    return document


def _oauth() -> dict[str, Any]:
    scopes = {name: str(words) for name, words in SCOPES.items()}
    token = f"{settings.BASE_URL}/oauth/token/"
    return {
        "type": "oauth2",
        "description": "Authorization code with PKCE (S256) for people, client credentials for "
        "programs by themselves. A scope only narrows: roles and the object decide too.",
        "flows": {
            "authorizationCode": {
                "authorizationUrl": f"{settings.BASE_URL}/oauth/authorize/",
                "tokenUrl": token,
                "refreshUrl": token,
                "scopes": scopes,
            },
            "clientCredentials": {"tokenUrl": token, "scopes": scopes},
        },
    }


def _finish(method: str, operation: dict[str, Any]) -> None:
    scope = operation.pop("x-scope", None)
    operation["security"] = [{"OAuth": [scope]}] if scope else []
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            words = parameter["name"].replace("_", " ")
            of = words.removesuffix(" id")
            parameter.setdefault(
                "description", f"the {words}" if of == words else f"the id of the {of}"
            )
    if method == "post":
        operation.setdefault("parameters", []).append(_PARAMETERS["Idempotency-Key"])
    elif method in _WRITES:
        operation.setdefault("parameters", []).append(_PARAMETERS["If-Match"])
    for status, answer in operation["responses"].items():
        headers = ["X-Request-Id"]
        if scope and int(status) not in {401, 405}:
            headers += ["RateLimit-Policy", "RateLimit"]
        if int(status) >= 400:  # noqa: PLR2004
            _as_problem(answer, int(status))
            headers += {429: ["Retry-After"], 401: ["WWW-Authenticate"]}.get(int(status), [])
        elif JSON in answer.get("content", {}):
            headers.append("ETag")
            headers += ["Idempotency-Replayed"] if method == "post" else []
            headers += ["Location"] if int(status) == 201 else []  # noqa: PLR2004
        if operation.get("deprecated") and int(status) < 400:  # noqa: PLR2004
            headers += ["Deprecation", "Sunset", "Link"]
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}


def _unwrap(operation: dict[str, Any]) -> None:
    """Take away the wrapping that a default value brings along around the type of a parameter."""
    for parameter in operation.get("parameters", ()):
        match parameter["schema"]:
            case {"allOf": [dict(only)], **rest}:
                parameter["schema"] = {**only, **rest}


def _as_problem(answer: dict[str, Any], status: int) -> None:
    content = answer.get("content", {})
    if JSON in content:
        content[CONTENT_TYPE] = {**content.pop(JSON), "example": problem_example(status)}
