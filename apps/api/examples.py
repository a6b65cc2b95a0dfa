"""An example for every body and every answer of the document, put together from its schemas."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from apps.api import errors
from apps.api.checking import JSON
from apps.api.problems import FieldProblem, Problem, problem_of

if TYPE_CHECKING:
    from apps.common.errors import DomainError

_BY_FORMAT = {
    "date": "2026-11-26",
    "date-time": "2026-11-26T09:00:00Z",
    "uuid": "8f14e45f-ceea-467f-9a9e-0f3e5b2c7d11",
    "binary": "…",
}
_BY_TYPE: Mapping[str, Any] = {
    "boolean": True,
    "integer": 1,
    "null": None,
    "number": 1.5,
    "string": "text",
}

_FAULT = FieldProblem(field="amount", message="This is missing. Add it.", pointer="#/amount")
_REFUSALS: "Mapping[int, DomainError]" = {
    400: errors.MalformedRequest(why="the body is no JSON in line 1, column 2."),
    401: errors.TokenMissing(),
    403: errors.ScopeMissing(scope="approvals:decide"),
    404: errors.NotFound(),
    409: errors.KeyInUse(),
    412: errors.Changed(),
    415: errors.UnsupportedContent(content_type="text/plain", wanted=JSON),
    422: errors.FieldsRefused([_FAULT]),
    428: errors.PreconditionMissing(),
    429: errors.QuotaUsedUp(limit=600, seconds=45),
}
"""What most often has that status; services refuse with problems of their own too."""


def problem_example(status: int) -> dict[str, Any]:
    """Return a problem as an answer of that status carries it."""
    given = {"request_id": _BY_FORMAT["uuid"]}
    if refusal := _REFUSALS.get(status):
        return problem_of(refusal).model_dump() | given
    phrase = HTTPStatus(status).phrase
    problem = Problem(
        type="about:blank", title=phrase, status=status, detail=phrase, errors=[], facts={}, **given
    )
    return problem.model_dump()


def add_examples(document: dict[str, Any]) -> None:
    """Put an example beside each schema of a body, an answer, and a parameter in a path."""
    schemas = document["components"].get("schemas", {})
    for path in document["paths"].values():
        for operation in path.values():
            contents = [operation.get("requestBody", {}), *operation["responses"].values()]
            for content in contents:
                for media in content.get("content", {}).values():
                    media.setdefault("example", example_of(media["schema"], schemas))
            for parameter in operation.get("parameters", ()):
                # Ninja writes them as a schema has them, and a parameter has them otherwise.
                if own := parameter.pop("examples", None):
                    parameter["example"] = own[0]
                elif parameter["in"] == "path":
                    parameter.setdefault("example", example_of(parameter["schema"], schemas))


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """Return an example that fits the schema: its own, or one made of those of its parts."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    given = [schema[name] for name in ("example", "const", "default") if name in schema]
    given += [schema[name][0] for name in ("examples", "enum") if schema.get(name)]
    if given:
        return given[0]
    if choices := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return example_of(choices[0], schemas)
    match schema.get("type", ""):
        case "object":
            parts = schema.get("properties", {})
            return {name: example_of(part, schemas) for name, part in parts.items()}
        case "array":
            return [example_of(schema.get("items", {}), schemas)]
    return _plain(schema)


def _plain(schema: Mapping[str, Any]) -> Any:
    kind = schema.get("type", "")
    if kind == "integer":
        return max(1, schema.get("minimum", 1))
    return _BY_FORMAT.get(schema.get("format", ""), _BY_TYPE.get(kind, "text"))
