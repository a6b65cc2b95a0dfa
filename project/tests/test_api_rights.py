"""Who may do what through the API: every operation, every role, one's own thing and another's.

The demo office is asked by a person of each role, with every scope. What the database holds for
this person to see is their own, everything else another's. Each answer is one letter:

- `+` done,
- `!` let through, and refused by a rule about the deed itself (409, 412, 422),
- `-` refused, because the roles or the matter do not allow it (403),
- `.` not found (404), which is also what hidden things are,
- `~` there is no such thing in the office to ask about.

A row with `!` ends with the rules that refused. The table beside this file was read line by line.
`ASSETS_GOLDEN=write` writes it anew: read it.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from apps.accounts.models import User
from apps.api.quotas import Quota
from apps.api.v1 import api as v1
from apps.audit.models import AuditEvent, Outcome
from apps.tickets.models import Ticket
from project.testing.api import ROOT, ApiClient, MakeApi
from project.tests.rights.bodies import BODIES, QUERIES, Asked, person
from project.tests.rights.furnishing import furnish
from project.tests.rights.office import ROLES, ids_for, open_office

TABLE = Path(__file__).parent / "api_rights.txt"


@pytest.fixture(autouse=True)
def without_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one program ask more in a minute than any may."""
    monkeypatch.setattr(Quota, "refuse_more", lambda _quota: None)


@pytest.mark.django_db
def test_every_role_may_do_what_the_table_says(api: MakeApi, broker: str) -> None:
    # Their tokens outlast what each request is undone with.
    clients = [(somebody, api(somebody)) for somebody in open_office()]
    furnish(clients)
    lines = [
        _row(method, path.removeprefix(ROOT), operation, clients)
        for path, operations in v1.get_openapi_schema()["paths"].items()
        for method, operation in operations.items()
    ]
    roles = "  ".join(role[:2] for role in ROLES)
    asked = "\n".join([f"{'':65} {roles}", *sorted(lines), ""])
    if os.environ.get("ASSETS_GOLDEN") == "write":
        TABLE.write_text(asked, encoding="utf-8")
    assert asked == TABLE.read_text(encoding="utf-8")


def _row(
    method: str,
    path: str,
    operation: Mapping[str, Any],
    clients: list[tuple[User, ApiClient]],
) -> str:
    """Return the line of one operation: its name, two letters for each role, and its rules."""
    names = re.findall(r"{(\w+)}", path)
    cells, rules = [], set()
    for somebody, client in clients:
        letters = ""
        for _is_own, ids in ids_for(path, names, somebody):
            if ids is None:
                letters += "~"
                continue
            mark = transaction.savepoint()
            answer = _send(client, method, path, operation, Asked(somebody, ids))
            transaction.savepoint_rollback(mark)
            letters += _letter(answer)
            if letters.endswith("!"):
                rules.add(_rule(answer))
        cells.append(f"{letters:2}")
    return f"{method.upper():6} {path:58} {'  '.join(cells)}  {' '.join(sorted(rules))}".rstrip()


def _letter(answer: Any) -> str:
    status = answer.status_code
    assert status < 500, answer.content
    assert status != 401, answer.content
    return {403: "-", 404: "."}.get(status, "+" if status < 400 else "!")


def _rule(answer: Any) -> str:
    problem = answer.json()
    if os.environ.get("ASSETS_GOLDEN") == "write":
        print(answer.request["PATH_INFO"], problem)  # noqa: T201  # for who mends the table
    return str(problem["type"].rpartition("/")[2])


def _send(
    client: ApiClient, method: str, path: str, operation: Mapping[str, Any], asked: Asked
) -> Any:
    name = f"{method.upper()} {path}"
    address = path.format(**asked.ids)
    if method == "get":
        return client.get(address, QUERIES[name](asked) if name in QUERIES else None)
    if method == "delete":
        return client.delete(address, tag="*")
    content = operation.get("requestBody", {}).get("content", {})
    example = content.get("application/json", {}).get("example")
    body = BODIES[name](asked) if name in BODIES else example
    if method == "patch":
        return client.patch(address, body, tag="*")
    return (
        client.upload(address, body)
        if "multipart/form-data" in content
        else client.post(address, body)
    )


def test_what_is_hidden_is_audited(api: MakeApi, broker: str, db: None) -> None:
    open_office()
    borrower = person("boris")
    hidden = Ticket.objects.exclude(pk__in=Ticket.objects.visible_to(borrower).values("pk")).first()
    assert hidden is not None

    answer = api(borrower, "tickets:read").get(f"/tickets/{hidden.pk}")
    none = api(borrower, "tickets:read").get(f"/tickets/{10**9}")

    assert (answer.status_code, none.status_code) == (404, 404)
    assert answer.json()["detail"] == none.json()["detail"]
    denied = AuditEvent.objects.get(outcome=Outcome.DENIED)
    assert (denied.actor, denied.target_id) == (borrower, str(hidden.pk))
