"""The desk: what goes out, comes back, is inspected, lost and found, with its evidence."""

import json
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.tickets.models import Handing, TicketFile
from apps.tickets.receipts import making
from apps.tickets.tests.showing import photo, scan, stroke

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.tickets.models import Ticket
    from apps.tickets.tests.conftest import Desk
    from project.testing.api import MakeApi

pytestmark = pytest.mark.django_db


def form(body: Any, **files: Any) -> dict[str, Any]:
    """Return a form whose `body` is JSON, with files beside it."""
    return {"body": json.dumps(body), **files}


def seen(ticket: "Ticket", **fields: Any) -> dict[str, Any]:
    """Return the only line of a ticket as it is seen."""
    return {"lines": [{"line": ticket.lines.get().pk, "condition": "good", **fields}]}


def drawing(name: str, *, step: int) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, stroke(step=step))


@pytest.fixture
def ticket(desk: "Desk") -> "Ticket":
    """Return a ticket that waits to be collected, and lets nothing go without evidence."""
    desk.pay_in()
    (asset,) = desk.assets()
    asset.category.requires_signature = asset.category.requires_photos = True
    asset.category.save()
    return desk.approved([asset])


def test_what_goes_out_and_comes_back_is_shown_and_signed(
    api: "MakeApi", ticket: "Ticket", clara: "User", boris: "User"
) -> None:
    client, path = api(clara, "tickets:desk", "tickets:read"), f"/tickets/{ticket.pk}"

    out = client.upload(
        f"{path}/hand-over",
        form(
            seen(ticket, photos=["lens.jpg"], note="as new"),
            photos=[photo("lens.jpg")],
            borrower_signature=drawing("b.png", step=12),
            clerk_signature=drawing("c.png", step=7),
        ),
    )

    assert out.status_code == 200, out.content
    assert out.json()["status"] == "on_loan"
    back = client.upload(
        f"{path}/take-back",
        form(seen(ticket, photos=["back.jpg"]), photos=[photo("back.jpg")], paper=scan()),
    )
    assert back.json()["status"] == "returned"
    handings = api(boris).get(f"{path}/handings").json()["items"]
    assert [one["signing"] for one in handings] == ["paper", "drawn"]


def test_what_is_missing_or_too_much_is_refused(
    api: "MakeApi", ticket: "Ticket", clara: "User"
) -> None:
    client, path = api(clara), f"/tickets/{ticket.pk}/hand-over"
    named = seen(ticket, photos=["lens.jpg"])
    both = {
        "borrower_signature": drawing("b.png", step=12),
        "clerk_signature": drawing("c.png", step=7),
    }

    def fields(body: Any, **files: Any) -> list[str]:
        answer = client.upload(path, form(body, **files))
        assert answer.status_code == 422, answer.content
        return [one["field"] for one in answer.json()["errors"]]

    assert fields(named) == ["lines[0].photos"]
    assert fields(seen(ticket), photos=[photo()]) == ["photos"]
    assert fields(named, photos=[photo(), photo()]) == ["photos"]
    assert fields(seen(ticket), clerk_signature=both["clerk_signature"]) == ["borrower_signature"]
    assert fields(seen(ticket), paper=scan(), **both) == ["paper"]
    assert fields({"lines": []}) == ["lines"]
    assert fields(seen(ticket, condition="shiny")) == ["lines[0].condition"]
    unsigned = client.upload(path, form(named, photos=[photo()]))
    assert unsigned.json()["type"].endswith("tickets.signatures-missing")
    assert client.upload(path, {"body": "{"}).status_code == 400
    assert not TicketFile.objects.exists()


@pytest.mark.parametrize("move", ["hand-over", "take-back"])
def test_only_the_desk_hands_out(
    api: "MakeApi", ticket: "Ticket", move: str, boris: "User", bella: "User", clara: "User"
) -> None:
    path, body = f"/tickets/{ticket.pk}/{move}", form(seen(ticket))

    assert api(boris).upload(path, body).status_code == 403
    assert api(bella).upload(path, body).status_code == 404
    assert api(clara, "tickets:write").upload(path, body).status_code == 403


