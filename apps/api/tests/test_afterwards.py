"""What follows a loan: extensions, claims, what is owed; and waiting for one."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.utils import timezone

from apps.accounts.models import User
from apps.tickets import selectors, services
from apps.tickets.models import Receivable, Strike

if TYPE_CHECKING:
    from apps.tickets.tests.conftest import Desk
    from project.testing.api import MakeApi

pytestmark = pytest.mark.django_db


def test_a_borrower_asks_to_keep_it_longer_and_takes_that_back(
    api: "MakeApi", desk: "Desk", boris: User, bella: User, lena: User, clara: User
) -> None:
    desk.pay_in()
    ticket = desk.on_loan()
    path = f"/tickets/{ticket.pk}/extensions"
    body: dict[str, Any] = {
        "ends_at": (ticket.ends_at + timedelta(days=1)).isoformat(),
        "reason": "Rain",
    }
    client = api(boris, "tickets:read", "tickets:write")

    early = client.post(path, {**body, "ends_at": ticket.starts_at.isoformat()})
    assert early.status_code == 422
    assert client.post(path, {"reason": "Rain"}).json()["errors"][0]["field"] == "ends_at"
    assert api(lena).post(path, body).status_code == 403
    assert api(bella).post(path, body).status_code == 404
    assert api(boris, "tickets:read").post(path, body).status_code == 403

    asked = client.post(path, body)
    assert asked.status_code == 201
    assert asked.json()["fee"] == {"amount": 1000, "currency": "USD"}
    one = f"/extensions/{asked.json()['id']}"
    assert client.get("/extensions", {"ticket": ticket.pk}).json()["items"] == [asked.json()]
    assert api(clara).get(one).json() == asked.json()
    assert api(bella).get(one).status_code == 404
    assert api(bella).post(f"{one}/withdraw", {"reason": "No"}).status_code == 404
    assert client.post(f"{one}/withdraw", {}).json()["errors"][0]["field"] == "reason"
    assert client.post(f"{one}/withdraw", {"reason": "Sun"}).json()["status"] == "withdrawn"
    assert client.post(f"{one}/withdraw", {"reason": "Sun"}).status_code == 422


def test_a_claim_is_disputed_and_withdrawn(
    api: "MakeApi", desk: "Desk", boris: User, lena: User, bella: User, clara: User
) -> None:
    desk.pay_in()
    ticket = desk.claim(desk.returned(), damage=4000)
    claim = selectors.claims_of(ticket).get()
    path, why = f"/claims/{claim.pk}", {"reason": "It was so before"}

    for person in (boris, lena, clara):
        assert api(person, "tickets:read").get(path).json()["status"] == "open"
        assert len(api(person).get("/claims", {"status": "open"}).json()["items"]) == 1
    assert api(bella).get(path).status_code == 404
    assert api(bella).get("/claims").json()["items"] == []
    assert api(lena).post(f"{path}/dispute", why).status_code == 403
    assert api(boris).post(f"{path}/dispute", {}).json()["errors"][0]["field"] == "reason"
    assert api(boris, "tickets:write").post(f"{path}/dispute", why).json()["disputed_at"]

    revision = {"estimate": {"amount": 1, "currency": "EUR"}, "description": "Less"}
    refused = api(clara).post(f"{path}/revise", revision)
    assert refused.json()["errors"][0]["field"] == "estimate.currency"
    revision["estimate"] = {"amount": 1, "currency": "USD"}
    assert api(clara).post(f"{path}/revise", revision).status_code == 409
    assert api(boris).post(f"{path}/withdraw", why).status_code == 403
    assert api(clara, "tickets:write").post(f"{path}/withdraw", why).status_code == 403
    assert api(clara).post(f"{path}/withdraw", why).json()["status"] == "withdrawn"


def test_what_is_owed_is_seen_by_who_owes_it_and_given_up_by_staff(
    api: "MakeApi", desk: "Desk", boris: User, lena: User, clara: User
) -> None:
    desk.pay_in(7000)
    ticket = desk.inspect(desk.returned(), damage=9000)
    debt = Receivable.objects.get(ticket=ticket)
    path, why = f"/receivables/{debt.pk}", {"reason": "He has nothing"}

    owed = api(boris, "tickets:read").get(path).json()
    assert owed["rest"] == {"amount": 4000, "currency": "USD"}
    assert api(boris).get("/receivables", {"status": "open"}).json()["items"] == [owed]
    assert api(lena).get(path).status_code == 404
    assert api(boris).post(f"{path}/request-write-off", why).status_code == 403
    assert api(clara, "tickets:write").post(f"{path}/request-write-off", why).status_code == 403
    assert api(clara).post(f"{path}/request-write-off", why).status_code == 200
    assert api(clara).post(f"{path}/request-write-off", why).status_code == 422


def test_who_waits_gets_an_offer_and_answers_it(
    api: "MakeApi", desk: "Desk", boris: User, bella: User, lena: User, clara: User
) -> None:
    desk.pay_in()
    ticket = desk.approved()
    asset = ticket.lines.get().asset
    body = {"asset": asset.pk, "minutes": 60, "purpose": "Film"}
    wants = {**body, "starts_at": ticket.starts_at.isoformat()}
    client = api(bella, "tickets:read", "tickets:write")

    free = client.post("/waiting-list", {**body, "asset": desk.assets()[0].pk})
    assert free.json()["type"].endswith("tickets.waiting-for-free")
    assert client.post("/waiting-list", {**wants, "minutes": 0}).status_code == 422
    neither = client.post("/waiting-list", {"minutes": 60, "purpose": "Film"})
    assert neither.status_code == 422
    assert api(lena).post("/waiting-list", {**wants, "person": bella.pk}).status_code == 403
    assert api(bella, "tickets:read").post("/waiting-list", wants).status_code == 403

    place = client.post("/waiting-list", wants)
    assert place.status_code == 201
    path = f"/waiting-list/{place.json()['id']}"
    assert client.get(path).json() == place.json()
    assert api(clara).get("/waiting-list", {"asset": asset.pk}).json()["items"] == [place.json()]
    assert api(boris).get(path).status_code == 404
    assert api(boris).post(f"{path}/leave", {}).status_code == 404
    assert client.post(f"{path}/accept", {}).status_code == 422

    services.cancel(ticket.pk, reason="Rain", actor=clara)
    services.offer_what_is_free(now=timezone.now(), actor=User.objects.system())
    assert client.get(path).json()["offered_asset"]["id"] == asset.pk
    accepted = client.post(f"{path}/accept", {})
    assert accepted.status_code == 201
    assert accepted.json()["status"] == "submitted"
    assert client.get(path).json()["ticket"] == accepted.json()["id"]
    assert client.post(f"{path}/decline", {}).status_code == 422


def test_whoever_waits_may_stop(api: "MakeApi", desk: "Desk", bella: User) -> None:
    desk.pay_in()
    ticket = desk.on_loan()
    client = api(bella)
    category = ticket.lines.get().asset.category_id
    body = {"category": category, "minutes": 60, "purpose": "Film"}

    with time_machine.travel(ticket.starts_at + timedelta(hours=1), tick=False):
        place = services.join_waiting_list(
            person=bella,
            category=ticket.lines.get().asset.category,
            length=timedelta(hours=1),
            purpose="Film",
            actor=bella,
        )
    assert client.post("/waiting-list", body).status_code == 422
    left = client.post(f"/waiting-list/{place.pk}/leave", {})
    assert left.json()["status"] == "cancelled"


def test_what_is_owed_is_taken_once_there_is_money(
    api: "MakeApi", desk: "Desk", boris: User, lena: User, clara: User, walt: User
) -> None:
    desk.pay_in(7000)
    debt = Receivable.objects.get(ticket=desk.inspect(desk.returned(), damage=9000))
    path = f"/receivables/{debt.pk}/collect"

    assert api(lena).post(path).status_code == 404
    assert api(clara).post(path).status_code == 403
    assert api(walt, "tickets:desk").post(path).status_code == 403
    assert api(walt).post(path).status_code == 422
    desk.pay_in()
    assert api(walt, "wallets:write").post(path).json()["rest"]["amount"] == 0
    assert api(walt).post(path).status_code == 409


def test_a_strike_is_lifted_with_a_reason(
    api: "MakeApi", desk: "Desk", boris: User, bella: User, clara: User, anna: User
) -> None:
    desk.pay_in()
    desk.returned(late=timedelta(days=1))
    strike = Strike.objects.get()
    path, why = f"/strikes/{strike.pk}/lift", {"reason": "The lift was broken"}

    assert api(bella).post(path, why).status_code == 404
    assert api(clara).post(path, why).status_code == 403
    assert api(anna, "people:read").post(path, why).status_code == 403
    assert api(anna).post(path, {}).json()["errors"][0]["pointer"] == "#/reason"
    assert api(anna, "people:write").post(path, why).json()["lift_reason"] == why["reason"]
    assert api(anna).post(path, why).status_code == 422
