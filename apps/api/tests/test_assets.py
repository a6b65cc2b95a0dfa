"""Assets: who sees how much, who registers and changes, and how they are found."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.assets.models import Asset
from apps.audit.models import AuditEvent, Outcome

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.tickets.tests.conftest import Desk
    from project.testing.api import MakeApi
    from project.testing.make import Make

pytestmark = pytest.mark.django_db


@pytest.fixture
def camera(make: "Make", lena: "User") -> Asset:
    """Return a camera of Lena’s."""
    return make.asset(lender=lena, tag="CAM-7", name="Camera", serial="S-99", location="Shelf 4")


def new(asset: Asset, **fields: Any) -> dict[str, Any]:
    """Return what a program sends to register an asset beside that one."""
    return {
        "tag": "CAM-8",
        "name": "Second camera",
        "category": asset.category_id,
        "lender": asset.lender_id,
        "value": {"amount": 25000, "currency": "USD"},
        **fields,
    }


def test_borrowers_see_what_is_lent_and_not_whose_it_is(
    api: "MakeApi", boris: "User", lena: "User", clara: "User", camera: Asset
) -> None:
    theirs = api(boris, "assets:read").get(f"/assets/{camera.pk}").json()

    assert theirs["name"] == "Camera"
    assert theirs["details"] is None
    for person in (lena, clara):
        details = api(person, "assets:read").get(f"/assets/{camera.pk}").json()["details"]
        assert details["serial"] == "S-99"
        assert details["value"] == {"amount": 20000, "currency": "USD"}


def test_what_is_retired_is_hidden_from_borrowers(
    api: "MakeApi", boris: "User", lena: "User", camera: Asset
) -> None:
    Asset.objects.filter(pk=camera.pk).update(status="retired")

    assert api(boris).get(f"/assets/{camera.pk}").status_code == 404
    assert api(boris).get("/assets/by-tag/cam-7").status_code == 404
    assert api(boris).get("/assets").json()["items"] == []
    assert api(lena).get(f"/assets/{camera.pk}").status_code == 200
    assert AuditEvent.objects.filter(outcome=Outcome.DENIED, actor=boris).count() == 2


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"tag": "cam-7"}, 1),
        ({"tag": "cam"}, 0),
        ({"search": "CAMERA"}, 1),
        ({"search": "s-99"}, 1),
        ({"status": "available"}, 1),
        ({"status": "lost"}, 0),
        ({"location": "Shelf 4"}, 1),
        ({"location": "Shelf 5"}, 0),
    ],
)
def test_assets_are_found(
    api: "MakeApi", clara: "User", camera: Asset, query: dict[str, str], count: int
) -> None:
    found = api(clara, "assets:read").get("/assets", query).json()["items"]

    assert [one["id"] for one in found] == [camera.pk] * count


def test_assets_are_found_by_who_lends_and_by_category(
    api: "MakeApi", clara: "User", camera: Asset, make: "Make", bella: "User"
) -> None:
    other = make.asset(lender=bella)
    client = api(clara)

    for query in ({"lender": camera.lender_id}, {"category": camera.category_id}):
        found = client.get("/assets", query).json()["items"]
        assert [one["id"] for one in found] == [camera.pk]
    assert len(client.get("/assets").json()["items"]) == 2
    assert other.pk != camera.pk


def test_borrowers_look_for_nothing_that_is_hidden(
    api: "MakeApi", boris: "User", camera: Asset
) -> None:
    client = api(boris)

    for query in ({"lender": camera.lender_id}, {"location": "Shelf 4"}):
        answer = client.get("/assets", query)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] in query
    assert client.get("/assets", {"search": "s-99"}).json()["items"] == []


def test_what_is_free_is_found(api: "MakeApi", desk: "Desk", boris: "User") -> None:
    desk.pay_in()
    taken, free = desk.assets(2)
    ticket = desk.approved([taken])
    period = {
        "free_from": ticket.starts_at.isoformat(),
        "free_until": ticket.ends_at.isoformat(),
    }

    found = api(boris).get("/assets", period).json()["items"]

    assert [one["id"] for one in found] == [free.pk]
    lonely = api(boris).get("/assets", {"free_from": period["free_from"]})
    assert lonely.json()["errors"][0]["field"] == "free_until"


def test_a_list_asks_as_much_for_ten_rows_as_for_two(
    api: "MakeApi", clara: "User", make: "Make", lena: "User"
) -> None:
    client = api(clara)
    counts = []
    for more in (2, 8):
        for _number in range(more):
            make.asset(lender=lena)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get("/assets").status_code == 200
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_a_page_leads_to_the_next(
    api: "MakeApi", clara: "User", make: "Make", lena: "User"
) -> None:
    made = [make.asset(lender=lena).pk for _number in range(3)]
    client = api(clara)

    first = client.get("/assets", {"limit": 2}).json()
    second = client.get("/assets", {"limit": 2, "cursor": first["next"]}).json()

    seen = [one["id"] for page in (first, second) for one in page["items"]]
    assert seen == made[::-1]
    assert second["next"] is None


def test_clerks_register_assets(api: "MakeApi", clara: "User", camera: Asset) -> None:
    client = api(clara, "assets:write", "assets:read")

    answer = client.post("/assets", new(camera))

    assert answer.status_code == 201
    registered = Asset.objects.get(tag="CAM-8")
    assert answer["Location"] == f"/api/v1/assets/{registered.pk}"
    assert answer.json() == client.get(f"/assets/{registered.pk}").json()


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"tag": "cam-7"}, "tag"),
        ({"tag": ""}, "tag"),
        ({"name": "a\x00b"}, "name"),
        ({"lender": 10**9}, "lender"),
        ({"category": 10**9}, "category"),
        ({"category": "3"}, "category"),
        ({"value": {"amount": 1, "currency": "EUR"}}, "tariff"),
        ({"value": {"amount": -1, "currency": "USD"}}, "value.amount"),
        ({"condition": "shiny"}, "condition"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_registered_names_the_field(
    api: "MakeApi", clara: "User", camera: Asset, fields: dict[str, Any], named: str
) -> None:
    answer = api(clara).post("/assets", new(camera, **fields))

    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [named]
    assert Asset.objects.count() == 1


def test_registering_needs_the_role_and_the_scope(
    api: "MakeApi", clara: "User", lena: "User", camera: Asset
) -> None:
    assert api(lena).post("/assets", new(camera)).status_code == 403
    assert api(clara, "assets:read").post("/assets", new(camera)).status_code == 403
    assert Asset.objects.count() == 1


def test_an_asset_is_changed_by_who_has_seen_it(
    api: "MakeApi", clara: "User", boris: "User", camera: Asset
) -> None:
    client, path = api(clara), f"/assets/{camera.pk}"
    seen = client.get(path)["ETag"]

    changed = client.patch(path, {"location": "Shelf 5"}, tag=seen)

    assert changed.json()["details"]["location"] == "Shelf 5"
    assert changed.json()["details"]["serial"] == "S-99"
    assert client.patch(path, {"location": "Shelf 6"}, tag=seen).status_code == 412
    assert client.patch(path, {"location": "Shelf 6"}).status_code == 428
    assert client.patch(path, {"location": "Shelf 6"}, tag=changed["ETag"]).status_code == 200
    theirs = api(boris)
    assert theirs.patch(path, {"name": "Mine"}, tag=theirs.get(path)["ETag"]).status_code == 403


def test_a_scanner_finds_an_asset_by_its_tag(api: "MakeApi", boris: "User", camera: Asset) -> None:
    client = api(boris, "assets:read")

    assert client.get("/assets/by-tag/cam-7").json()["id"] == camera.pk
    assert client.get("/assets/by-tag/CAM-9").status_code == 404
    assert client.get("/assets/by-tag/%00").status_code == 422


def test_categories_and_tariffs_are_known_to_all_but_not_our_share(
    api: "MakeApi", boris: "User", clara: "User", camera: Asset
) -> None:
    category = camera.category
    for person, share in ((boris, None), (clara, 2000)):
        client = api(person, "assets:read")
        one = client.get(f"/categories/{category.pk}").json()
        assert one["tariff"]["prices"] == {"day": 1000}
        assert one["tariff"]["commission_share"] == share
        assert client.get("/categories").json()["items"] == [one]
        assert client.get("/tariffs").json()["items"] == [one["tariff"]]
        assert client.get(f"/tariffs/{category.tariff_id}").json() == one["tariff"]
    assert client.get("/categories/99999999").status_code == 404
    assert api(boris, "me").get("/categories").status_code == 403


def test_only_staff_learn_who_has_an_asset(
    api: "MakeApi", desk: "Desk", bella: "User", clara: "User"
) -> None:
    desk.pay_in()
    ticket = desk.approved()
    asset = ticket.lines.get().asset
    period = {"starts_at": ticket.starts_at.isoformat(), "ends_at": ticket.ends_at.isoformat()}
    path = f"/assets/{asset.pk}/availability"

    theirs = api(bella).get(path, period).json()
    staffs = api(clara).get(path, period).json()

    assert not theirs["is_free"]
    assert theirs["taken"] == staffs["taken"]
    assert len(theirs["taken"]) == 1
    assert "Boris" not in theirs["reasons"][0]["sentence"]
    assert "Boris" in staffs["reasons"][0]["sentence"]
    assert theirs["reasons"][0]["kind"] == "reservation"


def test_a_period_is_one(api: "MakeApi", desk: "Desk", boris: "User") -> None:
    (asset,) = desk.assets()
    path, start = f"/assets/{asset.pk}/availability", desk.start

    for end in (start, start + timedelta(days=401)):
        answer = api(boris).get(path, {"starts_at": start.isoformat(), "ends_at": end.isoformat()})
        assert answer.json()["errors"][0]["field"] == "ends_at"
    for odd in ("0001-01-01T00:00:00Z", "2026-11-26T09:00:00", "soon"):
        answer = api(boris).get(path, {"starts_at": odd, "ends_at": start.isoformat()})
        assert answer.json()["errors"][0]["field"] == "starts_at"


def test_a_quote_says_what_it_costs_and_whether_it_is_free(
    api: "MakeApi", desk: "Desk", boris: "User", bella: "User", clara: "User"
) -> None:
    first, second = desk.assets(2)
    query = {
        "assets": [first.pk, second.pk],
        "starts_at": desk.start.isoformat(),
        "ends_at": (desk.start + timedelta(days=2)).isoformat(),
    }

    quote = api(boris, "assets:read").get("/quote", query).json()

    assert quote["is_free"]
    assert quote["fee"] == {"amount": 4000, "currency": "USD"}
    assert quote["total"] == {"amount": 14000, "currency": "USD"}
    assert [line["arithmetic"] for line in quote["lines"]] == [[], []]
    for_boris = {**query, "borrower": boris.pk}
    assert api(clara).get("/quote", for_boris).json()["lines"][0]["arithmetic"]
    assert api(bella).get("/quote", for_boris).status_code == 403
    assert api(boris).get("/quote", {**query, "assets": [10**9]}).json()["errors"][0]["field"]
