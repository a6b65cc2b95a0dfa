"""Every operation is behind a token and one scope; programs by themselves never decide."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from apps.api.quotas import Quota
from apps.api.v1 import api as v1
from apps.approvals.models import Decision
from apps.programs import tokens
from apps.programs.scopes import SCOPES
from project.testing.api import ROOT, ApiClient, MakeApi
from project.testing.programs import program_by_itself
from project.tests.rights.office import ROLES

METADATA = "http://127.0.0.1:8000/.well-known/oauth-protected-resource/api"


@pytest.fixture(autouse=True)
def without_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one program ask more in a minute than any may."""
    monkeypatch.setattr(Quota, "refuse_more", lambda _quota: None)


def operations() -> Iterator[tuple[str, str, str]]:
    """Yield method, address and scope of each; the ids in the addresses are of nothing."""
    for path, known in v1.get_openapi_schema()["paths"].items():
        for method, operation in known.items():
            address = re.sub(r"{\w+}", "1", path.removeprefix(ROOT))
            # Without security it is for everybody.
            (need,) = operation["security"] or [{"OAuth": [""]}]
            (scope,) = need["OAuth"]
            yield method, address, scope


def ask(client: ApiClient, method: str, address: str) -> Any:
    """Send a request that would be refused for what it says, if anybody read it."""
    match method:
        case "get":
            return client.get(address)
        case "post":
            return client.post(address, {})
        case "patch":
            return client.patch(address, {}, tag="*")
    return client.delete(address, tag="*")


@pytest.mark.django_db
def test_an_operation_asks_for_its_scope_and_no_other_will_do(api: MakeApi, adam: Any) -> None:
    all_but = {
        scope: api(adam, *(SCOPES.keys() - {scope})) for scope in {one[2] for one in operations()}
    }
    for method, address, scope in operations():
        if not scope:
            continue
        answer = ask(all_but[scope], method, address)

        assert (answer.status_code, answer.json()["facts"]) == (403, {"scope": scope}), address
        said = answer["WWW-Authenticate"]
        assert said == f'Bearer realm="Assets", error="insufficient_scope", scope="{scope}"'


@pytest.mark.django_db
def test_without_a_token_every_door_is_shut_and_says_where_to_get_one() -> None:
    """RFC 6750, section 3: without a token no error; RFC 9728, section 5.1: where to ask."""
    is_open = set()
    for method, address, scope in operations():
        if not scope:
            is_open.add(address)
            continue
        for token, error in (("", ""), ("forged", ', error="invalid_token"')):
            answer = ask(ApiClient(token), method, address)

            assert answer.status_code == 401, address
            said = answer["WWW-Authenticate"]
            assert said == f'Bearer realm="Assets", resource_metadata="{METADATA}"{error}'
    assert is_open == {"/problems", "/problems/1"}


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_a_program_by_itself_decides_in_no_role(role: str) -> None:
    """It has the right of the role; the scope is not to be had, whatever a token says."""
    program = program_by_itself(role, allowed_scopes=sorted(SCOPES.keys() - {"approvals:decide"}))
    client = ApiClient(tokens.issue(program, scopes=tuple(SCOPES)))
    deciding = [one for one in operations() if one[2] == "approvals:decide"]

    assert len(deciding) == 4
    for method, address, _scope in deciding:
        answer = ask(client, method, address)
        assert answer.status_code == 403, address
        assert answer.json()["facts"] == {"scope": "approvals:decide"}
    assert not Decision.objects.exists()
