"""What kinds of problems there are: the pages to which the `type` of a problem leads."""

from typing import Annotated

from django.http import HttpRequest
from pydantic import ConfigDict, Field

from apps.api import problems
from apps.api.errors import NotFound
from apps.api.resource import Resource
from apps.api.schemas import Out, example
from apps.common.errors import DomainError

router = Resource(tags=["problems"])

Name = Annotated[
    str, Field(max_length=120, description="the end of a type", examples=["api.scope-missing"])
]


class ProblemType(Out):
    """A kind of problem."""

    model_config = ConfigDict(
        json_schema_extra=example(
            name="api.scope-missing",
            type="https://assets.example.com/api/v1/problems/api.scope-missing",
            status=403,
            title="The token does not reach so far.",
            detail="The access token lacks the scope “{scope}”. Ask for a token with it.",
        )
    )

    name: str
    type: str
    status: int
    title: str
    detail: str = Field(description="the sentence, with the names of its facts")


class ProblemTypes(Out):
    """All kinds of problems."""

    items: list[ProblemType]


@router.shows("/problems", gives=ProblemTypes)
def list_problem_types(request: HttpRequest) -> ProblemTypes:
    """Every kind of problem, for everybody."""
    return ProblemTypes(items=[_shown(kind) for kind in problems.kinds()])


@router.shows("/problems/{name}", gives=ProblemType)
def get_problem_type(request: HttpRequest, name: Name) -> ProblemType:
    """One kind of problem, for everybody."""
    for kind in problems.kinds():
        if problems.name_of(kind) == name:
            return _shown(kind)
    raise NotFound


def _shown(kind: type[DomainError]) -> ProblemType:
    name = problems.name_of(kind)
    return ProblemType(
        name=name,
        type=problems.type_of(name),
        status=problems.status_of(kind),
        title=problems.title_of(kind),
        detail=str(getattr(kind, "template", "")),
    )
