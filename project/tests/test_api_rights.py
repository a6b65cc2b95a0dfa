"""Who may do what through the API: every operation, every role, one's own thing and another's.

The demo office is asked by a person of each role, with every scope. What the database holds for
this person to see is their own, everything else another's. Each answer is one letter:

- `+` done,
- `0` done, and there was nothing on the list that they may see,
- `!` let through, and refused by a rule about the deed itself (409, 412, 422),
- `-` refused, because the roles or the matter do not allow it (403),
- `.` not found (404), which is also what hidden things are,
- `~` there is no such thing in the office to ask about.

A row with `!` ends with the rules that refused. The table beside this file was read line by line.
`ASSETS_GOLDEN=write` writes it anew: read it.
"""

import logging
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
from project.tests.rights.bodies import BODIES, QUERIES, Asked, nowhere, person
from project.tests.rights.furnishing import furnish
from project.tests.rights.office import ROLES, ids_for, open_office

TABLE = Path(__file__).parent / "api_rights.txt"


@pytest.fixture(autouse=True)
def without_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one program ask more in a minute than any may, and log no refusal."""
    monkeypatch.setattr(Quota, "refuse_more", lambda _quota: None)
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)


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
    name = f"{method.upper()} {path}"
    cells, rules = [], set()
    for somebody, client in clients:
        letters = ""
        for ids in ids_for(path, re.findall(r"{(\w+)}", path), somebody):
            if ids is None:
                letters += "~"
                continue
            asked = Asked(somebody, ids)
            body = BODIES[name](asked) if name in BODIES else _example(operation)
            letter, rule = _answered(client, method, path, operation, asked, body)
            if letter == "-" and not somebody.is_staff and name in BODIES:
                # Whether what they name is there at all changes nothing about the refusal.
                gone = nowhere(BODIES[name](asked))
                letter, rule = _answered(client, method, path, operation, asked, gone)
            letters += letter
            rules.add(rule)
        cells.append(f"{letters:2}")
    return f"{method.upper():6} {path:58} {'  '.join(cells)}  {' '.join(sorted(rules))}".rstrip()


def _answered(
    client: ApiClient,
    method: str,
    path: str,
    operation: Mapping[str, Any],
    asked: Asked,
    body: Any,
) -> tuple[str, str]:
    """Return the letter, and the rule that refused; nothing stays of what was done."""
    mark = transaction.savepoint()
    answer = _send(client, method, path, operation, asked, body)
    letter = _letter(answer, asked.person)
    if answer.streaming:
        # A file is closed once it is read.
        b"".join(answer.streaming_content)
    transaction.savepoint_rollback(mark)
    return letter, _rule(answer) if letter == "!" else ""


def _example(operation: Mapping[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("example")


def _letter(answer: Any, somebody: User) -> str:
    """Return what became of it; a refusal for want of rights is in the audit log."""
    status = answer.status_code
    assert status < 500, answer.content
    assert status != 401, answer.content
    if status == 403:
        assert AuditEvent.objects.latest("pk").outcome == Outcome.DENIED, answer.request
        assert AuditEvent.objects.latest("pk").actor == somebody
    items = _items(answer) if status == 200 else None
    if answer.request["PATH_INFO"].endswith("/approvals/decisions"):
        # Each row has a status of its own.
        status = min(row["status"] for row in items or ())
    elif items == []:
        return "0"
    return {403: "-", 404: "."}.get(status, "+" if status < 400 else "!")


def _items(answer: Any) -> list[Any] | None:
    is_json = answer["Content-Type"].startswith("application/json")
    content = answer.json() if is_json else {}
    return content.get("items") if isinstance(content, dict) else None


def _rule(answer: Any) -> str:
    problem = answer.json()
    if os.environ.get("ASSETS_GOLDEN") == "write":
        print(answer.request["PATH_INFO"], problem)  # noqa: T201  # for who mends the table
    return str(problem["type"].rpartition("/")[2])


def _send(
    client: ApiClient,
    method: str,
    path: str,
    operation: Mapping[str, Any],
    asked: Asked,
    body: Any,
) -> Any:
    address = path.format(**asked.ids)
    match method:
        case "get":
            query = QUERIES.get(f"GET {path}")
            return client.get(address, query(asked) if query else None)
        case "delete":
            return client.delete(address, tag="*")
        case "patch":
            return client.patch(address, body, tag="*")
    is_form = "multipart/form-data" in operation.get("requestBody", {}).get("content", {})
    return client.upload(address, body) if is_form else client.post(address, body)


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
