"""Who is asking."""

from pydantic import ConfigDict, Field

from apps.accounts.selectors import roles_of
from apps.api.request import ApiRequest
from apps.api.resource import Resource
from apps.api.schemas import Out, example

router = Resource(tags=["me"])


class Me(Out):
    """The person as whom a program acts, and how far its token reaches."""

    model_config = ConfigDict(
        json_schema_extra=example(
            id=7,
            name="Boris Becker",
            email="boris@example.com",
            roles=["Borrower"],
            permissions=[],
            program="Shop",
            scopes=["me", "tickets:read"],
        )
    )

    id: int
    name: str
    email: str
    roles: list[str]
    permissions: list[str] = Field(description="what the roles allow, as app.codename")
    program: str
    scopes: list[str]


@router.reads("/me", scope="me", gives=Me)
def get_me(request: ApiRequest) -> Me:
    """Who you are, what your roles allow, and how far the token reaches."""
    person = request.user
    return Me(
        id=person.pk,
        name=str(person),
        email=person.email,
        roles=roles_of(person),
        permissions=sorted(person.get_all_permissions()),
        program=str(request.access.program),
        scopes=sorted(request.access.scopes),
    )
