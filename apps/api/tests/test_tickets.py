"""Tickets: who sees which, drafting, changing and moving them."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import AuditEvent, Outcome
from apps.tickets.models import Ticket

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.tickets.tests.conftest import Desk
    from project.testing.api import MakeApi

pytestmark = pytest.mark.django_db

EVERYTHING = ["lines", "comments", "files", "approvals", "money", "timeline"]


def wish(desk: "Desk", **fields: Any) -> dict[str, Any]:
    """Return what a program sends to draft a ticket."""
    assets = fields.pop("of", None) or desk.assets()
    return {
        "assets": [asset.pk for asset in assets],
        "starts_at": desk.start.isoformat(),
        "ends_at": (desk.start + timedelta(days=2)).isoformat(),
        "purpose": "Film school",
        **fields,
    }


def test_everybody_sees_the_tickets_that_concern_them(
    api: "MakeApi", desk: "Desk", boris: "User", bella: "User", lena: "User", clara: "User"
) -> None:
    ticket = desk.draft()
    path = f"/tickets/{ticket.pk}"

    for person in (boris, lena, clara):
        client = api(person, "tickets:read")
        assert [one["id"] for one in client.get("/tickets").json()["items"]] == [ticket.pk]
        assert client.get(path).json()["number"] == f"TK-{ticket.pk}"
    stranger = api(bella, "tickets:read")
    assert stranger.get("/tickets").json()["items"] == []
    assert stranger.get(path).status_code == 404
    assert AuditEvent.objects.get(outcome=Outcome.DENIED).target_id == str(ticket.pk)
    assert api(boris, "me").get(path).status_code == 403


def test_lenders_see_their_own_lines_and_nobody_elses_money(
    api: "MakeApi", desk: "Desk", lena: "User", bella: "User", boris: "User", clara: "User"
) -> None:
    desk.pay_in()
    mine, other = desk.make.asset(lender=lena), desk.make.asset(lender=bella)
    ticket = desk.on_loan([mine, other])
    query = {"expand": EVERYTHING}
    path = f"/tickets/{ticket.pk}"

    theirs = api(lena).get(path, query).json()
    (line,) = theirs["lines"]

    assert line["asset"]["id"] == mine.pk
    assert (line["fee"], line["commission"], line["deposit"]) == (2000, 400, None)
    assert (theirs["fee"], theirs["deposit"], theirs["money"]) == (None, None, None)
    assert not any(one["text"] for one in theirs["timeline"])
    assert {one["kind"] for one in theirs["timeline"]}.isdisjoint({"money", "notice"})
    borrowed = api(boris).get(path, query).json()
    assert [one["commission"] for one in borrowed["lines"]] == [None, None]
    assert borrowed["money"]["in_escrow"] == 14000
    staffs = api(clara).get(path, query).json()
    assert [one["commission"] for one in staffs["lines"]] == [400, 400]
    assert len(staffs["approvals"]) == 1


def test_a_borrower_sees_of_a_settlement_what_came_back(
    api: "MakeApi", desk: "Desk", boris: "User", clara: "User"
) -> None:
    desk.pay_in()
    path = f"/tickets/{desk.closed().pk}"

    def settled(person: "User") -> list[int]:
        money = api(person).get(path, {"expand": "money"}).json()["money"]
        return sorted(one["amount"] for one in money["settled"])

    assert settled(boris) == [5000]
    assert settled(clara) == [-7000, 400, 1600, 5000]


@pytest.mark.parametrize("person", ["boris", "clara"])
def test_a_list_asks_as_much_for_ten_rows_as_for_two(
    api: "MakeApi", desk: "Desk", request: pytest.FixtureRequest, person: str
) -> None:
    client, counts = api(request.getfixturevalue(person)), []
    for more in (2, 4):
        for _number in range(more):
            desk.draft()
        with CaptureQueriesContext(connection) as asked:
            client.get("/tickets", {"expand": "lines"})
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_tickets_are_found(api: "MakeApi", desk: "Desk", clara: "User", boris: "User") -> None:
    desk.pay_in()
    out, drafted = desk.on_loan(), desk.draft(starts_at=desk.start + timedelta(days=9))
    client = api(clara, "tickets:read")
    since = Ticket.history.filter(id=drafted.pk).get().history_date.isoformat()
    found: list[tuple[dict[str, Any], list[int]]] = [
        ({"status": ["draft", "submitted"]}, [drafted.pk]),
        ({"number": f"TK-{out.pk}"}, [out.pk]),
        ({"number": "99999999"}, []),
        ({"borrower": boris.pk}, [drafted.pk, out.pk]),
        ({"lender": boris.pk}, []),
        ({"lender": desk.lena.pk, "status": "on_loan"}, [out.pk]),
        ({"asset": out.lines.get().asset_id}, [out.pk]),
        ({"begins_before": drafted.starts_at.isoformat()}, [out.pk]),
        ({"ends_after": drafted.starts_at.isoformat()}, [drafted.pk]),
        ({"is_overdue": "true"}, []),
        ({"changed_since": since}, [drafted.pk]),
    ]

    for query, ids in found:
        items = client.get("/tickets", query).json()["items"]
        assert [one["id"] for one in items] == ids, query
    assert client.get("/tickets", {"number": "TK-x"}).json()["errors"][0]["field"] == "number"


def test_nobody_finds_out_who_else_lends(
    api: "MakeApi", desk: "Desk", lena: "User", bella: "User"
) -> None:
    desk.draft([desk.make.asset(lender=lena), desk.make.asset(lender=bella)])

    assert api(lena).get("/tickets", {"lender": bella.pk}).json()["items"] == []
    assert len(api(lena).get("/tickets", {"lender": lena.pk}).json()["items"]) == 1


def test_a_borrower_drafts_changes_submits_and_cancels(
    api: "MakeApi", desk: "Desk", boris: "User"
) -> None:
    client = api(boris, "tickets:read", "tickets:write")

    drafted = client.post("/tickets", wish(desk))
    path = drafted["Location"].removeprefix("/api/v1")
    assert drafted.status_code == 201
    assert drafted.json()["allowed_moves"] == ["cancel", "change", "comment", "submit"]

    changed = client.patch(path, {"purpose": "Wedding"}, tag=drafted["ETag"])
    assert changed.json()["purpose"] == "Wedding"
    assert client.patch(path, {"purpose": "Party"}, tag=drafted["ETag"]).status_code == 412
    assert client.get(path)["ETag"] == changed["ETag"]

    stale = client.post(f"{path}/submit", {"seen_version": 1})
    assert stale.status_code == 409
    submitted = client.post(f"{path}/submit", {"seen_version": 2})
    assert submitted.json()["status"] == "submitted"
    assert submitted.json()["approval"]
    assert client.post(f"{path}/submit", {}).status_code == 409

    assert client.post(f"{path}/cancel", {}).json()["errors"][0]["field"] == "reason"
    cancelled = client.post(f"{path}/cancel", {"reason": "Rain"})
    assert cancelled.json()["status"] == "cancelled"
    assert cancelled.json()["allowed_moves"] == ["comment"]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"assets": []}, "assets"),
        ({"assets": [10**9]}, "assets"),
        ({"assets": ["1"]}, "assets[0]"),
        ({"purpose": ""}, "purpose"),
        ({"purpose": "  "}, "purpose"),
        ({"purpose": "a\x00"}, "purpose"),
        ({"ends_at": "2026-01-01T00:00:00Z"}, "ends_at"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"status": "approved"}, "status"),
    ],
)
def test_what_cannot_be_drafted_names_the_field(
    api: "MakeApi", desk: "Desk", boris: "User", fields: dict[str, Any], named: str
) -> None:
    answer = api(boris).post("/tickets", wish(desk, **fields))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == named
    assert not Ticket.objects.exists()


def test_nobody_drafts_for_somebody_else_without_the_role(
    api: "MakeApi", desk: "Desk", bella: "User", boris: "User", clara: "User"
) -> None:
    sent = wish(desk, borrower=boris.pk, came_by="phone")

    assert api(bella).post("/tickets", sent).status_code == 403
    # Nor is anybody told whether there is such a person; who may draft for others, is.
    nobody = sent | {"borrower": 10**9}
    assert api(bella).post("/tickets", nobody).status_code == 403
    refused = api(clara).post("/tickets", nobody)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "borrower")
    assert api(clara, "tickets:read").post("/tickets", sent).status_code == 403
    drafted = api(clara, "tickets:write").post("/tickets", sent).json()
    assert (drafted["borrower"]["id"], drafted["came_by"]) == (boris.pk, "phone")


def test_whoever_cannot_have_an_asset_is_not_told_who_has_it(
    api: "MakeApi", desk: "Desk", bella: "User"
) -> None:
    desk.pay_in()
    asset = desk.approved().lines.get().asset

    answer = api(bella).post("/tickets", wish(desk, of=[asset]))

    assert answer.json()["errors"][0]["field"] == "assets"
    assert "Boris" not in answer.content.decode()


def test_the_same_wish_with_the_same_key_is_one_ticket(
    api: "MakeApi", desk: "Desk", boris: "User"
) -> None:
    client, sent = api(boris), wish(desk)

    first, second = (client.post("/tickets", sent, key="once") for _time in range(2))

    assert first.json() == second.json()
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize("move", ["submit", "cancel", "release", "substitute", "reprice"])
def test_strangers_lenders_and_readers_move_nothing(
    api: "MakeApi", desk: "Desk", bella: "User", lena: "User", clara: "User", move: str
) -> None:
    desk.pay_in()
    ticket = desk.draft() if move == "submit" else desk.approved()
    line = ticket.lines.get()
    bodies = {
        "submit": {},
        "release": {"lines": [line.pk], "reason": "Late"},
        "substitute": {"line": line.pk, "asset": line.asset_id, "reason": "Broken"},
    }
    path, body = f"/tickets/{ticket.pk}/{move}", bodies.get(move, {"reason": "Rain"})

    assert api(bella).post(path, body).status_code == 404
    assert api(lena).post(path, body).status_code == 403
    assert api(clara, "tickets:read").post(path, body).status_code == 403
    assert desk.again(ticket).version == ticket.version


def test_the_desk_substitutes_releases_and_prices_anew(
    api: "MakeApi", desk: "Desk", clara: "User", anna: "User"
) -> None:
    desk.pay_in()
    category = desk.make.category()
    first, second, spare = desk.assets(3, category=category)
    ticket = desk.approved([first, second])
    path, client = f"/tickets/{ticket.pk}", api(clara)
    line, other = ticket.lines.order_by("pk")

    swapped = client.post(
        f"{path}/substitute", {"line": line.pk, "asset": spare.pk, "reason": "Broken"}
    )
    assert swapped.status_code == 200
    assert ticket.lines.get(pk=line.pk).asset_id == spare.pk

    type(category.tariff).objects.update(day_price=1100)
    repriced = api(anna).post(f"{path}/reprice", {"reason": "New prices"})
    assert repriced.json()["fee"] == 4400

    body = {"lines": [{"line": line.pk, "condition": "good"}]}
    out = client.upload(f"{path}/hand-over", form(body))
    assert out.json()["status"] == "on_loan"
    released = client.post(f"{path}/release", {"lines": [other.pk], "reason": "Not needed"})
    assert released.status_code == 200
    assert ticket.lines.get(pk=other.pk).status == "released"


def test_a_walk_in_is_asked_for_at_once(
    api: "MakeApi", desk: "Desk", clara: "User", boris: "User"
) -> None:
    body = wish(desk, borrower=boris.pk)
    del body["starts_at"]

    asked = api(clara, "tickets:desk").post("/walk-ins", body)

    assert asked.status_code == 201
    assert asked.json()["status"] == "submitted"
    assert api(boris, "tickets:write").post("/walk-ins", body).status_code == 403


def form(body: Any, **files: Any) -> dict[str, Any]:
    """Return a form whose `body` is JSON, with files beside it."""
    return {"body": json.dumps(body), **files}