def test_an_inspection_claims_damage_and_its_end_settles(
    api: "MakeApi", desk: "Desk", clara: "User", boris: "User"
) -> None:
    desk.pay_in()
    ticket = desk.returned()
    client, path = api(clara), f"/tickets/{ticket.pk}/inspect"
    line = ticket.lines.get().pk
    found = {
        "line": line,
        "damage": {"amount": 4000, "currency": "USD"},
        "note": "Scratched",
        "photos": ["lens.jpg"],
    }

    foreign = {**found, "damage": {"amount": 4000, "currency": "EUR"}}
    refused = client.upload(path, form({"findings": [foreign]}))
    assert refused.json()["errors"][0]["field"] == "findings[0].damage"
    theirs = api(boris).upload(path, form({"findings": [found]}, photos=[photo()]))
    assert theirs.status_code == 403

    inspected = client.upload(path, form({"findings": [found]}, photos=[photo()]))

    assert inspected.json()["status"] == "returned"
    (claim,) = client.get("/claims", {"ticket": ticket.pk}).json()["items"]
    assert claim["estimate"] == {"amount": 4000, "currency": "USD"}
    assert desk.decide_claims(ticket).status == "closed"


def test_what_is_lost_is_claimed_and_may_be_found_again(
    api: "MakeApi", desk: "Desk", clara: "User", boris: "User"
) -> None:
    desk.pay_in()
    ticket = desk.on_loan()
    client, path = api(clara), f"/tickets/{ticket.pk}"
    line = ticket.lines.get().pk
    lost = {"line": line, "reason": "Left on the train"}

    assert api(boris).post(f"{path}/declare-lost", lost).status_code == 403
    claim = client.post(f"{path}/declare-lost", lost)
    assert claim.status_code == 201
    assert claim.json()["kind"] == "loss"
    assert client.post(f"{path}/declare-lost", lost).status_code == 422
    assert desk.decide_claims(ticket).status == "closed"

    found = {"line": line, "condition": "worn"}
    assert api(boris).post(f"{path}/found-again", found).status_code == 403
    other = desk.draft().lines.get().pk
    assert client.post(f"{path}/found-again", {**found, "line": other}).status_code == 422
    assert client.post(f"{path}/found-again", found).status_code == 200
    assert ticket.lines.get().status == "found"


def test_borrowers_have_their_receipts_and_files_and_lenders_not(
    api: "MakeApi", desk: "Desk", boris: "User", lena: "User", bella: "User", clara: "User"
) -> None:
    desk.pay_in()
    ticket = desk.approved()
    path = f"/tickets/{ticket.pk}"
    api(clara).upload(
        f"{path}/hand-over",
        form(seen(ticket, photos=["lens.jpg"]), photos=[photo()], paper=scan()),
    )
    handing = Handing.objects.get()
    waiting = api(boris).get(f"/handings/{handing.pk}/receipt")
    making.make(handing.pk)

    client = api(boris, "tickets:read")
    receipt = client.get(f"/handings/{handing.pk}/receipt")

    assert waiting.status_code == 404
    assert receipt.content.startswith(b"%PDF")
    assert receipt["Content-Disposition"].startswith("attachment")
    mine = {one["purpose"]: one for one in client.get(f"{path}/files").json()["items"]}
    assert set(mine) == {"photo_out", "signature_out", "receipt_out"}
    lenders = api(lena).get(f"{path}/files").json()["items"]
    assert [one["purpose"] for one in lenders] == ["photo_out"]
    for purpose, status in (("photo_out", 200), ("receipt_out", 404)):
        assert api(lena).get(f"{path}/files/{mine[purpose]['id']}").status_code == status
    assert api(lena).get(f"/handings/{handing.pk}/receipt").status_code == 404
    assert api(bella).get(f"{path}/files").status_code == 404
    assert api(bella).get(f"{path}/files/{mine['photo_out']['id']}").status_code == 404
    assert api(boris, "me").get(f"{path}/files").status_code == 403
    assert len(client.get(f"{path}/files", {"purpose": "photo_out"}).json()["items"]) == 1
    other = desk.draft().pk
    assert client.get(f"/tickets/{other}/files/{mine['photo_out']['id']}").status_code == 404


def test_what_is_late_is_overdue_and_leaves_a_strike(
    api: "MakeApi", desk: "Desk", boris: "User", bella: "User", clara: "User"
) -> None:
    desk.pay_in()
    ticket = desk.on_loan()
    with time_machine.travel(ticket.ends_at + (ticket.ends_at - ticket.starts_at), tick=False):
        late = api(clara).get("/tickets", {"is_overdue": "true"}).json()["items"]
        assert [one["is_overdue"] for one in late] == [True]
        desk.take_back(ticket, at=ticket.ends_at + (ticket.ends_at - ticket.starts_at))

    for person, count in ((boris, 1), (clara, 1), (bella, 0)):
        client = api(person, "tickets:read")
        struck = client.get("/strikes", {"is_standing": "true"}).json()["items"]
        assert [one["kind"] for one in struck] == ["late"] * count
